// From the dial to thresholds: how much evidence a page, a "down" and a closed incident need.
import { type DurationMs, dayMs, yearMs } from '#model/time.ts';

/** Share of the budget that the page test may spend; the down rule has the rest (detection.md 2). */
export const pageShare = 0.7;
export const downShare = 1 - pageShare;

/**
 * Gives back the slack of the bound "mean number of probes to a false page is at least A": evidence overshoots the
 * threshold, and pages wait for further conditions. Measured; `tests/bench/detect/` prints what it should be.
 */
export const zeta = 3.5;

/** One premature close per so much time of continuing fault. */
const prematureCloseEvery: DurationMs = 7 * dayMs;

/** Runs of failures that "down" needs at least and at most, if each lasts as long as the grace. */
export const shortestRun = 3;
export const longestRun = 5;

/** Least chance that a healthy run of three or more goes on, for want of data. */
const leastContinuation = 0.02;

/** Evidence S that pages: mean number of probes between false pages, before the slack. */
export function pageThreshold(interval: DurationMs, falsePagesPerYear: number): number {
  return yearMs / interval / (pageShare * falsePagesPerYear * zeta);
}

/** Recovery evidence V that closes an incident. */
export function closeThreshold(interval: DurationMs): number {
  return prematureCloseEvery / interval;
}

/**
 * Failures in a row that "down" needs: 3, raised to at most 5 while a healthy endpoint would show more such runs a year than
 * the down rule may cost. `rate`: failure episodes per probe; `continuation`: share of episodes with a second failure.
 */
export function runNeeded(probesPerYear: number, falsePagesPerYear: number, rate: number, continuation: number): number {
  let expected = probesPerYear * rate * Math.max(rate, continuation) * rate;
  let needed = shortestRun;
  while (needed < longestRun && expected > downShare * falsePagesPerYear) {
    expected *= Math.max(rate, leastContinuation);
    needed += 1;
  }
  return needed;
}
