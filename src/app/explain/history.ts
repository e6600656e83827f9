// Recorded results in the order of time, an hour at a time, so that neither memory nor the event loop is held by a month of them.
import type { EndpointId } from '#model/endpoint.ts';
import { type EpochMs, hourMs } from '#model/time.ts';
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

/** Hours with at least one result of the endpoints, each in the order of time. */
export async function* hoursOf(
  source: Pick<ExplainSource, 'results'>,
  { endpoints, since, until, most }: Stretch,
): AsyncGenerator<readonly ResultRecord[]> {
  const breather = new Breather();
  let left = most;
  for (let hour = Math.floor(since / hourMs); hour * hourMs <= until && left > 0; hour += 1) {
    const records: ResultRecord[] = [];
    const query = { since: Math.max(since, hour * hourMs), until: Math.min(until, (hour + 1) * hourMs - 0.001), limit: 100_000 };
    for (const endpoint of endpoints) {
      records.push(...source.results({ endpoint, ...query }));
      await breather.rest();
    }
    if (records.length === 0) continue;
    if (endpoints.length > 1) records.sort((a, b) => a.result.scheduledAt - b.result.scheduledAt);
    yield records.slice(0, left);
    left -= records.length;
  }
}
