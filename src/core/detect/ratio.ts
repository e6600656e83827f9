// How far the evidence is on its way to a page.
import { slack } from './calibrate.ts';
import { dailyRate } from './estimate.ts';
import { average } from './evidence.ts';
import type { DetectorState } from './state.ts';

/** While nothing is paged the ratio is shown below 1: a page needs further conditions. */
export const heldRatio = 0.99;

/** S over what a page needs of an endpoint that is learned to fail with `rate` (episodes per probe). 1 pages. */
export function ratioOf(sum: number, threshold: number, rate: number): number {
  return (sum * slack(rate)) / threshold;
}

/** S that has this ratio. */
export function sumOf(ratio: number, threshold: number, rate: number): number {
  return (ratio * threshold) / slack(rate);
}

/** The same now, by the day's learned rate, of an endpoint that is up. */
export function ratioNow(state: DetectorState, threshold: number): number {
  return ratioOf(average(state.evidence), threshold, dailyRate(state));
}

/** What is shown of it: 0.99 at most. */
export function evidenceRatio(state: DetectorState, threshold: number): number {
  return Math.min(heldRatio, ratioNow(state, threshold));
}
