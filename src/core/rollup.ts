// How endpoints add up: the state of a service in a region, of a service, of the whole system.
import { rollUp } from '#model/rollup.ts';
import type { State } from '#model/verdict.ts';
import type { EngineState } from './state.ts';
import type { Engine, Watch } from './watch.ts';

/** State of a service in one region, or in all regions together where `region` is left out; `unknown` where it has no endpoints. */
export function serviceState(engine: Engine, state: EngineState, service: string, region?: string): State {
  const watches = engine.byService.get(service) ?? [];
  return rollUp(shown(state, region === undefined ? watches : watches.filter((watch) => watch.plan.region === region)));
}

/** State of everything together. */
export function systemState(engine: Engine, state: EngineState): State {
  return rollUp(shown(state, engine.watches.values()));
}

function* shown(state: EngineState, watches: Iterable<Watch>): Generator<State> {
  for (const watch of watches) yield state.endpoints.get(watch.plan.id)?.shown ?? 'unknown';
}
