// How often it fails, with a 90 % interval.
import type { FailureRate } from '#model/verdict.ts';
import { betaQuantile } from './math.ts';

const lowShare = 0.05;
const highShare = 0.95;
/** Jeffreys' prior: half a failure and half a success. */
const half = 0.5;
/** A stretch begins with a failure, and a page ends it with one: these two were chosen, not drawn. */
const chosen = 2;
/** Failures of one spell that tell no more than one would: at most so many, or an outage of an hour would still be an uncertain rate. */
const mostAlike = 8;

/**
 * Share of failures since the onset. The lower bound leaves out the two failures that chose the stretch, which widens the interval at
 * the page, where the share is biased upward, and hardly matters later. Failures that come in spells say less than their number: both bounds
 * count them as so many fewer. `episodes`: spells of failures; where it is left out each failure stands for itself.
 */
export function rateSince(failures: number, attempts: number, episodes: number = failures): FailureRate {
  const successes = Math.max(0, attempts - failures);
  const alike = alikeness(failures, successes, episodes);
  const low = betaQuantile(lowShare, Math.max(0, failures - chosen) / alike + half, successes / alike + half);
  // All failed: the interval reaches 1 (Brown, Cai and DasGupta 2001, on Jeffreys' interval at its ends).
  const high = successes === 0 ? 1 : betaQuantile(highShare, failures / alike + half, successes / alike + half);
  return { mean: attempts > 0 ? failures / attempts : 0, low, high };
}

/**
 * How many outcomes tell as much as one that stands for itself: (1 + r) / (1 - r) for a chain of two states whose neighbours correlate by r,
 * which is the chance of a failure after a failure less that after a success (Gilbert 1960). The first spell chose the stretch.
 */
function alikeness(failures: number, successes: number, episodes: number): number {
  if (failures === 0) return 1;
  const stays = Math.max(0, failures - episodes) / failures;
  const correlation = Math.max(0, stays - Math.max(0, episodes - 1) / (successes + 1));
  return Math.min(mostAlike, (1 + correlation) / (1 - correlation));
}

/** The learned healthy rate, from its Beta counts. `rate`: the same within its bounds. */
export function learnedRate(counts: { readonly failures: number; readonly successes: number }, rate: number): FailureRate {
  const low = betaQuantile(lowShare, counts.failures, counts.successes);
  const high = betaQuantile(highShare, counts.failures, counts.successes);
  return { mean: rate, low: Math.min(low, rate), high: Math.max(high, rate) };
}
