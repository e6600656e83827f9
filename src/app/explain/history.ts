// Recorded results in the order of time, in portions, so that neither memory nor the event loop is held by a month of them.
import type { EndpointId } from '#model/endpoint.ts';
import { type EpochMs, hourMs, minuteMs } from '#model/time.ts';
import type { ResultRecord } from '#sinks/store/contract.ts';
import type { ExplainSource } from './contract.ts';
import { Breather } from './rest.ts';

export interface Stretch {
  readonly endpoints: readonly EndpointId[];
  /** Inclusive. */
  readonly since: EpochMs;
  readonly until: EpochMs;
  /** Results at most; what comes after them is left out. */
  readonly most: number;
}

/** In the order of time, in portions: an hour of one endpoint, a minute of many. */
export async function* portionsOf(
  source: Pick<ExplainSource, 'results'>,
  { endpoints, since, until, most }: Stretch,
): AsyncGenerator<readonly ResultRecord[]> {
  const breather = new Breather();
  let left = most;
  for (let hour = Math.floor(since / hourMs); hour * hourMs <= until && left > 0; hour += 1) {
    const query = { since: Math.max(since, hour * hourMs), until: Math.min(until, (hour + 1) * hourMs - 0.001), limit: 100_000 };
    const portions = new Map<number, ResultRecord[]>();
    for (const endpoint of endpoints) {
      // To sort an hour of thousands of endpoints in one go would hold the loop.
      for (const record of source.results({ endpoint, ...query })) put(portions, endpoints.length > 1 ? minuteOf(record) : 0, record);
      await breather.rest();
    }
    for (const minute of [...portions.keys()].toSorted((a, b) => a - b)) {
      const records = (portions.get(minute) ?? []).toSorted((a, b) => a.result.scheduledAt - b.result.scheduledAt).slice(0, left);
      left -= records.length;
      if (records.length > 0) yield records;
    }
  }
}

function minuteOf({ result }: ResultRecord): number {
  return Math.floor(result.scheduledAt / minuteMs);
}

function put(portions: Map<number, ResultRecord[]>, minute: number, record: ResultRecord): void {
  const portion = portions.get(minute);
  if (portion === undefined) portions.set(minute, [record]);
  else portion.push(record);
}
