// A whole installation in virtual time: many endpoints through the daemon's engine, some of them ill, and what people are told.
import * as detect from '#core/detect/detector.ts';
import { due, stirring, tallySize } from '#core/detect/tally.ts';
import { createEngine, freshState, replan, step } from '#core/engine.ts';
import { tellGroups } from '#core/group/tell.ts';
import type { Moment } from '#core/group/ties.ts';
import { noteOk } from '#core/incident/trail.ts';
import { restoreEndpoint, restoreGroup } from '#core/restore.ts';
import { timeOfDay } from '#core/shown.ts';
import { type EndpointState, type EngineState, saveEndpoint, saveGroup } from '#core/state.ts';
import type { Engine } from '#core/watch.ts';
import type { Alert } from '#model/alert.ts';
import type { Event } from '#model/event.ts';
import type { EndpointPlan, Plan } from '#model/plan.ts';
import type { ProbeResult } from '#model/result.ts';
import type { EpochMs } from '#model/time.ts';
import { around, geometric, type Random, random } from '../bench/detect/random.ts';
import { planOf } from './plan.ts';

export interface Told {
  /** Rounds after the fault began; negative: before it. */
  readonly round: number;
  readonly alert: Alert;
}

export interface Scene {
  readonly plan: Plan;
  readonly seed: number;
  /** Rounds of health first, then rounds with the fault. */
  readonly healthy: number;
  readonly ill: number;
  /** Rounds after it. */
  readonly after?: number;
  /** Chance that this endpoint fails besides, `round` rounds into the fault. */
  fault(endpoint: EndpointPlan, round: number, source: Random): number;
  /** Share of rounds in which every probe fails: the prober's own network. */
  readonly blips?: number;
  /** Rounds after which the process ends, and another one takes up what was saved. */
  readonly restarts?: readonly number[];
}

export const start = 1_800_000_000_000;
/** Seldom enough that a year of rounds is played in seconds. */
const tickMs = 5000;
/** While nothing fails, time is told in one of so many rounds. */
const calmRounds = 20;

const regions = ['norcal', 'socal', 'midatl', 'nw'];
const services = ['network', 'identity', 'ehr', 'billing', 'records', 'pharmacy', 'laboratory', 'radiology', 'call-center', 'e-visits'];
/** The dial of the whole installation. */
export const falsePagesPerYear = 12;

/** Ten services in four regions, `each` endpoints of every one; all but the network stand on it. */
export function installation(each: number): Plan {
  const names = services.flatMap((service) =>
    regions.flatMap((region) => Array.from({ length: each }, (_, i) => ({ service, region, name: `e${i}` }))),
  );
  const plan = planOf(names, {
    receivers: [{ name: 'log', kind: 'log', options: {} }],
    paging: { falsePagesPerYear, grace: 60_000, remind: 0 },
  });
  const share = falsePagesPerYear / 2 / names.length;
  return {
    ...plan,
    services: plan.services.map((service) => ({ ...service, dependsOn: service.id === 'network' ? [] : ['network'] })),
    endpoints: plan.endpoints.map((endpoint, i) => ({ ...endpoint, host: `h${i}:1`, falsePagesPerYear: share })),
  };
}

/** Plays the scene; endpoints probe in each round at a time of their own. `quick` false: every outcome by the engine's front door. */
export function play(scene: Scene, quick = true): readonly Told[] {
  const { plan, healthy, ill, after = 0, restarts = [] } = scene;
  const source = random(scene.seed);
  const engine = createEngine(plan);
  const interval = plan.endpoints[0]?.timing.interval ?? 30_000;
  const members = membersOf(plan, interval, source);
  const state = freshState(engine);
  const stage: Stage = { engine, state, members, moments: momentsOf(engine, state, members), told: [], round: -healthy, quick, busy: 10 };
  for (; stage.round < ill + after; stage.round += 1) {
    const begin = start + (stage.round + healthy) * interval;
    draw(scene, stage.round, members, source);
    playRound(stage, begin);
    if (restarts.includes(stage.round)) restartStage(stage, begin + interval);
  }
  return stage.told;
}

/** An installation in its course. */
interface Stage {
  readonly engine: Engine;
  state: EngineState;
  readonly members: readonly Member[];
  moments: readonly (Own | undefined)[];
  readonly told: Told[];
  round: number;
  readonly quick: boolean;
  /** Rounds in which time is told often still. */
  busy: number;
}

