// How long a fault stays hidden: the very tests on simulated outcomes, so that the price of an interval or of the dial is known beforehand.
//
// Nothing here is a formula of its own that could drift from what runs. Chance is an argument: the same draws of the same faults are played
// for all settings, so that figures that differ do so by the settings, not by luck.
import type { Reprobe } from '#model/plan.ts';
import { type DurationMs, dayMs, type EpochMs, minuteMs } from '#model/time.ts';
import { type Detector, fresh, isSuspected, observe } from './detector.ts';
import { suppose } from './estimate.ts';
import { freshGroup, type GroupTest, hasCrossed, pass, begin as tellFailure } from './group.ts';
import type { DetectorState } from './state.ts';
import * as tally from './tally.ts';

/**
 * Uniform numbers in [0, 1): another sequence for each draw, the same one whenever the draw is asked for. Draws below 0 are for extra probes, so that
 * those of the timing fare alike however many there are.
 */
export type Chance = (draw: number) => () => number;

export interface Sampling {
  readonly chance: Chance;
  /** At most so many draws, 16 at least: of 120 the median is off by a sixth at most, 19 times in 20, of 40 by a third. */
  readonly draws: number;
}

/** From the start of a fault, just before a probe's time, to the page; left out where it takes longer than is looked at. */
export interface Delay {
  /** Half of all such faults are found within this. */
  readonly median?: DurationMs;
  /** 19 of 20 are. */
  readonly p95?: DurationMs;
}

/** So far a fault of one endpoint is followed; of a group. */
export const endpointHorizon: DurationMs = 7 * dayMs;
export const groupHorizon: DurationMs = dayMs;

/** Fewest draws, also where each takes long. */
const leastDraws = 16;
/** Outcomes for each draw that was asked for, after which no further one begins. */
const mostSteps = 2500;

/** The endpoint has been watched for so long, and had so many probes of its own chance just before the fault. */
const watched: DurationMs = 14 * dayMs;
const lead = 100;
const restProbes = 500;
/** Where the schedule puts extra probes (`schedule/extra.ts`): so much later than they could be at most, and so far from the next of the timing. */
const jitter = 0.2;
const tooNear = 1 / 3;

/** A member counts once in so much time for its group, and so many of them make a page (`group/together.ts`). */
const fewestIll = 3;
const memory: DurationMs = 5 * minuteMs;
const groupLead = 60;

/** Something that makes the probes of one endpoint fail, each for itself. Shares from 0 to 1. */
export interface EndpointFault {
  /** Share that fails while it is well, and has so far. */
  readonly healthyRate: number;
  readonly rate: number;
  /** Extra probes while it is suspected, where there are any. */
  readonly reprobe?: Reprobe;
}

/** Never throws. */
export function forecastFault(detector: Detector, fault: EndpointFault, sampling: Sampling): Delay {
  const { interval } = detector.settings;
  const { healthyRate, rate } = fault;
  const rested = restedAt(detector, healthyRate);
  const horizon = Math.floor(endpointHorizon / interval);
  return draw(horizon, interval, sampling, (next, extra) => {
    const endpoint = new Endpoint(detector, copy(rested), fault.reprobe);
    for (let i = 0; i < lead; i += 1) endpoint.ask(restProbes + i, healthyRate, { next, extra });
    // Chance alone paged: the fault meets it as it is at most times.
    if (endpoint.state.course !== 'up') endpoint.state = copy(rested);
    const before = restProbes + lead - 1;
    for (let i = 1; i <= horizon; i += 1) {
      const paged = endpoint.ask(before + i, rate, { next, extra });
      if (paged >= 0) return paged / interval - before;
    }
    return Number.POSITIVE_INFINITY;
  });
}

/** One endpoint, interval after interval. */
class Endpoint {
  state: DetectorState;
  readonly #detector: Detector;
  /** From a probe to an extra one, at least and as the schedule spreads them on average (`schedule/extra.ts`). */
  readonly #spacing: DurationMs;
  readonly #usual: DurationMs;
  /** Of an interval, where there may be any. */
  readonly #room: DurationMs;

  constructor(detector: Detector, state: DetectorState, reprobe: Reprobe | undefined) {
    const { interval } = detector.settings;
    const { spacing = interval, least = 0 } = reprobe ?? {};
    this.state = state;
    this.#detector = detector;
    this.#spacing = spacing;
    this.#usual = (1 + jitter / 2) * spacing;
    this.#room = interval - Math.max(tooNear * spacing, least);
  }

