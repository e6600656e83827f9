// Where explanations get their facts: of the running daemon, or of a store that is only read.
import { createEngine } from '#core/engine.ts';
import { isGroupKey } from '#core/group/place.ts';
import { type EngineState, saveEndpoint, saveGroup } from '#core/state.ts';
import type { Engine } from '#core/watch.ts';
import type { Plan } from '#model/plan.ts';
import type { EpochMs } from '#model/time.ts';
import type { Store } from '#sinks/store/contract.ts';
import type { StoreReader } from '#sinks/store/reader.ts';
import type { ExplainSource } from './contract.ts';

/** Of the daemon: what the store will hold in a second counts too, and the present state is that of memory. */
export function liveSource(
  store: Store,
  { engine, state }: { readonly engine: Engine; readonly state: EngineState },
  now: () => EpochMs,
): ExplainSource {
  return {
    engine,
    results: (query) => store.results(query),
    incidents: (query) => store.incidents(query),
    incident: (id) => store.incident(id),
    course: (incident) => store.course(incident),
    saved: (keys) =>
      keys.flatMap((endpoint) => {
        const text = isGroupKey(endpoint) ? saveGroup(state, endpoint.slice(1)) : saveEndpoint(state, endpoint);
        return text === '' ? [] : [{ endpoint, state: text }];
      }),
    now,
  };
}

/** Of a store, by the present configuration. */
export function storedSource(reader: StoreReader, plan: Plan, now: () => EpochMs): ExplainSource {
  return {
    engine: createEngine(plan),
    results: (query) => reader.results(query),
    incidents: (query) => reader.incidents(query),
    incident: (id) => reader.incident(id),
    course: (incident) => reader.course(incident),
    saved: (keys) => reader.states(keys),
    now,
  };
}
