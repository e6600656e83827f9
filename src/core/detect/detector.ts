// Judges one endpoint from its outcomes, one at a time: up, intermittent, down, recovering (detection.md 2 to 6 and 10).
import { extraBelow } from '#model/plan.ts';
import { type DurationMs, type EpochMs, hourMs, minuteMs, yearMs } from '#model/time.ts';
import type { Verdict } from '#model/verdict.ts';
import { closeFactor, closeThreshold, type DetectorSettings, leastRun, pageThreshold, raise } from './calibrate.ts';
import * as episode from './episode.ts';
import * as estimate from './estimate.ts';
import * as evidence from './evidence.ts';
import * as extra from './extra.ts';
import { learnRun } from './habit.ts';
import { frozen, interrupted, maintained } from './marks.ts';
import * as onset from './onset.ts';
import { pattern } from './pattern.ts';
import { learnedRate, rateSince } from './rate.ts';
import { evidenceRatio, heldRatio, ratioNow, ratioOf } from './ratio.ts';
import { gapIntervals, tableAt, tablesOf } from './spacing.ts';
import type { Course, DetectorState } from './state.ts';

export type { DetectorSettings } from './calibrate.ts';
export { followsSuccess, isExtra, isSuspected } from './extra.ts';
export { type DetectorState, fresh, restore } from './state.ts';

/** Tables and thresholds made once from the settings; endpoints with equal settings share one. */
export interface Detector {
  readonly settings: DetectorSettings;
  /** A: evidence that pages. */
  readonly threshold: number;
  /** Failures in a row that "down" needs at least. */
  readonly leastRun: number;
  /** V that closes an incident of bursts or of hard down. */
  readonly closing: number;
  readonly quiet: onset.QuietLevels;
  /** S above which a failure is worth more probes. */
  readonly suspicious: number;
  /** By the time since the previous probe. */
  readonly tables: readonly evidence.Spacing[];
}

const unknownAfter = 5;
/** Results due so much before the latest one, or so long after it, tell of a clock that was set. */
const clockSetBack: DurationMs = hourMs;
const clockSetForward: DurationMs = yearMs;
/**
 * An incident of so many episodes is intermittent, also where single successes part them. It shows "down" again only after so long a
 * run, and so many intervals, lest it flaps between states.
 */
const restlessEpisodes = 3;
const restlessRun: DurationMs = 10 * minuteMs;
const restlessIntervals = 6;
const steadySuccesses = 2;

/** `interval` and `falsePagesPerYear` above 0, `grace` 0 or more. */
export function compile(settings: DetectorSettings): Detector {
  const { interval } = settings;
  const [threshold, rest] = [pageThreshold(settings), evidence.atRest(interval)];
  return {
    settings,
    threshold,
    leastRun: leastRun(interval, settings.grace),
    closing: closeThreshold(settings),
    quiet: onset.quietLevels(threshold, rest),
    suspicious: extra.suspicionLevel(threshold, rest),
    tables: tablesOf(interval),
  };
}

/**
 * One outcome, in order of `scheduledAt`, an extra one (`extra.ts`) included. `timeOfDay`: milliseconds since midnight of wall time, for the
 * twelve bins. Returns false when it did not count: late, absurd, or in maintenance without an open incident. Mutates the state; allocates nothing.
 */
// oxlint-disable-next-line max-params -- the per-probe path allocates nothing, so no object of arguments
export function observe(detector: Detector, state: DetectorState, failed: boolean, at: EpochMs, timeOfDay: DurationMs): boolean {
  if (!follows(detector, state, at)) return false;
  const { interval } = detector.settings;
  const up = state.course === 'up';
  const idle = up && (state.marks & maintained) !== 0;
  const isExtra = extra.isExtra(state, at, interval);
  const isWeighed = !isExtra || extra.isWeighed(state, at);
  const delta = extra.sinceWeighed(state, at, interval);
  if (!isExtra && delta > gapIntervals * interval + 1) state.run = 0;
  const lesson = extra.lessonOf(state, failed, isExtra);
  if (up && !idle) estimate.age(state, state.lastAt, at);
  extra.pass(state, at, isExtra);
  const table = tableAt(detector.tables, delta, interval);
  if (idle) state.run = 0;
  else if (!isWeighed) extra.glance(state, failed);
  else if (up) watch(detector, state, table, failed, estimate.binOf(timeOfDay), lesson);
  else attend(detector, state, table, failed, estimate.binOf(timeOfDay));
  if (state.state !== state.course) state.state = state.course;
  return !idle;
}

