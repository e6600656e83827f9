// How long to wait before the next try: exponential with full jitter, so that a thousand waiting alerts do not come back as one.
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
import type { DurationMs } from '#model/time.ts';

export interface Backoff {
  readonly least: DurationMs;
  readonly most: DurationMs;
}

/** Of one alert: 1 s, 2 s, 4 s ... 5 min at most. */
export const alertBackoff: Backoff = { least: 1000, most: 300_000 };
/** Of a whole receiver that fails: 30 s at most, so that a page made in the meantime does not wait longer than that. */
export const laneBackoff: Backoff = { least: 1000, most: 30_000 };

/** Between 0 and `least` x 2^failures, within `most`; half of `least` at least, so that no try follows at once. `failures` from 0. */
export function backoffDelay({ least, most }: Backoff, failures: number, random: number): DurationMs {
  const ceiling = Math.min(most, least * 2 ** Math.min(failures, 30));
  return Math.max(least / 2, random * ceiling);
}
