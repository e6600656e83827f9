// How often the series of a query were scraped, found out from the samples themselves.
import { HolterError } from '#model/error.ts';
import { type DurationMs, type EpochMs, minuteMs, secondMs } from '#model/time.ts';
import type { Prometheus, Series } from './client.ts';
import { seriesText } from './names.ts';

/** Where nothing can be found out. */
export const usualStep: DurationMs = 30 * secondMs;

export interface Pace {
  /** The query is a plain selector, and the server gives its samples at their own times. */
  readonly isSelector: boolean;
  /** By `seriesText`; of series that were there when it was looked at. */
  readonly intervals: ReadonlyMap<string, DurationMs>;
  /** The one that most have. */
  readonly usual: DurationMs;
}

/** So much is looked at: several samples of all but the slowest. */
const look: DurationMs = 30 * minuteMs;
/** Schedules are in whole seconds. */
const rounding: DurationMs = secondMs;

/** `busy`: when most of the series are there. An expression, or a server that gives no samples, leaves nothing known; that is no error. */
export async function paceOf(prometheus: Prometheus, query: string, busy: EpochMs): Promise<Pace> {
  const series = await samplesAt(prometheus, query, busy);
  if (series === undefined) return { isSelector: false, intervals: new Map(), usual: usualStep };
  const intervals = new Map(series.flatMap(intervalOf));
  return { isSelector: true, intervals, usual: commonest([...intervals.values()]) ?? usualStep };
}

async function samplesAt(prometheus: Prometheus, query: string, busy: EpochMs): Promise<readonly Series[] | undefined> {
  try {
    const { series } = await prometheus.samples(query, busy - look, busy);
    return series;
  } catch (error) {
    if (error instanceof HolterError) return undefined;
    throw error;
  }
}

/** The mean of the gaps that are like most: scrapes come a little early or late, and some do not come. */
function intervalOf({ metric, values }: Series): readonly (readonly [string, DurationMs])[] {
  const gaps = values.slice(1).map(([at], i) => (at - (values[i]?.[0] ?? at)) * secondMs);
  const median = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)];
  if (median === undefined) return [];
  const usual = gaps.filter((gap) => Math.abs(gap - median) < median / 2);
  const mean = usual.reduce((sum, gap) => sum + gap, 0) / Math.max(1, usual.length);
  return [[seriesText(metric), Math.max(rounding, Math.round(mean / rounding) * rounding)]];
}

function commonest(values: readonly number[]): number | undefined {
  const counted = [...Map.groupBy(values, (value) => value)].toSorted(([, a], [, b]) => b.length - a.length);
  return counted[0]?.[0];
}
