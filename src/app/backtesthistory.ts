// Histories from Holter's own store, judged by the very plan of its configuration.
import { type History, mostOutcomes, outcome } from '#backtest/history.ts';
import type { Judge } from '#backtest/verdict.ts';
import { HolterError } from '#model/error.ts';
import type { EndpointPlan, Plan } from '#model/plan.ts';
import type { EpochMs } from '#model/time.ts';
import type { StoredOutcome } from '#sinks/store/outcomes.ts';
import { openReader, type StoreReader } from '#sinks/store/reader.ts';
import { judgePlan } from './backtestjudge.ts';

export interface Recorded {
  readonly histories: readonly History[];
  readonly judge: Judge;
  /** Of the configuration, or what was asked for in its place. */
  readonly falsePagesPerYear: number;
}

export interface RecordedOptions {
  readonly plan: Plan;
  /** Default: all that is kept. */
  readonly from: EpochMs | undefined;
  readonly to: EpochMs;
  /** In place of the configured dial; every endpoint keeps its share. */
  readonly falsePagesPerYear: number | undefined;
}

/** Of endpoints that the plan still has. Reads beside a running daemon. Throws HolterError. */
export function readRecorded({ plan, from, to, falsePagesPerYear: asked }: RecordedOptions): Recorded {
  const reader = openReader(plan.data, plan.vantage);
  let kept: readonly Kept[];
  try {
    const range = reader.range();
    kept = collect(plan, reader, { from: from ?? range?.first ?? 0, to: Math.min(to, range?.last ?? 0) });
  } finally {
    reader.close();
  }
  if (kept.length === 0) {
    throw new HolterError('history', `the store in ${plan.data} has no result of the configured endpoints in that time`, {
      retryable: false,
    });
  }
  const falsePagesPerYear = asked ?? plan.paging.falsePagesPerYear;
  const judged = scaled({ ...plan, endpoints: kept.map(({ endpoint }) => endpoint) }, falsePagesPerYear);
  const titles = new Map([...plan.services, ...plan.regions].map(({ id, name }) => [id, name]));
  return {
    histories: kept.map(({ history }) => history),
    falsePagesPerYear,
    judge: (histories, tell) => judgePlan(judged, histories, { tell, title: (name) => titles.get(name) ?? name }),
  };
}

/** Another dial: all shares grow alike. */
function scaled(plan: Plan, falsePagesPerYear: number): Plan {
  const factor = falsePagesPerYear / plan.paging.falsePagesPerYear;
  return {
    ...plan,
    paging: { ...plan.paging, falsePagesPerYear },
    endpoints: plan.endpoints.map((endpoint) => ({ ...endpoint, falsePagesPerYear: endpoint.falsePagesPerYear * factor })),
  };
}

interface Kept {
  readonly endpoint: EndpointPlan;
  readonly history: History;
}

/** The slots of one endpoint: they begin with its first result. */
interface Slots {
  readonly endpoint: EndpointPlan;
  readonly start: EpochMs;
  readonly outcomes: Uint8Array;
  /** How far the result in each slot is from the slot's own time, ms. */
  readonly off: Uint16Array;
  last: number;
}

function collect(plan: Plan, reader: StoreReader, { from, to }: { readonly from: EpochMs; readonly to: EpochMs }): readonly Kept[] {
  const endpoints = new Map(plan.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const slots = new Map<string, Slots>();
  let reserved = 0;
  for (const result of reader.outcomes(from, to)) {
    const endpoint = endpoints.get(result.endpoint);
    if (endpoint === undefined) continue;
    const known = slots.get(result.endpoint);
    const own = known ?? fresh(endpoint, result.at, to);
    if (known === undefined) {
      reserved += own.outcomes.length;
      if (reserved > mostOutcomes) throw tooMuch();
      slots.set(result.endpoint, own);
    }
    put(own, result);
  }
  return [...slots.values()].filter(({ last }) => last >= 0).map(keptOf);
}

function fresh(endpoint: EndpointPlan, start: EpochMs, to: EpochMs): Slots {
  const length = Math.floor((to - start) / endpoint.timing.interval) + 2;
  return { endpoint, start, outcomes: new Uint8Array(length).fill(outcome.missing), off: new Uint16Array(length), last: -1 };
}

/** Of several in one slot (a probe out of turn after a failure) the one that came nearest to its time counts. */
function put(own: Slots, { at, failed, known }: StoredOutcome): void {
  const { interval } = own.endpoint.timing;
  const slot = Math.round((at - own.start) / interval);
  if (!known || slot < 0 || slot >= own.outcomes.length) return;
  const off = Math.min(65_535, Math.abs(at - own.start - slot * interval));
  if (own.outcomes[slot] !== outcome.missing && off >= (own.off[slot] ?? 0)) return;
  own.outcomes[slot] = failed ? outcome.failed : outcome.ok;
  own.off[slot] = off;
  own.last = Math.max(own.last, slot);
}

function keptOf({ endpoint, start, outcomes, last }: Slots): Kept {
  const { id, service, region, host, timing } = endpoint;
  return {
    endpoint,
    history: { name: id, labels: { service, region, host }, start, interval: timing.interval, outcomes: outcomes.slice(0, last + 1) },
  };
}

function tooMuch(): HolterError {
  return new HolterError('history', `the store holds more than ${mostOutcomes} outcomes in that time: give a later --from`, {
    retryable: false,
  });
}
