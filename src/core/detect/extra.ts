// Extra probes: made sooner than the timing would, since the endpoint is suspected (detection.md 9).
//
// What they may say is chosen so that nothing is found later than without them and one blip counts once: the outcomes of the timing are judged
// as if there were no others, and an extra one is weighed only between episodes: where the previous outcome was a success, and the latest
// failure began a minute ago or more. Both are known before it is made, so the test's guarantee holds. The rest is shown and not weighed.
import { extraBelow } from '#model/plan.ts';
import { type DurationMs, type EpochMs, minuteMs, secondMs } from '#model/time.ts';
import { average } from './evidence.ts';
import { frozen, interrupted, maintained } from './marks.ts';
import { show } from './onset.ts';
import type { DetectorState } from './state.ts';

/** Failures this close together may be one blip. */
const blip: DurationMs = 60 * secondMs;
/**
 * Suspected: S is above this share of what pages and this many times what it is at rest, and the latest run of failures did not begin longer
 * ago. The second bound keeps the load: an endpoint of 1 % that may cost a false page a year is probed 10 % oftener, with the first alone 30 %.
 */
const suspicious = 1e-4;
const overRest = 9;
const suspectedFor: DurationMs = 10 * minuteMs;

export function isExtra(state: DetectorState, at: EpochMs, interval: DurationMs): boolean {
  return state.regularAt >= 0 && at - state.regularAt < extraBelow * interval;
}

/** Whether an extra outcome that is due at `at` will be evidence. */
export function isWeighed(state: DetectorState, at: EpochMs): boolean {
  return state.course === 'up' && state.run <= 0 && (state.runStart < 0 || at - state.runStart >= blip);
}

/** How long ago the latest outcome that was weighed was due; one interval before the first. */
export function sinceWeighed(state: DetectorState, at: EpochMs, interval: DurationMs): DurationMs {
  if (state.lastAt < 0) return interval;
  if (state.run > 0) return at - Math.max(state.regularAt, state.runStart);
  return at - (state.runStart < 0 || state.lastAt - state.runStart >= blip ? state.lastAt : state.regularAt);
}

/** Notes that an outcome was due at `at`. */
export function pass(state: DetectorState, at: EpochMs, extra: boolean): void {
  if (state.since < 0) state.since = at;
  state.lastAt = at;
  if (!extra) state.regularAt = at;
}

/** An extra outcome that is no evidence: of a run of failures it may tell that it is none. It is shown in the figures, where there are some. */
export function glance(state: DetectorState, failed: boolean): void {
  const up = state.course === 'up';
  if (up && !failed && state.run > 0) {
    if (state.lastAt - state.runStart >= blip) state.run = -1;
    else state.marks |= interrupted;
  }
  if (!up || state.attempts > 0) show(state, state.lastAt, failed);
}

/** What an outcome teaches of health. Extra ones teach nothing: a failure had them made, so they are no fair sample. */
export type Lesson = 'nothing' | 'after success' | 'pair';

export function lessonOf(state: DetectorState, failed: boolean, extra: boolean): Lesson {
  if (extra || (state.marks & frozen) !== 0) return 'nothing';
  if (state.run <= 0 || followsSuccess(state)) return 'after success';
  return failed && state.run === 1 ? 'pair' : 'nothing';
}

/** Whether the latest outcome of the timing was a success: also where an extra one after it began a run of failures. */
export function followsSuccess(state: DetectorState): boolean {
  return state.run < 0 || (state.run > 0 && state.runStart > state.regularAt);
}

/** S above which an endpoint is suspected. `rest`: where S settles on one that never fails. */
export function suspicionLevel(threshold: number, rest: number): number {
  return Math.max(suspicious * threshold, overRest * rest);
}

/** Whether the endpoint is to be probed sooner than its timing says. `level`: of its detector. */
export function isSuspected(state: DetectorState, level: number): boolean {
  if (state.runStart < 0 || state.lastAt - state.runStart >= suspectedFor) return false;
  if (state.course !== 'up' || (state.marks & (frozen | maintained)) !== 0) return false;
  return average(state.evidence) > level;
}
