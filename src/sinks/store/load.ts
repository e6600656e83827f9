// What a start needs of the record.
import type { EndpointId } from '#model/endpoint.ts';
import { type EpochMs, minuteMs } from '#model/time.ts';
import type { Loaded, SavedState } from './contract.ts';
import type { Connection } from './file.ts';
import type { Waiting } from './waiting.ts';

/** An endpoint without a saved state is replayed over this much; a state is a minute old at most. */
const replayWithoutState = 10 * minuteMs;

/** States and results of the endpoints that the plan still has; a state that waits in memory goes before the file's. */
export function loadRecord(file: Connection, waiting: Waiting, endpoints: readonly EndpointId[], now: EpochMs): Loaded {
  const saved = new Map(file.states.all().map((state) => [state.endpoint, state]));
  for (const state of waiting.states.values()) saved.set(state.endpoint, state);
  const states: SavedState[] = [];
  const after = new Map<EndpointId, EpochMs>();
  for (const endpoint of endpoints) {
    const state = saved.get(endpoint);
    if (state !== undefined) states.push(state);
    after.set(endpoint, state?.at ?? now - replayWithoutState);
  }
  return { states, openIncidents: waiting.openIncidents(), replay: file.history.readAfter(after) };
}
