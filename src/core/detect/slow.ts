// Latency brown-outs: whether an endpoint answers slowly more often than is its way (detection.md 8).
//
// The page test of the detector on other bits: an answer is slow when it takes longer than the endpoint's own 98th percentile, and very slow
// when it is as far above that again, in logarithms, as that is above the median. Latency is autocorrelated, so for two minutes after an answer
// that counted as slow nothing counts. Failures and timeouts are the detector's, and neutral here.
import { type DurationMs, dayMs, type EpochMs, minuteMs, yearMs } from '#model/time.ts';
import type { Slowness } from '#model/verdict.ts';
import { addExcess, blamedOf, freshPhases, learnPhases } from './phases.ts';
import { isGuessed, learnLatency, logOf, restart, upperAt } from './quantile.ts';
import { rateSince } from './rate.ts';
import {
  averageSlow,
  calmSlow,
  chanceUsual,
  chanceWhileSlow,
  type Grade,
  recoverSlow,
  slowAtRest,
  strikeSlow,
  weighSlow,
} from './slowevidence.ts';
import { clearSlow, type SlowState } from './slowstate.ts';

/** Share of an endpoint's false pages that slowness may cost; failing has the rest (detection.md 8). */
export const slowShare = 0.1;

/** What the thresholds are made from; both above 0. `falsePagesPerYear`: of the whole endpoint. */
export interface SlowSettings {
  readonly interval: DurationMs;
  readonly falsePagesPerYear: number;
}

/** Made once from the settings; endpoints with equal settings share one. */
export interface SlowDetector {
  readonly settings: SlowSettings;
  /** S that pages. */
  readonly threshold: number;
  /** V that closes an incident. */
  readonly closing: number;
  /** S at or below which the evidence is quiet. */
  readonly quiet: number;
  /** For so long after an answer that counted as slow nothing counts. */
  readonly pause: DurationMs;
}

/** Gives back the slack of the bound, as the detector's; measured by `tests/bench/detect/slow.ts`. */
export const slowZeta = 2;
/** After an answer that counted as slow nothing counts for so long, nor the answer after it where probes are further apart. */
const decluster: DurationMs = 2 * minuteMs;
const declusterIntervals = 1.5;
/** So many answers must be known, and so many must count as slow, two minutes apart. */
const judgedFrom = 120;
const leastCounted = 4;
/** In the first day it is not known how busy hours are: only what takes three times as long counts; in the first week ever less than that. */
const dayFactor = Math.log(3);
const weekMs: DurationMs = 7 * dayMs;
/** Slow enough to speak of: so much above the median, whatever the percentile is. Less nobody feels, and a busy machine adds it. */
const leastFactor = Math.log(1.25);
const leastExcessMs = 20;

/** The share of answers above the percentile is 2 % by making; what it really was lately may be more, and no less is believed. */
const usualRate = 0.02;
const mostRate = 0.05;
const rateMemory = 4000;
/** The percentile itself is uncertain: by so many of its own standard errors the share may be higher. */
const doubt = 1.5;
const doubtMemory = 5000;
/** Share of very slow answers, likewise. */
const usualVeryRate = 0.004;
const leastVeryRate = 1e-3;
const mostVeryRate = 0.02;
const veryMemory = 8000;

/** At most one premature close in so long; four times as much where the share lies between two patterns (see calibrate.ts). */
const prematureCloseEvery: DurationMs = 7 * dayMs;
const offGrid = 4;
/** What has been slow for so long is how the endpoint is now: nobody could end the incident else. */
const adoptAfter: DurationMs = 7 * dayMs;

/** Above its level at rest by so much the evidence is no longer quiet: one very slow answer, or two slow ones, begin a stretch. */
const quietOverRest = 4;
const heldRatio = 0.99;

export function compileSlow(settings: SlowSettings): SlowDetector {
  const { interval, falsePagesPerYear } = settings;
  const threshold = yearMs / interval / (slowShare * falsePagesPerYear * slowZeta);
  return {
    settings,
    threshold,
    closing: (offGrid * prematureCloseEvery) / interval,
    pause: Math.max(decluster, declusterIntervals * interval),
    quiet: quietOverRest * slowAtRest(),
  };
}

/** What an answer came to: `opened` and `closed` change whether the endpoint is slow, `adopted` as well, since it is the usual now. */
export type SlowStep = '' | 'opened' | 'closed' | 'adopted';

/**
 * One successful answer, in order of `scheduledAt`. `timeOfDay`: milliseconds since midnight of wall time. Mutates the state; after the first 64
 * answers allocates nothing.
 */
// oxlint-disable-next-line max-params -- the per-probe path allocates nothing, so no object of arguments
export function observeSlow(detector: SlowDetector, state: SlowState, duration: DurationMs, at: EpochMs, timeOfDay: DurationMs): SlowStep {
  const value = logOf(duration);
  if (state.bornAt < 0) state.bornAt = at;
  if (state.open === 1 && at - state.openedAt >= adoptAfter) return adopt(state, value, timeOfDay);
  state.latest = isGuessed(state) ? gradeOf(state, value, at, timeOfDay) : 0;
  if (state.open === 1) return attend(detector, state, value, at);
  if (isNeutral(detector, state, at)) {
    if (state.attempts > 0) extend(state, value);
    return '';
  }
  // Of what does not count nothing is learned: 2 % of the answers that count shall be slow, and slowness is not chased before it pages.
  learnLatency(state, value, timeOfDay);
  return state.seen <= judgedFrom ? '' : watch(detector, state, value, at);
}

