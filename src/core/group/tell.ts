// The per-probe path: what an outcome of a member tells its groups before its own detector learns from it (detection.md 7).
import { type DurationMs, type EpochMs, minuteMs } from '#model/time.ts';
import * as detect from '../detect/detector.ts';
import { binOf, healthyRate } from '../detect/estimate.ts';
import { forgive } from '../detect/forgive.ts';
import { begin, goOn, isShared, layOut, pass } from '../detect/group.ts';
import { count, due, from, stirring, tallyOf, tallySize } from '../detect/tally.ts';
import { isOpen } from '../incident/lifecycle.ts';
import type { EndpointState, EngineState, GroupRecord } from '../state.ts';
import type { Engine, GroupWatch } from '../watch.ts';
import { coverOf, type Moment } from './ties.ts';

/** A member counts once in so much time: one bad endpoint must not make its group suspicious. */
const memory: DurationMs = 5 * minuteMs;
/** A healthy rate is looked up so often: it moves by a few per cent a day. */
const rateFor: DurationMs = 15 * minuteMs;
const opened = 2;

/** The numbers of all groups lie one behind the other, in the order of the plan. After every change of the groups. */
export function layOutTallies(engine: Engine, state: EngineState): void {
  state.tallies = new Float64Array(engine.groups.length * tallySize);
  for (const [place, { test }] of engine.groups.entries()) {
    layOut(test, (state.groups[place] as GroupRecord).test, tallyOf(state.tallies, place));
  }
}

/**
 * Before the detector takes an outcome: what it tells the groups of the endpoint. Only an outcome that follows a success tells anything, and
 * inside an open incident only its own group hears of it. `time`: of the day, as the detector has it. Returns false where all of them are quiet, as they nearly always are.
 */
export function tellGroups(moment: Moment, failed: boolean, time: DurationMs): boolean {
  const { state, watch, own, at } = moment;
  const { groups } = watch;
  const { tallies } = state;
  if (groups.length === 0) return false;
  let most = 0;
  for (let i = 0; i < groups.length; i += 1) most = Math.max(most, tallies[(groups[i] as number) * tallySize + stirring] as number);
  if (own.detector.run > 0) tellOn(moment, failed, time);
  if (!tells(own, at, watch.detector.settings.interval)) return most > 0;
  if (most < opened) {
    if (own.detector.course !== 'up') return most > 0;
    tellAll(moment, failed, rateOf(own, at, time));
  } else tellCover(moment, failed, rateOf(own, at, time));
  if (failed) {
    own.ties.beganAt = at;
    own.ties.rateUntil = -1;
  }
  for (let i = 0; i < groups.length; i += 1) most = Math.max(most, tallies[(groups[i] as number) * tallySize + stirring] as number);
  return most > 0;
}

/** It follows a success, and counts. An extra probe was made because of a failure: it is no fair sample of the group's members. */
function tells({ detector, maintenance, ties }: EndpointState, at: EpochMs, interval: DurationMs): boolean {
  if (maintenance !== null || at <= detector.lastAt || at - ties.beganAt < memory) return false;
  return detect.followsSuccess(detector) && !detect.isExtra(detector, at, interval);
}

function rateOf({ detector, ties }: EndpointState, at: EpochMs, time: DurationMs): number {
  if (at < ties.rateUntil && at >= ties.rateUntil - rateFor) return ties.rate;
  ties.rate = healthyRate(detector, binOf(time));
  ties.rateUntil = at - (at % rateFor) + rateFor;
  return ties.rate;
}

function tellAll({ engine, state, watch: { groups }, at }: Moment, failed: boolean, rate: number): void {
  const { tallies } = state;
  for (let i = 0; i < groups.length; i += 1) {
    const place = groups[i] as number;
    const base = place * tallySize;
    if (at < (tallies[base + from] as number)) continue;
    if (at >= (tallies[base + due] as number)) endRound(engine, state, place, at);
    count(tallies, base, at, rate);
    if (failed) begin((state.groups[place] as GroupRecord).test, at);
  }
}

// oxlint-disable-next-line max-params -- the per-probe path allocates nothing, so no object of arguments
function endRound(engine: Engine, state: EngineState, place: number, at: EpochMs): void {
  pass((engine.groups[place] as GroupWatch).test, (state.groups[place] as GroupRecord).test, at);
}

/** Inside an open incident: its group alone. */
function tellCover(moment: Moment, failed: boolean, rate: number): void {
  const { engine, state, watch, own, at } = moment;
  const { tallies } = state;
  const place = coverOf(state, watch, own.ties.within);
  const base = place * tallySize;
  if (place < 0 || at < (tallies[base + from] as number)) return;
  if (at >= (tallies[base + due] as number)) endRound(engine, state, place, at);
  count(tallies, base, at, rate);
  if (failed) begin((state.groups[place] as GroupRecord).test, at);
}

/**
 * The outcome after a failure: where that one counted, whether it went on. A single one that many shared is not held against the endpoint. Extra
 * probes have no say: a moment that many share may last longer than until the first of them.
 */
function tellOn(moment: Moment, failed: boolean, time: DurationMs): void {
  const { state, watch, own, at } = moment;
  const { run, runStart, lastAt } = own.detector;
  if (run !== 1 || at <= lastAt || own.ties.beganAt !== runStart || detect.isExtra(own.detector, at, watch.detector.settings.interval))
    return;
  for (const place of watch.groups) goOn((state.groups[place] as GroupRecord).test, failed);
  if (!failed && own.ties.within === '' && !isOpen(own.course) && sharesFailure(moment)) forgive(watch.detector, own.detector, time);
}

/** Whether the latest outcome of its timing is a single failure, one of many that began at about the same time. */
export function sharesFailure({ engine, state, watch, own }: Moment): boolean {
  const { run, runStart } = own.detector;
  if (run !== 1 || own.ties.beganAt !== runStart) return false;
  return watch.groups.some((place) =>
    isShared((engine.groups[place] as GroupWatch).test, (state.groups[place] as GroupRecord).test, runStart),
  );
}
