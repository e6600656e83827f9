// What would close an open incident: the very tests, run forward on nothing but successes.
import type { EndpointId } from '#model/endpoint.ts';
import type { OkResult } from '#model/result.ts';
import { type DurationMs, type EpochMs, hourMs } from '#model/time.ts';
import { step } from '../engine.ts';
import { isGroupKey } from '../group/place.ts';
import { layOutStanding } from '../group/standing.ts';
import { layOutTallies } from '../group/tell.ts';
import { isOpen } from '../incident/lifecycle.ts';
import { restoreEndpoint, restoreGroup } from '../restore.ts';
import type { Replay } from './replay.ts';

/** Looked ahead at most so far: what needs longer is told as more than this. */
export const mostAhead = 20_000;
const mostTogether: DurationMs = 12 * hourMs;

/** What was saved of an endpoint or a group: its key, and the text of `saveEndpoint` or `saveGroup`. */
export interface Saved {
  readonly endpoint: EndpointId;
  readonly state: string;
}

/** Puts back what was saved. Parts that are not the engine's are left aside. Never throws. */
export function putBack({ engine, state }: Replay, saved: readonly Saved[]): void {
  for (const { endpoint, state: text } of saved) {
    if (isGroupKey(endpoint)) restoreGroup(engine, state, endpoint.slice(1), text);
    else if (engine.watches.has(endpoint)) restoreEndpoint(engine, state, endpoint, text);
  }
  let latest = 0;
  for (const { detector } of state.endpoints.values()) latest = Math.max(latest, detector.lastAt);
  layOutTallies(engine, state);
  layOutStanding(engine, state, latest);
}

/**
 * Successes in a row from now on that close the incident of this endpoint, 0 where none is open; undefined where more than 20,000 are needed or the
 * endpoint is not known. Plays on with the state: hand in a copy.
 */
export function successesToClose(replay: Replay, id: EndpointId): number | undefined {
  const own = replay.state.endpoints.get(id);
  return own === undefined ? undefined : answersUntil(() => own.detector.course === 'up', replay, { id, duration: 0 });
}

/** The same of usual answers that close the incident of slowness. */
export function usualAnswersToClose(replay: Replay, id: EndpointId): number | undefined {
  const own = replay.state.endpoints.get(id);
  return own === undefined
    ? undefined
    : answersUntil(() => own.slow.test.open === 0, replay, { id, duration: Math.exp(own.slow.test.median) });
}

function answersUntil(
  isOver: () => boolean,
  { engine, state }: Replay,
  { id, duration }: { readonly id: EndpointId; readonly duration: DurationMs },
): number | undefined {
  const interval = engine.watches.get(id)?.plan.timing.interval ?? 0;
  const detector = state.endpoints.get(id)?.detector;
  if (detector === undefined || interval <= 0) return undefined;
  for (let count = 0; count <= mostAhead; count += 1) {
    if (isOver()) return count;
    step(engine, state, { type: 'result', result: success(id, detector.lastAt + interval, duration) });
  }
  return undefined;
}

/**
 * Rounds without a failure from `at` on that close the incident of the engine's one group: the generator's return, undefined where more than
 * twelve hours are needed. Yields after each probe, so that the caller can rest. Plays on with the state: hand in a copy.
 */
export function* roundsToClose({ engine, state }: Replay, at: EpochMs): Generator<undefined, number | undefined> {
  const record = state.groups[0];
  const length = engine.groups[0]?.group.round ?? 0;
  if (record === undefined || length <= 0) return undefined;
  for (let round = 0; round * length <= mostTogether; round += 1) {
    if (!isOpen(record.course)) return round;
    const now = at + (round + 1) * length;
    for (const [id, { plan }] of engine.watches) {
      const own = state.endpoints.get(id);
      if (own === undefined || now - own.detector.lastAt < plan.timing.interval) continue;
      step(engine, state, { type: 'result', result: success(id, now) });
      yield undefined;
    }
    step(engine, state, { type: 'tick', at: now });
  }
  return undefined;
}

function success(endpoint: EndpointId, at: EpochMs, duration: DurationMs = 0): OkResult {
  return { endpoint, vantage: '', scheduledAt: at, startedAt: at, duration, phases: {}, facts: {}, notes: {}, outcome: 'ok' };
}
