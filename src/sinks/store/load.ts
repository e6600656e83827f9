// What a start needs of the record.
import type { EndpointId } from '#model/endpoint.ts';
import { type EpochMs, minuteMs } from '#model/time.ts';
import type { Loaded } from './contract.ts';
import type { Connection } from './file.ts';
import type { Waiting } from './waiting.ts';

/** An endpoint without a saved state is replayed over this much; a state is a minute old at most. */
const replayWithoutState = 10 * minuteMs;

/**
 * States and results of the endpoints that the plan still has, and the states of others that have an open incident: its end is owed. A
 * state that waits in memory goes before the file's.
 */
export function loadRecord(file: Connection, waiting: Waiting, endpoints: readonly EndpointId[], now: EpochMs): Loaded {
  const saved = new Map(file.states.all().map((state) => [state.endpoint, state]));
  for (const state of waiting.states.values()) saved.set(state.endpoint, state);
  const openIncidents = waiting.openIncidents();
  const wanted = new Set([...endpoints, ...openIncidents.map((incident) => incident.endpoint.id)]);
  const states = [...wanted].flatMap((endpoint) => saved.get(endpoint) ?? []);
  const after = new Map<EndpointId, EpochMs>();
  for (const endpoint of endpoints) after.set(endpoint, saved.get(endpoint)?.at ?? now - replayWithoutState);
  return { states, openIncidents, replay: file.history.readAfter(after) };
}
