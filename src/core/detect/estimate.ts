// What is normal for an endpoint: the learned rate of failure episodes, by time of day, and how often an episode goes on.
import { type DurationMs, dayMs, type EpochMs, hourMs } from '#model/time.ts';

export const binCount = 12;
const binLength: DurationMs = (24 * hourMs) / binCount;
/** What was seen so long ago counts half. Not below 7 days: a baseline must not chase a slow ramp. */
const halfLife: DurationMs = 14 * dayMs;

const longestLearned: DurationMs = 60 * dayMs;

/** Beliefs before the first probe: 0.4 failures in 200 probes, 1 in 4 goes on. */
const priorFailures = 0.4;
const priorProbes = 200;
/**
 * How much alike the times of day are: as if each bin had seen so many failures as expected. At least the one, which learns a 9:1 day in two
 * weeks; at most the other, where the bins have turned out alike; between them the spread of the bins decides, against the belief that it is
 * as wide as it may be, which weighs as much as `priorSpread` of squared failures.
 */
const leastAlike = 4;
const mostAlike = 40;
const priorSpread = 100;
const priorPairs = 1;
const priorSpells = 4;
const spellDecay = 0.99;
/** Second failures, as if seen, in the chance that an episode goes on. */
const doubt = 4;

/**
 * Quieter endpoints gain nothing safe; worse ones are not healthy. The cap is 2 % and a tenth for the error of the estimate: with 2 % sharp
 * an endpoint of just 2 % gets 1.3 times the false pages that were asked for, measured.
 */
const leastRate = 1e-4;
export const mostRate = 0.022;

/** An incident with no more failures than this may be the endpoint's own way. */
export const plausibleRate = 2 * mostRate;
/** Days for which a bin also learns in such incidents. */
const youngDays = 7;

/** What has been learned while no incident was open. Counts decay; only probes that follow a success count. */
export interface Learned {
  /** F by time of day. */
  binFailures: number[];
  /** n by time of day. */
  binProbes: number[];
  /** F by time of day at the last quiet moment: what a page rolls back to. */
  quietFailures: number[];
  /** Episodes, and those with a second failure, each new episode making the older count 1 % less. */
  spells: number;
  pairs: number;
}

export function binOf(timeOfDay: DurationMs): number {
  const bin = Math.floor(timeOfDay / binLength);
  return bin > 0 ? Math.min(bin, binCount - 1) : 0;
}

/** Rate of failure episodes per probe at this time of day, 1e-4 to 0.022. */
export function healthyRate(learned: Learned, bin: number): number {
  return rateLess(learned, bin, 0);
}

/**
 * The same without `own` failures of this bin: a run of failures is judged by what was believed before it.
 *
 * How much alike the bins are is 1 / the variance of their true factors, by the method of moments: a bin that is expected to fail e times and did
 * f times adds (f - e)^2 - e to the variance, and e^2 to its weight. Told from the last quiet moment, lest a fault passes for a time of day.
 */
export function rateLess(learned: Learned, bin: number, own: number): number {
  let seen = 0;
  let failed = 0;
  let quiet = 0;
  let square = 0;
  let cross = 0;
  let squared = 0;
  // One pass over the bins: e = base * probes is taken out of the sums.
  for (let h = 0; h < binCount; h += 1) {
    const probes = learned.binProbes[h] as number;
    const failures = learned.quietFailures[h] as number;
    seen += probes;
    failed += learned.binFailures[h] as number;
    quiet += failures;
    square += probes * probes;
    cross += probes * failures;
    squared += failures * failures;
  }
  const probes = priorProbes + seen;
  const calm = (priorFailures + quiet) / probes;
  const weight = priorSpread + calm * calm * square;
  const spread = priorSpread / leastAlike + squared - 2 * calm * cross + calm * calm * square - calm * seen;
  const alike = spread * mostAlike <= weight ? mostAlike : Math.max(leastAlike, weight / spread);
  const base = (priorFailures + Math.max(0, failed - own)) / probes;
  const expected = (learned.binProbes[bin] as number) * base;
  return bounded((base * (alike + Math.max(0, (learned.binFailures[bin] as number) - own))) / (alike + expected));
}

/** The same over the whole day. */
export function dailyRate(learned: Learned): number {
  return bounded(baseRate(learned));
}

function baseRate(learned: Learned): number {
  return (priorFailures + total(learned.binFailures)) / (priorProbes + total(learned.binProbes));
}

function bounded(rate: number): number {
  return Math.min(mostRate, Math.max(leastRate, rate));
}