  /** The probe of an interval, and the extra ones before the next. When it paged, or -1. */
  ask(place: number, rate: number, { next, extra }: { readonly next: () => number; readonly extra: () => number }): EpochMs {
    const begin = place * this.#detector.settings.interval;
    if (this.#observe(begin, next() < rate)) return begin;
    for (let into = 0; into + this.#spacing <= this.#room && isSuspected(this.state, this.#detector.suspicious); ) {
      into = Math.min(this.#room, into + this.#usual);
      if (this.#observe(begin + into, extra() < rate)) return begin + into;
    }
    return -1;
  }

  #observe(at: EpochMs, failed: boolean): boolean {
    observe(this.#detector, this.state, failed, at, at % dayMs);
    return this.state.course !== 'up';
  }
}

/** An endpoint that has been well for a while, and has learned its rate. */
function restedAt(detector: Detector, healthyRate: number): DetectorState {
  const { interval } = detector.settings;
  const state = fresh();
  suppose(state, healthyRate, interval, watched);
  for (let i = 0; i < restProbes; i += 1) observe(detector, state, false, i * interval, (i * interval) % dayMs);
  return state;
}

function copy(state: DetectorState): DetectorState {
  const { evidence, binFailures, binProbes, quietFailures } = state;
  return {
    ...state,
    evidence: [...evidence],
    binFailures: [...binFailures],
    binProbes: [...binProbes],
    quietFailures: [...quietFailures],
  };
}

/** What one cause breaks. */
export interface SharedFault {
  readonly members: number;
  /** Mean share of the members' probes that fail while they are well. */
  readonly healthyRate: number;
  /** So much oftener each of them fails. */
  readonly excess: number;
}

/** A fault that all members of a group share; each is asked once a round. Never throws. */
export function forecastShared(test: GroupTest, fault: SharedFault, sampling: Sampling): Delay {
  const { round } = test.settings;
  const horizon = Math.floor(groupHorizon / round);
  return draw(horizon, round, sampling, (next) => {
    const group = new Rounds(test, fault.members, next);
    for (let i = 0; i < groupLead; i += 1) group.play(fault.healthyRate, fault.healthyRate);
    group.told.clear();
    for (let i = 1; i <= horizon; i += 1) {
      if (group.play(fault.healthyRate, fault.healthyRate + fault.excess)) return i;
    }
    return Number.POSITIVE_INFINITY;
  });
}

/** The test of one group, round after round. */
class Rounds {
  readonly #test: GroupTest;
  readonly #members: number;
  readonly #next: () => number;
  readonly #state = freshGroup();
  /** Members that failed, as far as they are needed; cleared when the fault begins. */
  readonly told = new Set<number>();
  /** Failures that began, round by round, of members that do not count again yet. */
  readonly #recent: number[];
  #round = 0;

  constructor(test: GroupTest, members: number, next: () => number) {
    this.#test = test;
    this.#members = members;
    this.#next = next;
    this.#recent = Array.from({ length: Math.ceil(memory / test.settings.round) }, () => 0);
    pass(test, this.#state, 0);
  }

  /** Members that are believed to fail with `believed` do so with `rate`. Returns whether the group pages. */
  play(believed: number, rate: number): boolean {
    const state = this.#state;
    const able = Math.max(0, this.#members - this.#recent.reduce((sum, count) => sum + count, 0));
    const starts = binomial(this.#next, able, rate);
    state.tally[tally.members] = able;
    state.tally[tally.expected] = able * believed;
    for (let i = 0; i < starts; i += 1) tellFailure(state, state.round);
    this.#recent[this.#round % this.#recent.length] = starts;
    for (let i = 0; i < starts && this.told.size < fewestIll; i += 1) this.told.add(Math.floor(this.#next() * this.#members));
    this.#round += 1;
    pass(this.#test, state, this.#round * this.#test.settings.round);
    return hasCrossed(this.#test, state) && this.told.size >= fewestIll;
  }
}

/** How many of `trials` come true, by the gaps between those that do. */
function binomial(next: () => number, trials: number, chance: number): number {
  let count = 0;
  for (let at = gap(next, chance); at < trials; at += 1 + gap(next, chance)) count += 1;
  return count;
}

function gap(next: () => number, chance: number): number {
  return chance <= 0 ? Number.POSITIVE_INFINITY : Math.floor(Math.log(1 - next()) / Math.log1p(-Math.min(chance, 1 - Number.EPSILON)));
}

/** Plays one draw. */
type Play = (next: () => number, extra: () => number) => number;

/** Draw after draw, each in units, until there are enough of them, they have cost enough, or most of what is hidden so long stays hidden. */
// oxlint-disable-next-line max-params -- how far, in what, by what chance, of what
function draw(horizon: number, unit: DurationMs, { chance, draws }: Sampling, delayOf: Play): Delay {
  const delays: number[] = [];
  let steps = 0;
  let missed = 0;
  while (delays.length < Math.max(leastDraws, draws) && (delays.length < leastDraws || steps < mostSteps * draws)) {
    const delay = delayOf(chance(delays.length), chance(-1 - delays.length));
    delays.push(delay);
    steps += lead + Math.min(delay, horizon);
    if (delay > horizon) missed += 1;
    if (missed > leastDraws / 2 && 2 * missed > delays.length) return {};
  }
  delays.sort((a, b) => a - b);
  const median = delays[Math.floor(delays.length / 2)] ?? horizon;
  const p95 = delays[Math.floor(0.95 * delays.length)] ?? horizon;
  if (median > horizon) return {};
  return p95 > horizon ? { median: median * unit } : { median: median * unit, p95: p95 * unit };
}
