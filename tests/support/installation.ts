// A whole installation in virtual time: many endpoints through the daemon's engine, some of them ill, and what people are told.
import { createEngine, freshState, replan, step } from '#core/engine.ts';
import { restoreEndpoint, restoreGroup } from '#core/restore.ts';
import { type EngineState, saveEndpoint, saveGroup } from '#core/state.ts';
import type { Engine } from '#core/watch.ts';
import type { Alert } from '#model/alert.ts';
import type { Event } from '#model/event.ts';
import type { EndpointPlan, Plan } from '#model/plan.ts';
import type { ProbeResult } from '#model/result.ts';
import { around, type Random, random } from '../bench/detect/random.ts';
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

/** Plays the scene; endpoints probe in each round at a time of their own. */
export function play(scene: Scene): readonly Told[] {
  const { plan, healthy, ill, after = 0, restarts = [] } = scene;
  const source = random(scene.seed);
  const engine = createEngine(plan);
  const interval = plan.endpoints[0]?.timing.interval ?? 30_000;
  const members = membersOf(plan, interval, source);
  const told: Told[] = [];
  let state = freshState(engine);
  for (let round = 0; round < healthy + ill + after; round += 1) {
    const into = round - healthy;
    const hear = (events: readonly Event[]) => {
      for (const event of events) if (event.type === 'alert') told.push({ round: into, alert: event.alert });
    };
    const begin = start + round * interval;
    let ticked = -1;
    for (const { endpoint, at, failed } of outcomesOf(scene, into, members, source)) {
      hear(step(engine, state, { type: 'result', result: resultOf(endpoint, begin + at, failed) }));
      if (Math.floor(at / tickMs) !== ticked) hear(step(engine, state, { type: 'tick', at: begin + at }));
      ticked = Math.floor(at / tickMs);
    }
    if (restarts.includes(into)) state = restarted(engine, state, begin + interval, hear);
  }
  return told;
}

interface Member {
  readonly endpoint: EndpointPlan;
  /** Into the round, ms. */
  readonly at: number;
  /** Healthy share of failures. */
  readonly rate: number;
}

function membersOf({ endpoints }: Plan, interval: number, source: Random): readonly Member[] {
  return endpoints
    .map((endpoint) => ({ endpoint, at: Math.floor(source.next() * interval), rate: around(source, 1e-4, 1e-2) }))
    .toSorted((a, b) => a.at - b.at);
}

// oxlint-disable-next-line max-params -- one round of one scene
function outcomesOf(scene: Scene, into: number, members: readonly Member[], source: Random) {
  const isIll = into >= 0 && into < scene.ill;
  const blip = source.next() < (scene.blips ?? 0);
  return members.map(({ endpoint, at, rate }) => {
    const failed = blip || source.next() < rate || (isIll && source.next() < scene.fault(endpoint, into, source));
    return { endpoint, at, failed };
  });
}

/** What another process knows that reads what this one wrote. */
// oxlint-disable-next-line max-params -- all that a restart touches
function restarted(engine: Engine, before: EngineState, at: number, hear: (events: readonly Event[]) => void): EngineState {
  const state = freshState(engine);
  for (const id of before.endpoints.keys()) restoreEndpoint(engine, state, id, saveEndpoint(before, id));
  for (const { id } of before.groups) restoreGroup(engine, state, id, saveGroup(before, id));
  hear(replan(engine, engine, state, at));
  return state;
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
