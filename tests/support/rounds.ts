// Endpoints through the engine round by round: who fails is said by the test, nothing is thrown.
import { createEngine, freshState, replan, step } from '#core/engine.ts';
import { restoreEndpoint, restoreGroup } from '#core/restore.ts';
import { type EngineState, saveEndpoint, saveGroup } from '#core/state.ts';
import type { Engine } from '#core/watch.ts';
import type { Alert } from '#model/alert.ts';
import type { EndpointId } from '#model/endpoint.ts';
import type { Event } from '#model/event.ts';
import type { EndpointPlan, Plan } from '#model/plan.ts';
import { start } from './installation.ts';
import { planOf } from './plan.ts';
import { failResult, okResult } from './results.ts';

const roundMs = 30_000;

const log = { name: 'log', kind: 'log', options: {} };
const regions = ['norcal', 'socal'];
const services = ['network', 'identity', 'ehr', 'billing', 'records'];

/** Five services in two regions, `each` endpoints of every one; all but the network stand on it. */
export function installation(each: number, more: Partial<Plan> = {}): Plan {
  const plan = planOf(
    services.flatMap((service) =>
      regions.flatMap((region) => Array.from({ length: each }, (_, i) => ({ service, region, name: `e${i}` }))),
    ),
    { receivers: [log], paging: { falsePagesPerYear: 12, grace: 60_000, remind: 0 } },
  );
  return {
    ...plan,
    services: plan.services.map((service) => ({ ...service, dependsOn: service.id === 'network' ? [] : ['network'] })),
    endpoints: plan.endpoints.map((endpoint, i) => ({ ...endpoint, host: `h${i}:1` })),
    ...more,
  };
}

export interface Rounds {
  engine: Engine;
  state: EngineState;
  /** Beginning of the next round. */
  at: number;
  readonly events: Event[];
}

export function roundsOf(plan: Plan): Rounds {
  const engine = createEngine(plan);
  return { engine, state: freshState(engine), at: start, events: [] };
}

/** So many rounds in which these fail; endpoints that the third function leaves out are not probed. Returns the events. */
// oxlint-disable-next-line max-params -- a table of who does what
export function playRounds(
  play: Rounds,
  count: number,
  fails: (endpoint: EndpointPlan) => boolean,
  probed: (endpoint: EndpointPlan) => boolean = () => true,
): readonly Event[] {
  const from = play.events.length;
  for (let round = 0; round < count; round += 1) {
    const { endpoints } = play.engine.plan;
    const apart = roundMs / (endpoints.length + 1);
    let ticked = play.at;
    for (const [place, endpoint] of endpoints.entries()) {
      const scheduledAt = Math.floor(play.at + place * apart);
      const times = { scheduledAt, startedAt: scheduledAt };
      const result = fails(endpoint) ? failResult(endpoint.id, 'reset', times) : okResult(endpoint.id, times);
      if (probed(endpoint)) play.events.push(...step(play.engine, play.state, { type: 'result', result }));
      for (; ticked <= scheduledAt; ticked += 1000) play.events.push(...step(play.engine, play.state, { type: 'tick', at: ticked }));
    }
    play.at += roundMs;
  }
  return play.events.slice(from);
}

export function reload(play: Rounds, plan: Plan): readonly Event[] {
  const to = createEngine(plan);
  const events = replan(play.engine, to, play.state, play.at);
  play.engine = to;
  play.events.push(...events);
  return events;
}

export function maintain(play: Rounds, endpoint: EndpointId, open: boolean): void {
  play.events.push(...step(play.engine, play.state, { type: 'maintenance', at: play.at, endpoint, open, why: 'patching' }));
}

export function alertsOf(events: readonly Event[]): readonly Alert[] {
  return events.flatMap((event) => (event.type === 'alert' ? [event.alert] : []));
}

export interface Restart {
  /** The next process has another one. */
  readonly plan?: Plan;
  /** What became of the saved text of groups. */
  readonly alter?: (text: string) => string;
}

/** Another process takes up what was saved. */
export function restart(play: Rounds, { plan = play.engine.plan, alter = (text) => text }: Restart = {}): readonly Event[] {
  const engine = createEngine(plan);
  const state = freshState(engine);
  for (const id of play.state.endpoints.keys()) restoreEndpoint(engine, state, id, saveEndpoint(play.state, id));
  for (const { id } of play.state.groups) restoreGroup(engine, state, id, alter(saveGroup(play.state, id)));
  Object.assign(play, { engine, state });
  return reload(play, plan);
}