/** Learned share of episodes that have a second failure, without `own` episodes that had. */
export function continuationLess(learned: Learned, own: number): number {
  return (priorPairs + Math.max(0, learned.pairs - own)) / (priorSpells + Math.max(0, learned.spells - own));
}

/**
 * Chance that an episode of a healthy endpoint goes on to a second probe, by what it has learned, against the belief that it does with
 * `restart`, which is the most. It stays above the truth while little is known: no restart may pass for a fault.
 */
export function firstContinuation(learned: Learned, restart: number): number {
  return Math.min(restart, (doubt + learned.pairs) / (doubt / restart + learned.spells));
}

/** An outcome that follows a success. */
export function learn(learned: Learned, bin: number, failed: boolean): void {
  learned.binProbes[bin] = (learned.binProbes[bin] as number) + 1;
  if (!failed) return;
  learned.binFailures[bin] = (learned.binFailures[bin] as number) + 1;
  learned.pairs *= spellDecay;
  learned.spells = learned.spells * spellDecay + 1;
}

/**
 * An outcome that follows a success in an open incident that fails no oftener than a healthy endpoint may. It counts only in the first
 * days of a bin: an endpoint that is noisy by day and was first seen by night would page every morning for ever, since a page takes back
 * what was learned. Never learns a rate above the highest healthy one.
 */
export function learnYoung(learned: Learned, bin: number, failed: boolean, interval: DurationMs): void {
  const probes = (learned.binProbes[bin] as number) + 1;
  if (probes * interval > youngDays * binLength) return;
  learned.binProbes[bin] = probes;
  const failures = (learned.binFailures[bin] as number) + 1;
  if (failed && failures <= mostRate * probes + 1) learned.binFailures[bin] = failures;
}

/** Second failure of an episode. */
export function learnPair(learned: Learned): void {
  learned.pairs += 1;
}

/** Lets the past fade, in steps of one bin's length. */
export function age(learned: Learned, from: EpochMs, to: EpochMs): void {
  const steps = Math.floor(to / binLength) - Math.floor(from / binLength);
  if (steps <= 0) return;
  const factor = 2 ** ((-steps * binLength) / halfLife);
  for (let bin = 0; bin < binCount; bin += 1) {
    learned.binFailures[bin] = (learned.binFailures[bin] as number) * factor;
    learned.binProbes[bin] = (learned.binProbes[bin] as number) * factor;
    learned.quietFailures[bin] = (learned.quietFailures[bin] as number) * factor;
  }
}

/** Holds what is learned as healthy. */
export function keep(learned: Learned): void {
  for (let bin = 0; bin < binCount; bin += 1) learned.quietFailures[bin] = learned.binFailures[bin] as number;
}

/** Takes back the failures since the last quiet moment, and the `probes` that followed a success since then. */
export function rollBack(learned: Learned, probes: number): void {
  const seen = total(learned.binProbes);
  const factor = seen > probes ? (seen - probes) / seen : 0;
  for (let bin = 0; bin < binCount; bin += 1) {
    learned.binFailures[bin] = learned.quietFailures[bin] as number;
    learned.binProbes[bin] = (learned.binProbes[bin] as number) * factor;
  }
}

/** F and n of the whole day with the beliefs before the first probe: the two counts of a Beta distribution. */
export function counts(learned: Learned): { readonly failures: number; readonly successes: number } {
  const failures = priorFailures + total(learned.binFailures);
  return { failures, successes: Math.max(priorProbes + total(learned.binProbes) - failures, 1) };
}

/** Time of watching, spread over all hours, that leaves so much learned: 0 where nothing is, at most 60 days, from when on it hardly shows. */
export function learnedOver(learned: Learned, interval: DurationMs): DurationMs {
  const most = halfLife / Math.LN2;
  const kept = 1 - (total(learned.binProbes) * interval) / most;
  return kept <= 2 ** (-longestLearned / halfLife) ? longestLearned : halfLife * Math.log2(1 / kept);
}

/** As if an endpoint that fails with `rate`, at any time of day alike, had been watched for so long. */
export function suppose(learned: Learned, rate: number, interval: DurationMs, watched: DurationMs): void {
  const probes = ((halfLife / Math.LN2) * (1 - 2 ** (-watched / halfLife))) / interval;
  const failures = Math.max(0, rate * (priorProbes + probes) - priorFailures);
  learned.binProbes.fill(probes / binCount);
  learned.binFailures.fill(failures / binCount);
  learned.spells = (1 - spellDecay ** failures) / (1 - spellDecay);
  learned.pairs = learned.spells * rate;
  keep(learned);
}

function total(bins: readonly number[]): number {
  let sum = 0;
  for (let bin = 0; bin < binCount; bin += 1) sum += bins[bin] as number;
  return sum;
}
