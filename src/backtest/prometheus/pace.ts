// How often the series of an expression were scraped, found out from the data.
import { type DurationMs, type EpochMs, minuteMs, secondMs } from '#model/time.ts';
import type { Answer, Ask, Range, Series } from './client.ts';
import { seriesText } from './names.ts';

/** Where nothing can be found out. */
export const usualStep: DurationMs = 30 * secondMs;

export interface Pace {
  /** `timestamp()` of the expression tells when each sample was scraped: it is a plain selector. */
  readonly stamped: boolean;
  /** By `stampKey`; of series that were there when it was looked at. */
  readonly intervals: ReadonlyMap<string, DurationMs>;
  /** The one that most have. */
  readonly usual: DurationMs;
}

/** Windows that are looked at, the finer one for what is scraped oftener than every 5 s. */
const looks: readonly { readonly length: DurationMs; readonly step: DurationMs }[] = [
  { length: 20 * minuteMs, step: 5 * secondMs },
  { length: 2 * minuteMs, step: secondMs },
];

/** Times of samples cannot be nearer to the truth than this. */
const rounding: DurationMs = secondMs;

/** The expression that gives the times of the samples; on lines of its own, for an expression may end with a comment. */
export function stampsOf(query: string): string {
  return `timestamp(\n${query}\n)`;
}

/** A series without its metric's name, which functions drop. */
export function stampKey(metric: Series['metric']): string {
  return seriesText({ ...metric, __name__: '' });
}

/** `busy`: when most of the series are there. Where the server refuses the question nothing is known. */
export async function paceOf(ask: Ask, query: string, busy: EpochMs): Promise<Pace> {
  const unknown: Pace = { stamped: false, intervals: new Map(), usual: usualStep };
  for (const { length, step } of looks) {
    const to = Math.ceil(busy / step) * step;
    const range = { from: to - length, to, step };
    const answer = await answerTo(ask, stampsOf(query), range);
    if (answer === undefined || !areStamps(answer.series, range)) return unknown;
    const intervals = new Map(answer.series.flatMap((series) => intervalOf(series)));
    const usual = commonest([...intervals.values()]);
    if (usual === undefined) return { ...unknown, stamped: true };
    if (usual > step || step === secondMs) return { stamped: true, intervals, usual };
  }
  return unknown;
}

/** Any trouble with the question that was asked besides is no trouble of the backtest. */
async function answerTo(ask: Ask, query: string, range: Range): Promise<Answer | undefined> {
  try {
    return await ask(query, range);
  } catch {
    return undefined;
  }
}

/** Of an expression `timestamp` tells when it was evaluated, which is no news; and not every server knows it. */
function areStamps(series: readonly Series[], { from, to }: Range): boolean {
  let own = 0;
  for (const { values } of series) {
    for (const [at, value] of values) {
      const stamp = Number(value) * secondMs;
      if (!(stamp > from - 24 * 60 * minuteMs && stamp <= to)) return false;
      if (stamp !== at * secondMs) own += 1;
    }
  }
  return own > 0;
}

function intervalOf({ metric, values }: Series): readonly (readonly [string, DurationMs])[] {
  const stamps = [...new Set(values.map(([, value]) => Number(value) * secondMs))].toSorted((a, b) => a - b);
  const gaps = stamps.slice(1).map((stamp, i) => stamp - (stamps[i] ?? stamp));
  const median = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)];
  return median === undefined ? [] : [[stampKey(metric), Math.max(rounding, Math.round(median / rounding) * rounding)]];
}

function commonest(values: readonly number[]): number | undefined {
  const counted = [...Map.groupBy(values, (value) => value)].toSorted(([, a], [, b]) => b.length - a.length);
  return counted[0]?.[0];
}
