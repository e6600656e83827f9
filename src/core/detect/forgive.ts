// A failure that many endpoints shared for a moment says nothing of one of them: what it said is taken back.
import type { DurationMs } from '#model/time.ts';
import type { Detector } from './detector.ts';
import * as estimate from './estimate.ts';
import * as evidence from './evidence.ts';
import * as onset from './onset.ts';
import { sumOf } from './ratio.ts';
import type { DetectorState } from './state.ts';

/**
 * Takes back the evidence of a single failure, the latest outcome, and the page that came of it, where nobody has been told yet. What was
 * learned from it stays. Any other state is left as it is. `timeOfDay`: as `observe` had it.
 */
export function forgive(detector: Detector, state: DetectorState, timeOfDay: DurationMs): void {
  if (state.run !== 1) return;
  if (state.course !== 'up') reopenJudgement(detector, state);
  // The table of one interval: the failure is taken for one that came in time.
  const table = detector.tables[detector.tables.length / 2 - 1] as evidence.Spacing;
  const rate = estimate.rateLess(state, estimate.binOf(timeOfDay), 1);
  evidence.unstrike(state.evidence, table, rate);
  if (state.failures <= 1) onset.clear(state);
  else {
    state.failures -= 1;
    state.episodes = Math.max(0, state.episodes - 1);
  }
}

/** What it showed while its group's trouble went on was that trouble: of an endpoint that is up nothing of it is held against it afterwards. */
export function absolve(state: DetectorState): void {
  if (state.course !== 'up' || state.run > 0) return;
  state.evidence.fill(0);
  onset.clear(state);
}

/** The weights of the patterns at the page, turned into the evidence that they were made of. */
function reopenJudgement(detector: Detector, state: DetectorState): void {
  evidence.unweigh(state.evidence, sumOf(state.ratio, detector.threshold, estimate.dailyRate(state)));
  state.course = 'up';
  state.state = 'up';
  state.since = state.lastAt;
  state.ratio = 0;
}
