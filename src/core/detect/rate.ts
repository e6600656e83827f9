// How often it fails, with a 90 % interval.
import type { FailureRate } from '#model/verdict.ts';
import { betaQuantile } from './math.ts';

const lowShare = 0.05;
const highShare = 0.95;
/** Jeffreys' prior: half a failure and half a success. */
const half = 0.5;
/** A stretch begins with a failure, and a page ends it with one: these two were chosen, not drawn. */
const chosen = 2;

/**
 * Share of failures since the onset. The lower bound leaves out the two failures that chose the stretch, which widens the interval at
 * the page, where the share is biased upward, and hardly matters later.
 */
export function rateSince(failures: number, attempts: number): FailureRate {
  const successes = Math.max(0, attempts - failures);
  const low = betaQuantile(lowShare, Math.max(0, failures - chosen) + half, successes + half);
  // All failed: the interval reaches 1 (Brown, Cai and DasGupta 2001, on Jeffreys' interval at its ends).
  const high = successes === 0 ? 1 : betaQuantile(highShare, failures + half, successes + half);
  return { mean: attempts > 0 ? failures / attempts : 0, low, high };
}

/** The learned healthy rate, from its Beta counts. `rate`: the same within its bounds. */
export function learnedRate(counts: { readonly failures: number; readonly successes: number }, rate: number): FailureRate {
  const low = betaQuantile(lowShare, counts.failures, counts.successes);
  const high = betaQuantile(highShare, counts.failures, counts.successes);
  return { mean: rate, low: Math.min(low, rate), high: Math.max(high, rate) };
}
