// From the dial to thresholds: how much evidence a page, a "down" and a closed incident need.
import { type DurationMs, dayMs, yearMs } from '#model/time.ts';

/** What the thresholds are made from. `interval` and `falsePagesPerYear` above 0, `grace` 0 or more. */
export interface DetectorSettings {
  readonly interval: DurationMs;
  readonly falsePagesPerYear: number;
  /** A restart as long as this is not a fault. */
  readonly grace: DurationMs;
}

/** Share of the budget that the page test may spend; the down rule has the rest (detection.md 2). */
const pageShare = 0.7;
const downShare = 1 - pageShare;

/**
 * Gives back the slack of the bound "mean number of probes to a false page is at least A": evidence overshoots the
 * threshold, and pages wait for further conditions. Measured; `tests/bench/detect/` prints what it should be.
 */
export const zeta = 3.3;
/**
 * The quieter an endpoint, the further one failure carries the evidence beyond the threshold: at 2 % all of zeta is needed, below that the slack
 * grows as this power of the rate. Measured in the same way: so the false pages come near to those asked for at every rate, not only at 2 %.
 */
const dearest = 0.02;
const slackPower = 0.25;
const mostSlack = 2.2;

/** At most one premature close per so much time of continuing fault. */
const prematureCloseEvery: DurationMs = 7 * dayMs;
/**
 * The bound holds for rates on the grid of steady patterns; a fault between two of them closes up to three times as often (10 %,
 * measured). Asking five times as much where the pattern is steady costs 12 probes at 10 % and 22 at 5 %.
 */
const offGrid = 5;

/** Fewest failures in a row that "down" needs, and how many more it may need on an endpoint that often shows such runs. */
const shortestRun = 3;
const mostRaise = 2;

/** Least chance that a healthy run of three or more goes on, for want of data. */
const leastContinuation = 0.02;

/** Evidence S that pages: mean number of probes between false pages, before the slack. */
export function pageThreshold({ interval, falsePagesPerYear }: DetectorSettings): number {
  return yearMs / interval / (pageShare * falsePagesPerYear * zeta);
}

/** What evidence counts for on an endpoint that is learned to fail with `rate` (episodes per probe): 1 to 2.2 times its value. */
export function slack(rate: number): number {
  return Math.min(mostSlack, Math.max(1, (dearest / rate) ** slackPower));
}

/** Recovery evidence V that closes an incident of bursts or of hard down. */
export function closeThreshold({ interval }: DetectorSettings): number {
  return prematureCloseEvery / interval;
}

/** How many times that is needed, by the weight of the steady patterns. */
export function closeFactor(steadyShare: number): number {
  return 1 + (offGrid - 1) * steadyShare;
}

/**
 * Failures in a row that "down" needs at least: 3, or as many as it takes to outlast the grace, so that one more failure beside a
 * restart that filled the grace is seen as such (at 10 s probes: 7).
 */
export function leastRun(interval: DurationMs, grace: DurationMs): number {
  return Math.max(shortestRun, Math.ceil(grace / interval) + 1);
}

/**
 * By how much that is raised, at most by 2, while a healthy endpoint would show more such runs a year than the down rule may cost: an episode
 * begins, goes on, and one more failure makes it too long. `rate`: failure episodes per probe; `continuation`: share of episodes
 * with a second failure.
 */
export function raise(settings: DetectorSettings, rate: number, continuation: number): number {
  let expected = (yearMs / settings.interval) * rate * Math.max(rate, continuation) * rate;
  let raised = 0;
  while (raised < mostRaise && expected > downShare * settings.falsePagesPerYear) {
    expected *= Math.max(rate, leastContinuation);
    raised += 1;
  }
  return raised;
}
