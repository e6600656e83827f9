// The outcomes after a failure: does a healthy endpoint's trouble go on, or a fault's?
import type { DurationMs } from '#model/time.ts';
import { firstContinuation } from './estimate.ts';
import * as evidence from './evidence.ts';
import { isUsual } from './habit.ts';
import type { DetectorState } from './state.ts';

/** Whether the present run of failures is no longer than a restart may take, or than the one that comes every day at this hour. */
export function isWithin(state: DetectorState, grace: DurationMs): boolean {
  return state.lastAt - state.runStart < grace || isUsual(state);
}

/** S after an outcome that follows a failure. */
// oxlint-disable-next-line max-params -- the per-probe path allocates nothing, so no object of arguments
export function follow(state: DetectorState, table: evidence.Spacing, grace: DurationMs, failed: boolean): number {
  if (isSecond(state, grace)) return evidence.followFirst(state.evidence, table, firstContinuation(state, table.restart), failed);
  return evidence.follow(state.evidence, evidence.afterFailureRatios(table, isWithin(state, grace), failed));
}

/** Chance that this outcome, which follows a failure, is one too on a healthy endpoint. */
export function goesOn(state: DetectorState, table: evidence.Spacing, grace: DurationMs): number {
  if (isSecond(state, grace)) return firstContinuation(state, table.restart);
  return evidence.healthyContinuation(table, isWithin(state, grace));
}

/** The second outcome of an episode tells a restart from lone failures, so what is usual here is learned; how long restarts take is not. */
function isSecond(state: DetectorState, grace: DurationMs): boolean {
  return state.run === 1 && isWithin(state, grace);
}
