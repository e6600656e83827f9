// What a Prometheus histogram says between two scrapes.

export type Buckets = ReadonlyMap<number, number>;

/** The cumulative counts of a histogram without further labels, by upper bound. */
export function bucketsOf(exposition: string, metric: string): Buckets {
  const pattern = new RegExp(`^${metric}_bucket\\{le="([^"]+)"\\} (\\S+)$`, 'gm');
  return new Map([...exposition.matchAll(pattern)].map(([, bound, count]) => [bound === '+Inf' ? Infinity : Number(bound), Number(count)]));
}

/** The quantile of what was observed between two readings, interpolated within its bucket as Prometheus does. */
export function quantileBetween(before: Buckets, after: Buckets, quantile: number): number {
  const counts = [...after]
    .map(([bound, count]) => ({ bound, count: count - (before.get(bound) ?? 0) }))
    .toSorted((a, b) => a.bound - b.bound);
  const rank = quantile * (counts.at(-1)?.count ?? 0);
  let below = { bound: 0, count: 0 };
  for (const here of counts) {
    if (here.count >= rank && here.count > below.count) {
      if (here.bound === Infinity) return below.bound;
      return below.bound + ((here.bound - below.bound) * (rank - below.count)) / (here.count - below.count);
    }
    below = here;
  }
  return Number.NaN;
}