function playRound(stage: Stage, begin: EpochMs): void {
  const { members, moments, quick, engine, told } = stage;
  const isOpen = told.length > 0 && told.at(-1)?.alert.event !== 'resolved';
  stage.busy = isOpen || members.some(({ failed }) => failed) ? 3 : stage.busy - 1;
  const isToTick = stage.busy > 0 || stage.round % calmRounds === 0;
  let ticked = -1;
  for (const [place, { endpoint, at, failed }] of members.entries()) {
    const scheduledAt = begin + at;
    if (failed || !quick || !takeQuietly(moments[place], scheduledAt)) {
      hear(stage, step(engine, stage.state, { type: 'result', result: resultOf(endpoint, scheduledAt, failed) }));
    }
    const slot = Math.floor(at / tickMs);
    if (slot !== ticked && isToTick) hear(stage, step(engine, stage.state, { type: 'tick', at: scheduledAt }));
    ticked = slot;
  }
}

function hear({ told, round }: Stage, events: readonly Event[]): void {
  for (const event of events) if (event.type === 'alert') told.push({ round, alert: event.alert });
}

/** Another process reads what this one wrote. */
function restartStage(stage: Stage, at: EpochMs): void {
  const { engine, state: before } = stage;
  const state = freshState(engine);
  for (const id of before.endpoints.keys()) restoreEndpoint(engine, state, id, saveEndpoint(before, id));
  for (const { id } of before.groups) restoreGroup(engine, state, id, saveGroup(before, id));
  hear(stage, replan(engine, engine, state, at));
  stage.state = state;
  stage.moments = momentsOf(engine, state, stage.members);
}

type Own = { -readonly [K in keyof Moment]: Moment[K] };

function momentsOf(engine: Engine, state: EngineState, members: readonly Member[]): readonly (Own | undefined)[] {
  return members.map(({ endpoint: { id } }) => {
    const watch = engine.watches.get(id);
    const own = state.endpoints.get(id);
    return watch === undefined || own === undefined ? undefined : { engine, state, watch, own, at: 0, events: [] };
  });
}

/**
 * A success of an endpoint that is well, while none of its groups stirs or ends a round: what the engine does with it, less the events that
 * nobody here reads. Returns whether it was taken; years of health are played so.
 */
function takeQuietly(moment: Own | undefined, at: EpochMs): boolean {
  if (moment === undefined || !isWell(moment.own) || isStirring(moment, at)) return false;
  const { state, watch, own } = moment;
  moment.at = at;
  const time = timeOfDay(state, at);
  tellGroups(moment, false, time);
  detect.observe(watch.detector, own.detector, false, at, time);
  noteOk(own.trail, at);
  return true;
}

function isWell({ detector, shown, ties }: EndpointState): boolean {
  return detector.run < 0 && shown === 'up' && detector.course === 'up' && ties.heldUntil === null;
}

function isStirring({ state: { tallies }, watch: { groups } }: Moment, at: EpochMs): boolean {
  for (let i = 0; i < groups.length; i += 1) {
    const base = (groups[i] as number) * tallySize;
    if (tallies[base + stirring] !== 0 || at >= (tallies[base + due] as number)) return true;
  }
  return false;
}

interface Member {
  readonly endpoint: EndpointPlan;
  /** Into the round, ms. */
  readonly at: number;
  /** Healthy share of failures. */
  readonly rate: number;
  /** Rounds until it fails by itself. */
  wait: number;
  /** In this round. */
  failed: boolean;
}

function membersOf({ endpoints }: Plan, interval: number, source: Random): Member[] {
  return endpoints
    .map((endpoint) => {
      const rate = around(source, 1e-4, 1e-2);
      return { endpoint, at: Math.floor(source.next() * interval), rate, wait: geometric(source, rate), failed: false };
    })
    .toSorted((a, b) => a.at - b.at);
}

// oxlint-disable-next-line max-params -- one round of one scene
function draw(scene: Scene, into: number, members: readonly Member[], source: Random): void {
  const isIll = into >= 0 && into < scene.ill;
  const blip = source.next() < (scene.blips ?? 0);
  for (const member of members) {
    member.failed = blip || member.wait === 0 || (isIll && source.next() < scene.fault(member.endpoint, into, source));
    member.wait = member.wait === 0 ? geometric(source, member.rate) : member.wait - 1;
  }
}

function resultOf(endpoint: EndpointPlan, at: number, failed: boolean): ProbeResult {
  const attempt = {
    endpoint: endpoint.id,
    vantage: 'bench',
    scheduledAt: at,
    startedAt: at,
    duration: 20,
    phases: {},
    facts: {},
    notes: {},
  };
  return failed ? { ...attempt, outcome: 'fail', reason: 'connect_timeout', message: 'no answer' } : { ...attempt, outcome: 'ok' };
}