// oxlint-disable-next-line max-params -- the per-probe path allocates nothing, so no object of arguments
function gradeOf(state: SlowState, value: number, at: EpochMs, timeOfDay: DurationMs): Grade {
  const limit = limitOf(state, at, timeOfDay);
  if (value <= limit || Math.exp(value) - Math.exp(state.median) < leastExcessMs) return 0;
  return value > 2 * limit - state.median ? 2 : 1;
}

/** Logarithm of what an answer may take without being slow. */
function limitOf(state: SlowState, at: EpochMs, timeOfDay: DurationMs): number {
  const age = at - state.bornAt;
  const unknown = age < weekMs ? dayFactor / Math.max(1, (age / dayMs) ** 2) : 0;
  return Math.max(upperAt(state, timeOfDay) + unknown, state.median + leastFactor);
}

function isNeutral({ pause }: SlowDetector, { countedAt }: SlowState, at: EpochMs): boolean {
  return countedAt >= 0 && at >= countedAt && at - countedAt < pause;
}

function watch(detector: SlowDetector, state: SlowState, value: number, at: EpochMs): SlowStep {
  const grade = state.latest;
  const sum = grade === 0 ? calmSlow(state.evidence) : strikeSlow(state.evidence, grade, rateOf(state), veryRateOf(state));
  state.rate += ((grade > 0 ? 1 : 0) - state.rate) / rateMemory;
  state.veryRate += ((grade === 2 ? 1 : 0) - state.veryRate) / veryMemory;
  if (grade === 0) {
    if (sum <= detector.quiet) clearSlow(state);
    else if (state.attempts > 0) extend(state, value);
    return '';
  }
  if (state.attempts === 0) state.onset = at;
  extend(state, value);
  countSlow(state, at);
  if (sum < detector.threshold || state.counted < leastCounted) return '';
  state.open = 1;
  state.openedAt = at;
  state.ratio = sum / detector.threshold;
  state.recovery = 0;
  weighSlow(state.evidence);
  return 'opened';
}

function attend(detector: SlowDetector, state: SlowState, value: number, at: EpochMs): SlowStep {
  extend(state, value);
  if (isNeutral(detector, state, at)) return '';
  const grade = state.latest;
  const rate = rateOf(state);
  const veryRate = veryRateOf(state);
  if (grade > 0) countSlow(state, at);
  const fault = chanceWhileSlow(state.evidence, grade, rate, veryRate);
  state.recovery = recoverSlow(state.recovery, chanceUsual(grade, rate, veryRate), fault);
  if (grade > 0 || state.recovery < detector.closing) return '';
  acquitSlow(state);
  return 'closed';
}

function countSlow(state: SlowState, at: EpochMs): void {
  state.countedAt = at;
  state.counted += 1;
}

/** No longer slow, and nothing is suspected; what was learned stays. */
export function acquitSlow(state: SlowState): void {
  state.open = 0;
  state.recovery = 0;
  state.ratio = 0;
  hushSlow(state);
}

/** What other trouble explains is no evidence: it is forgotten, as at the end of a window of maintenance. */
export function hushSlow(state: SlowState): void {
  if (state.open === 1 || (state.attempts === 0 && state.evidence[0] === 0)) return;
  state.evidence.fill(0);
  clearSlow(state);
}

function adopt(state: SlowState, value: number, timeOfDay: DurationMs): SlowStep {
  acquitSlow(state);
  restart(state);
  state.bornAt = -1;
  state.latest = 0;
  state.phases = freshPhases();
  state.rate = usualRate;
  state.veryRate = usualVeryRate;
  learnLatency(state, value, timeOfDay);
  return 'adopted';
}

/** Chance that a usual answer is slow: never less than the percentile says, and more while that is uncertain. */
function rateOf({ rate, seen }: SlowState): number {
  const error = Math.sqrt(usualRate / Math.min(seen, doubtMemory));
  return Math.min(mostRate, Math.max(rate, usualRate) + doubt * error);
}

function veryRateOf({ veryRate, seen }: SlowState): number {
  return Math.min(mostVeryRate, Math.max(leastVeryRate, veryRate + 1 / seen));
}

function extend(state: SlowState, value: number): void {
  state.attempts += 1;
  if (state.latest === 0) return;
  state.slow += 1;
  state.slowLogs += value;
}

/** What the phases of the answer just observed tell: call it after `observeSlow`. */
export function notePhases(state: SlowState, phases: Readonly<Record<string, DurationMs>>): void {
  if (state.latest === 0 && state.open === 0) learnPhases(state.phases, phases);
  else if (state.latest > 0 && state.attempts > 0) addExcess(state.phases, phases, state.slow === 1);
}

/** How slow it is: what a page or a metric quotes, counted since the onset. `timeOfDay` as in `observeSlow`. */
export function describeSlow(state: SlowState, timeOfDay: DurationMs): Slowness {
  const { onset, attempts, slow, slowLogs, median, phases } = state;
  const usual = Math.exp(median);
  return {
    since: Math.max(onset, 0),
    attempts,
    slow,
    share: rateSince(slow, attempts),
    usualShare: usualRate,
    limit: Math.exp(limitOf(state, state.openedAt, timeOfDay)),
    typical: slow > 0 ? Math.exp(slowLogs / slow) : usual,
    usual,
    phases: blamedOf([phases]),
  };
}

/** Evidence over what a page needs: below 1 until it pages, what it was at the page while slow. */
export function slowRatio(detector: SlowDetector, state: SlowState): number {
  if (state.open === 1) return Math.max(1, state.ratio);
  return Math.min(heldRatio, averageSlow(state.evidence) / detector.threshold);
}
