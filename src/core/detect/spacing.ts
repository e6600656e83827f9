// Tables of the evidence by the time from one probe to the next, in twelfths of the interval, up to two intervals.
import { extraBelow } from '#model/plan.ts';
import type { DurationMs } from '#model/time.ts';
import { type Spacing, spacing } from './evidence.ts';

const slices = 12;
/** After a gap longer than this nothing is known of the previous outcome. */
export const gapIntervals = 2;

export function tablesOf(interval: DurationMs): readonly Spacing[] {
  return Array.from({ length: gapIntervals * slices }, (_, place) => {
    const slice = place + 1;
    return spacing((slice * interval) / slices, slice < extraBelow * slices);
  });
}

export function tableAt(tables: readonly Spacing[], delta: DurationMs, interval: DurationMs): Spacing {
  const slice = Math.min(Math.max(Math.round((delta / interval) * slices), 1), slices * gapIntervals);
  return tables[slice - 1] as Spacing;
}
