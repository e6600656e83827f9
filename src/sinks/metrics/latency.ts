// Histogram of durations per service, region and kind: few series, however many endpoints.
import type { Endpoint } from '#model/endpoint.ts';
import type { DurationMs } from '#model/time.ts';
import { bound, type Family, labelPairs, numeral, seconds } from './text.ts';

/** Upper bounds in seconds: Prometheus' usual ones, and 30 for kinds with long timeouts. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;
const name = 'holter_probe_latency_seconds';

/** The histogram of one service, region and kind. */
export class LatencyGroup {
  readonly #labels: string;
  /** Per bucket alone; added up when written. The last one has no bound. */
  readonly #counts: number[] = Array.from({ length: bounds.length + 1 }, () => 0);
  #sum = 0;

  constructor(endpoint: Pick<Endpoint, 'service' | 'region' | 'kind'>) {
    this.#labels = labelPairs({ service: endpoint.service, region: endpoint.region, kind: endpoint.kind });
  }

  observe(duration: DurationMs): void {
    const value = duration / 1000;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += duration;
  }

  lines(): string {
    let text = '';
    let total = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      total += count;
      text += `${name}_bucket{${this.#labels},le="${bound(bounds[bucket] ?? Number.POSITIVE_INFINITY)}"} ${total}\n`;
    }
    return `${text}${name}_sum{${this.#labels}} ${numeral(seconds(this.#sum))}\n${name}_count{${this.#labels}} ${total}\n`;
  }
}

/** Tells which group an endpoint belongs to. */
export function latencyKey(endpoint: Pick<Endpoint, 'service' | 'region' | 'kind'>): string {
  return JSON.stringify([endpoint.service, endpoint.region, endpoint.kind]);
}

export function latencyFamily(groups: readonly LatencyGroup[]): Family {
  return {
    name,
    help: 'Duration of probes that found the endpoint well.',
    type: 'histogram',
    lines: () => groups.values().map((group) => group.lines()),
  };
}
