// Recorded results once more through the very engine, with a look after each: what the daemon saw, and what it thought of it.
import type { EndpointId } from '#model/endpoint.ts';
import type { Event } from '#model/event.ts';
import type { Reason } from '#model/reason.ts';
import type { ProbeResult } from '#model/result.ts';
import { type DurationMs, type EpochMs, secondMs } from '#model/time.ts';
import { step } from '../engine.ts';
import type { EngineState } from '../state.ts';
import type { Engine } from '../watch.ts';
import { type Look, lookAt, lookAtGroup, lookAtSlow } from './look.ts';

/** A result, and what the daemon made of it. */
export interface Recorded {
  readonly result: ProbeResult;
  /** False when it was missing, late or in maintenance. */
  readonly counted: boolean;
  readonly maintenance: boolean;
}

/** One probe of an endpoint; of a group, one round. */
export interface Point extends Look {
  readonly at: EpochMs;
  readonly outcome: 'ok' | 'slow' | 'failed' | 'missing' | 'maintenance';
  /** Probes that it stands for, and how many of them failed; where slowness is looked at, how many answers were slow. */
  readonly probes: number;
  readonly failures: number;
  /** Of a failure of one endpoint. May be untrusted: escape where shown. */
  readonly reason?: Reason;
  readonly message?: string;
}

/** An engine of a part of the installation, and a state of its own. */
export interface Replay {
  readonly engine: Engine;
  readonly state: EngineState;
}

/** One endpoint, a point a result, in the order in which they are given: that of time. Goes on where an earlier call ended. */
export function* replayEndpoint({ engine, state }: Replay, id: EndpointId, records: Iterable<Recorded>): Generator<Point> {
  for (const record of records) {
    take({ engine, state }, record);
    const look = lookAt(engine, state, id);
    if (look !== undefined) yield { ...look, ...seen(record) };
  }
}

/** The same where it is looked at how fast the endpoint answers. */
export function* replaySlow({ engine, state }: Replay, id: EndpointId, records: Iterable<Recorded>): Generator<Point> {
  for (const record of records) {
    take({ engine, state }, record);
    const look = lookAtSlow(engine, state, id);
    if (look === undefined) continue;
    const found = seen(record);
    // A failure says nothing of how fast it answers.
    const point = { ...look, ...found, probes: found.outcome === 'failed' ? 0 : 1, failures: 0 };
    const isSlow = point.outcome === 'ok' && state.endpoints.get(id)?.slow.test.latest !== 0;
    const message = `answered after ${span(record.result.duration)}`;
    yield isSlow ? { ...point, outcome: 'slow', failures: 1, message } : point;
  }
}

/** `870 ms`, `2.3 s`. */
function span(duration: DurationMs): string {
  return duration < secondMs ? `${Math.round(duration)} ms` : `${(duration / secondMs).toFixed(1)} s`;
}

/** A round that is being played. */
export interface Round {
  at: EpochMs;
  probes: number;
  failures: number;
  counted: number;
  maintenance: number;
}

export function freshRound(): Round {
  return { at: -1, probes: 0, failures: 0, counted: 0, maintenance: 0 };
}

/**
 * The members of the engine's one group, a point a round once it is over; yields nothing in between, except undefined now and then, so that
 * the caller can rest. `round` goes on from call to call.
 */
export function* replayGroup({ engine, state }: Replay, round: Round, records: Iterable<Recorded>): Generator<Point | undefined> {
  const length = engine.groups[0]?.group.round ?? 1;
  for (const record of records) {
    const at = record.result.scheduledAt;
    const begins = at - (at % length);
    if (begins > round.at) {
      if (round.at >= 0) yield endOf(round, { engine, state });
      // Rounds end, and incidents of groups take their steps, by the clock.
      step(engine, state, { type: 'tick', at: begins });
      Object.assign(round, { ...freshRound(), at: begins });
    }
    take({ engine, state }, record);
    const { outcome } = seen(record);
    round.probes += 1;
    if (outcome === 'failed') round.failures += 1;
    if (outcome === 'failed' || outcome === 'ok') round.counted += 1;
    if (outcome === 'maintenance') round.maintenance += 1;
    yield undefined;
  }
}

/** After the last result: the round under way ends, and what follows from it by `at`. */
export function endGroup({ engine, state }: Replay, round: Round, at: EpochMs): Point | undefined {
  if (round.at < 0) return undefined;
  step(engine, state, { type: 'tick', at });
  return endOf(round, { engine, state });
}

function endOf({ at, failures, counted, maintenance }: Round, { engine, state }: Replay): Point | undefined {
  const look = lookAtGroup(engine, state);
  if (look === undefined) return undefined;
  const outcome = failures > 0 ? 'failed' : counted > 0 ? 'ok' : maintenance > 0 ? 'maintenance' : 'missing';
  return { ...look, at, outcome, probes: counted, failures };
}

/** What the daemon held for missing is missing here too: why it was may not be in the record. */
function take({ engine, state }: Replay, { result, counted, maintenance }: Recorded): readonly Event[] {
  const own = state.endpoints.get(result.endpoint);
  const at = result.scheduledAt;
  if (own !== undefined && maintenance !== (own.maintenance !== null)) {
    step(engine, state, { type: 'maintenance', at, endpoint: result.endpoint, open: maintenance, why: '' });
  }
  if (counted || maintenance) return step(engine, state, { type: 'result', result });
  return step(engine, state, { type: 'result', result: { ...result, outcome: 'fail', reason: 'internal', message: '' } });
}

function seen({ result, counted, maintenance }: Recorded): Pick<Point, 'at' | 'outcome' | 'probes' | 'failures' | 'reason' | 'message'> {
  const common = { at: result.scheduledAt, probes: 1, failures: 0 };
  if (maintenance) return { ...common, outcome: 'maintenance' };
  if (result.outcome === 'fail' && counted) {
    return { ...common, outcome: 'failed', failures: 1, reason: result.reason, message: result.message };
  }
  return { ...common, outcome: counted ? 'ok' : 'missing' };
}
