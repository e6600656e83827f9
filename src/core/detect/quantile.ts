// What an endpoint's answers usually take: the median and the 98th percentile, learned one answer at a time in logarithms of milliseconds.
//
// Stochastic approximation (Robbins and Monro 1951) with a step that is never below a floor, so that it follows a drift within days.
// A step is a share of the endpoint's own spread, whatever the answer was: one absurd answer moves it no further than a slow one.
import { type DurationMs, dayMs } from '#model/time.ts';

/** Twelve times of day, two hours each: what is slow at noon may be usual at night. */
export const latencyBins = 12;
/** Answers after which the first guess is made. Until then they are kept as they are. */
export const guessAfter = 64;
const upperShare = 0.98;
/** Of a normal distribution the 98th percentile lies so many standard deviations above the median. */
const upperDeviations = 2.054;
/** Narrowest and widest standard deviation of the logarithm that steps are measured by. */
const leastSpread = 0.02;
const mostSpread = 2;
/** Steps in standard deviations: what the whole day and a time of day take of an answer above the percentile. */
const upperFloor = 0.008;
const binFloor = 0.016;
const medianFloor = 0.01;
/** With a gain of 1 / (n f) the estimate is the best there is; f, the density at the 98th percentile, is 0.0484 a standard deviation. */
const upperGain = 20;
const medianGain = 2.5;
/** A time of day differs from the others by at most so many standard deviations. */
const mostOffset = 6;
const binWait = 200;
const binLength: DurationMs = dayMs / latencyBins;
/** Shortest duration that is told apart. */
const leastMs = 0.001;

/** Plain JSON: 15 numbers, and 64 more until the first guess. */
export interface Latency {
  /** The first answers, in the order in which they came; empty once the guess is made. */
  first: number[];
  /** Answers learned from. */
  seen: number;
  /** Logarithm of the median. */
  median: number;
  /** Logarithm of the 98th percentile over the whole day. */
  upper: number;
  /** By how much the percentile of a time of day is above that. */
  offsets: number[];
}

export function freshLatency(): Latency {
  return { first: [], seen: 0, median: 0, upper: 0, offsets: Array.from({ length: latencyBins }, () => 0) };
}

/** The logarithm that all of this is reckoned in; finite for every number. */
export function logOf(duration: DurationMs): number {
  return Math.log(duration > leastMs ? Math.min(duration, Number.MAX_SAFE_INTEGER) : leastMs);
}

/** Learns anew. */
export function restart(latency: Latency): void {
  Object.assign(latency, freshLatency());
}

/** Whether there is a guess at all. */
export function isGuessed(latency: Latency): boolean {
  return latency.seen >= guessAfter;
}

/** Logarithm of the 98th percentile at this time of day, milliseconds since midnight: between two times of day on a straight line. */
export function upperAt(latency: Latency, timeOfDay: DurationMs): number {
  const place = placeOf(timeOfDay);
  const share = place - Math.floor(place);
  return latency.upper + (1 - share) * offsetAt(latency, place) + share * offsetAt(latency, place + 1);
}

function placeOf(timeOfDay: DurationMs): number {
  const bins = timeOfDay / binLength - 0.5;
  return bins >= 0 && bins < latencyBins ? bins : latencyBins - 0.5;
}

function offsetAt({ offsets }: Latency, place: number): number {
  return offsets[Math.floor(place) % latencyBins] as number;
}

/** One more successful answer of the logarithm `value`. */
export function learnLatency(latency: Latency, value: number, timeOfDay: DurationMs): void {
  latency.seen += 1;
  if (latency.seen <= guessAfter) {
    latency.first.push(value);
    if (latency.seen === guessAfter) guess(latency);
    return;
  }
  const spread = spreadOf(latency);
  const above = (value > upperAt(latency, timeOfDay) ? 1 : 0) - (1 - upperShare);
  const step = spread * above;
  latency.upper += step * Math.max(upperFloor, upperGain / latency.seen);
  const gain = step * Math.max(binFloor, upperGain / (latency.seen / latencyBins + binWait));
  const place = placeOf(timeOfDay);
  const share = place - Math.floor(place);
  shift(latency, place, gain * (1 - share), mostOffset * spread);
  shift(latency, place + 1, gain * share, mostOffset * spread);
  const half = value > latency.median ? 0.5 : -0.5;
  latency.median += spread * half * Math.max(medianFloor, medianGain / latency.seen);
  if (latency.upper < latency.median) latency.upper = latency.median;
}

// oxlint-disable-next-line max-params -- the per-probe path allocates nothing, so no object of arguments
function shift({ offsets }: Latency, place: number, by: number, most: number): void {
  const bin = Math.floor(place) % latencyBins;
  offsets[bin] = Math.min(most, Math.max(-most, (offsets[bin] as number) + by));
}

/** Standard deviation of a normal distribution with these two percentiles. */
function spreadOf({ upper, median }: Latency): number {
  return Math.min(mostSpread, Math.max(leastSpread, (upper - median) / upperDeviations));
}

function guess(latency: Latency): void {
  const sorted = latency.first.toSorted((a, b) => a - b);
  latency.median = sorted[Math.floor(sorted.length / 2)] as number;
  // The second largest of 64 is the 97.7th percentile.
  latency.upper = sorted.at(-2) as number;
  latency.first = [];
}