/** Whether an outcome comes after the latest one. A clock that was set starts the count of time anew, at the price of one outcome. */
function follows(detector: Detector, state: DetectorState, at: EpochMs): boolean {
  if (!(at >= 0 && at <= Number.MAX_SAFE_INTEGER)) return false;
  if (state.lastAt < 0) return true;
  const delta = at - state.lastAt;
  if (delta > 0 && delta <= clockSetForward) return true;
  if (delta > 0 || delta < -Math.max(clockSetBack, unknownAfter * detector.settings.interval)) {
    state.lastAt = at;
    state.regularAt = at;
    state.run = 0;
  }
  return false;
}

/** An outcome while no incident is open: gathers evidence, learns, pages. */
// oxlint-disable-next-line max-params -- the per-probe path allocates nothing, so no object of arguments
function watch(
  detector: Detector,
  state: DetectorState,
  table: evidence.Spacing,
  failed: boolean,
  bin: number,
  lesson: extra.Lesson,
): void {
  let sum: number;
  if (state.run > 0) sum = episode.follow(state, table, detector.settings.grace, failed);
  else sum = failed ? evidence.strike(state.evidence, table, estimate.healthyRate(state, bin)) : evidence.calm(state.evidence, table);
  if (lesson === 'after success') estimate.learn(state, bin, failed);
  else if (lesson === 'pair') estimate.learnPair(state);
  count(detector, state, failed);
  if (sum <= (failed ? detector.quiet.failed : detector.quiet.ok)) {
    if (state.attempts > 0 || failed) estimate.keep(state);
    onset.clear(state);
  } else onset.extend(state, state.lastAt, failed, state.run === 1);
  if (failed) page(detector, state, sum, bin);
}

function page(detector: Detector, state: DetectorState, sum: number, bin: number): void {
  const ratio = ratioOf(sum, detector.threshold, estimate.healthyRate(state, bin));
  if (isDown(detector, state, bin)) {
    onset.include(state, state.runStart, state.run);
    open(detector, state, (state.marks & interrupted) === 0 ? 'down' : 'intermittent', ratio);
  } else if (ratio >= 1 && onset.enough(state)) open(detector, state, 'intermittent', ratio);
}

function open(detector: Detector, state: DetectorState, course: Course, ratio: number): void {
  estimate.rollBack(state, onset.afterSuccess(state, state.lastAt, detector.settings.interval));
  evidence.weigh(state.evidence);
  state.course = course;
  state.since = state.onset;
  state.ratio = Math.max(1, ratio);
  state.recovery = 0;
}

/** An outcome of an open incident: weighs the patterns, and whether it is over. */
// oxlint-disable-next-line max-params -- the per-probe path allocates nothing, so no object of arguments
function attend(detector: Detector, state: DetectorState, table: evidence.Spacing, failed: boolean, bin: number): void {
  let healthy: number;
  let fault: number;
  if (state.run > 0) {
    healthy = episode.goesOn(state, table, detector.settings.grace);
    fault = evidence.faultAfterFailure(state.evidence, table, failed);
  } else {
    healthy = estimate.healthyRate(state, bin);
    fault = evidence.faultAfterOk(state.evidence, table, healthy, failed);
  }
  state.recovery = evidence.recover(state.recovery, failed ? healthy : 1 - healthy, fault);
  if (state.run <= 0 && state.failures <= estimate.plausibleRate * state.attempts) {
    estimate.learnYoung(state, bin, failed, detector.settings.interval);
  }
  count(detector, state, failed);
  onset.extend(state, state.lastAt, failed, state.run === 1);
  if (failed) worsen(detector, state, bin);
  else improve(detector, state);
}

function worsen(detector: Detector, state: DetectorState, bin: number): void {
  const restless = state.episodes >= restlessEpisodes || (state.marks & interrupted) !== 0;
  if (state.course === 'recovering' || (restless && state.run === 1)) state.course = 'intermittent';
  if ((state.marks & maintained) !== 0 || state.course === 'down' || !isDown(detector, state, bin)) return;
  const long = Math.max(restlessRun, restlessIntervals * detector.settings.interval);
  if (!restless || state.lastAt - state.runStart >= long) state.course = 'down';
}

function improve(detector: Detector, state: DetectorState): void {
  if (state.run > -steadySuccesses) return;
  if (state.course === 'down') state.course = 'recovering';
  if (state.recovery < detector.closing) return;
  if (state.recovery >= detector.closing * closeFactor(evidence.steadyShare(state.evidence))) close(state);
}

function close(state: DetectorState): void {
  state.course = 'up';
  state.since = state.lastAt;
  state.recovery = 0;
  state.ratio = 0;
  forget(state);
}

/** No suspicion is left. */
function forget(state: DetectorState): void {
  state.evidence.fill(0);
  estimate.keep(state);
  onset.clear(state);
}

