// How one endpoint is, as people see it: the state that is shown, and the verdict with its figures.
import { type DurationMs, dayMs, type EpochMs } from '#model/time.ts';
import type { State, Verdict } from '#model/verdict.ts';
import * as detect from './detect/detector.ts';
import { describeSlow, slowRatio } from './detect/slow.ts';
import type { EndpointState, EngineState } from './state.ts';
import type { Watch } from './watch.ts';

/** One endpoint; structurally a part of the scene of `follow`. */
interface Subject {
  readonly state: EngineState;
  readonly watch: Watch;
  readonly own: EndpointState;
}

/** What people see: maintenance lies over everything else, and while our credentials are refused nothing is known. */
export function shownState({ detector, access, maintenance }: EndpointState): State {
  if (maintenance !== null) return 'maintenance';
  return access.until === null ? detector.state : 'unknown';
}

/** Milliseconds since midnight UTC of the wall clock. */
export function timeOfDay(state: EngineState, at: EpochMs): DurationMs {
  const rest = (at + state.clockOffset) % dayMs;
  return rest < 0 ? rest + dayMs : rest;
}

/** As `shownState`. */
export function shownVerdict(subject: Subject): Verdict {
  const { maintenance, slow } = subject.own;
  const found = detectedVerdict(subject);
  const verdict = { ...found, evidenceRatio: Math.max(found.evidenceRatio, slowRatio(subject.watch.slow, slow.test)) };
  return maintenance === null ? unlessRefused(subject, verdict) : { ...verdict, state: 'maintenance', since: maintenance.since };
}

/** While our credentials are refused nothing is known. */
export function unlessRefused({ own: { access } }: Subject, verdict: Verdict): Verdict {
  return access.until === null ? verdict : { ...verdict, state: 'unknown', since: access.since };
}

/** As the detectors have it, whatever lies over it. */
export function detectedVerdict({ state, watch, own }: Subject): Verdict {
  const { test } = own.slow;
  const verdict = { endpoint: own.endpoint.id, slow: test.open === 1, ...detect.describe(watch.detector, own.detector) };
  return test.open === 1 ? { ...verdict, slowness: describeSlow(test, timeOfDay(state, test.openedAt)) } : verdict;
}
