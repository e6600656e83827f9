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

/** Plays the scene; endpoints probe in each round at a time of their own. */
export function play(scene: Scene): readonly Told[] {
  const { plan, healthy, ill, after = 0, blips = 0, restarts = [] } = scene;
  const source = random(scene.seed);
  const engine = createEngine(plan);
  let state = freshState(engine);
  const interval = plan.endpoints[0]?.timing.interval ?? 30_000;
  const members = plan.endpoints
    .map((endpoint) => ({ endpoint, phase: Math.floor(source.next() * interval), rate: around(source, 1e-4, 1e-2) }))
    .toSorted((a, b) => a.phase - b.phase);
  const told: Told[] = [];
  const rounds = healthy + ill + after;
  for (let round = 0; round < rounds; round += 1) {
    const into = round - healthy;
    const isIll = into >= 0 && into < ill;
    const blip = source.next() < blips;
    let ticked = -1;
    for (const { endpoint, phase, rate } of members) {
      const at = start + round * interval + phase;
      const failed = blip || source.next() < rate || (isIll && source.next() < scene.fault(endpoint, into, source));
      hear(step(engine, state, { type: 'result', result: resultOf(endpoint, at, failed) }), into);
      const second = Math.floor(phase / 5000);
      if (second !== ticked) hear(step(engine, state, { type: 'tick', at }), into);
      ticked = second;
    }
    if (restarts.includes(into)) state = restarted(engine, state, start + (round + 1) * interval, (events) => hear(events, into));
  }
  return told;

  function hear(events: readonly Event[], round: number): void {
    for (const event of events) if (event.type === 'alert') told.push({ round, alert: event.alert });
  }
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