function count({ settings }: Detector, state: DetectorState, failed: boolean): void {
  if (!failed) {
    if (state.run > 0) learnRun(state, settings.interval, settings.grace);
    state.run = state.run > 0 ? -1 : state.run - 1;
  } else if (state.run > 0) state.run += 1;
  else {
    state.run = 1;
    state.runStart = state.lastAt;
    state.marks &= ~interrupted;
  }
}

/** The down rule: enough failures in a row, for longer than a restart may take. */
function isDown(detector: Detector, state: DetectorState, bin: number): boolean {
  if (state.run < detector.leastRun || episode.isWithin(state, detector.settings.grace)) return false;
  const own = state.course === 'up' ? 1 : 0;
  const rate = estimate.rateLess(state, bin, own);
  const needed = detector.leastRun + raise(detector.settings, rate, estimate.continuationLess(state, own));
  // An extra probe may begin a run: it must last as long as one of the timing alone.
  return state.run >= needed && state.lastAt - state.runStart >= (needed - 1 - extraBelow / 2) * detector.settings.interval;
}

/** A missing probe: neither a success nor a failure. Enough of them in a row leave the state unknown. */
export function miss(detector: Detector, state: DetectorState, at: EpochMs): void {
  tick(detector, state, at);
}

/** Time goes by: no result for 5 intervals is the state `unknown`. Returns true when the state changed. */
export function tick(detector: Detector, state: DetectorState, at: EpochMs): boolean {
  const silence = at - state.lastAt;
  if (state.lastAt < 0 || state.state === 'unknown' || !(silence >= unknownAfter * detector.settings.interval)) return false;
  state.state = 'unknown';
  return true;
}

/**
 * Maintenance opened or closed. Inside nothing is learned or paged; of an incident open before only the recovery goes on, and may
 * close it. At the end the past is forgotten: an endpoint that fails then pages by the down rule, one grace later.
 */
export function maintain(detector: Detector, state: DetectorState, opened: boolean, at: EpochMs): void {
  tick(detector, state, at);
  if (opened === ((state.marks & maintained) !== 0)) return;
  state.marks ^= maintained;
  if (opened) return;
  state.run = 0;
  if (state.course === 'up') forget(state);
}

/**
 * Its trouble was a group's, and the group is proven steady: the endpoint need not prove it once more alone. Whatever it has of its own is found
 * afresh. Returns whether it is up: only after so many successes in a row, or where nobody hears of it any more.
 */
export function acquit(state: DetectorState, successes: number): boolean {
  if (state.course === 'up') return true;
  if (state.run > -successes && state.state !== 'unknown') return false;
  close(state);
  if (state.state !== 'unknown') state.state = state.course;
  return true;
}

/** What a group's incident explains must not be learned as healthy. */
export function freeze(state: DetectorState, isFrozen: boolean): void {
  state.marks = isFrozen ? state.marks | frozen : state.marks & ~frozen;
}

/** The clock was set back while nobody ran: times that lie ahead count as now, or every result until then would seem late. */
export function bringBack(state: DetectorState, now: EpochMs): void {
  if (state.lastAt > now) state.run = 0;
  for (const name of ['lastAt', 'regularAt', 'since', 'runStart', 'onset'] as const) state[name] = Math.min(state[name], now);
}

/**
 * A new detector for the same endpoint (interval or dial changed by a reload). Evidence, recovery and what was learned carry over
 * as they are: they count probes, and times are kept as times. A lower threshold pages nobody by itself: evidence above it is
 * held just below, so that a page needs one more failure.
 */
export function retune(from: Detector, to: Detector, state: DetectorState): void {
  if (state.course !== 'up' || to.threshold >= from.threshold) return;
  const ratio = ratioNow(state, to.threshold);
  if (ratio < 1) return;
  const factor = heldRatio / ratio;
  for (let j = 0; j < evidence.patternCount; j += 1) state.evidence[j] = (state.evidence[j] as number) * factor;
}

/**
 * What a page or metric quotes. While up, attempts and failures are those since the evidence was last quiet. `evidenceRatio` is below 1
 * while up, and what it was at the page (1 or more) while an incident is open.
 */
export function describe(detector: Detector, state: DetectorState): Omit<Verdict, 'endpoint' | 'slow'> {
  const rate = estimate.dailyRate(state);
  const { since, attempts, failures } = state;
  const common = { state: state.state, since: Math.max(since, 0), attempts, failures, healthyRate: rate };
  if (state.course === 'up') {
    return { ...common, evidenceRatio: evidenceRatio(state, detector.threshold), failureRate: learnedRate(estimate.counts(state), rate) };
  }
  return {
    ...common,
    evidenceRatio: state.ratio,
    failureRate: rateSince(failures, attempts, state.episodes),
    pattern: pattern(state.evidence, state, onset.paceOf(state, state.lastAt, detector.settings.interval)),
  };
}
