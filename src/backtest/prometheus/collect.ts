// Samples of a Prometheus put into equally spaced outcomes, series by series.
import { HolterError } from '#model/error.ts';
import { type DurationMs, type EpochMs, secondMs } from '#model/time.ts';
import { type History, mostOutcomes, outcome } from '../history.ts';
import type { Series } from './client.ts';
import { type LabelNames, nameSeries, seriesText } from './names.ts';
import { type Pace, stampKey } from './pace.ts';

export interface CollectOptions {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Of the queries. */
  readonly step: DurationMs;
  /** Given by the person: every series has it. Else each has its own interval. */
  readonly isStepGiven: boolean;
  readonly pace: Pace;
  readonly most: number;
}

interface Kept {
  readonly metric: Series['metric'];
  readonly start: EpochMs;
  readonly interval: DurationMs;
  readonly outcomes: Uint8Array;
  last: number;
}

/** A sample this much older than its interval is of a scrape before: its own was missed. */
const tolerance = 0.05;

/** Bounds: `most` series, `mostOutcomes` outcomes in all. */
export class Collector {
  readonly #options: CollectOptions;
  readonly #byText = new Map<string, Kept>();
  /** Of the answer at hand: every answer has objects of its own. */
  readonly #kept = new WeakMap<Series['metric'], Kept>();
  #slots = 0;
  samples = 0;

  constructor(options: CollectOptions) {
    this.#options = options;
  }

  /** The values of one chunk, and `timestamp()` of the same where it is known. Throws HolterError `history`. */
  take(series: readonly Series[], stamps: readonly Series[]): void {
    const byKey = new Map(stamps.map((one) => [stampKey(one.metric), one.values]));
    for (const one of series) {
      const key = stampKey(one.metric);
      this.#take(one, byKey.get(key) ?? [], this.#options.pace.intervals.get(key));
    }
  }

  /** `own`: the interval at which it was scraped, where that is known. */
  #take({ metric, values }: Series, stamps: Series['values'], own: DurationMs | undefined): void {
    const { from, step, isStepGiven } = this.#options;
    const interval = isStepGiven ? step : Math.max(step, own ?? step);
    const oldest = Math.max(step, own ?? 0) * (1 + tolerance);
    const stampAt = stampsInOrder(stamps);
    // With a given step an outcome is what a query saw then, unless that was old; else it is a sample at its own time.
    const bySample = !isStepGiven && own !== undefined;
    for (const [seconds, value] of values) {
      const at = seconds * secondMs;
      const stamp = stampAt(seconds);
      const code = codeOf(value, metric, seconds);
      this.samples += 1;
      if (code === outcome.missing || stamp < from) continue;
      if (bySample || at - stamp <= oldest) this.#keep(metric, { time: bySample ? stamp : at, interval, code });
    }
  }

  /** Series that had an outcome, each from its first to its last. */
  histories(names: LabelNames): readonly History[] {
    const kept = [...this.#byText.values()];
    const named = nameSeries(
      kept.map(({ metric }) => metric),
      names,
    );
    return kept.map(({ start, interval, outcomes, last }, i) => ({
      name: named[i]?.name ?? '',
      labels: named[i]?.labels ?? { service: '', region: '', host: '' },
      start,
      interval,
      outcomes: outcomes.slice(0, last + 1),
    }));
  }

  #keep(
    metric: Series['metric'],
    { time, interval, code }: { readonly time: EpochMs; readonly interval: DurationMs; readonly code: number },
  ): void {
    const kept = this.#kept.get(metric) ?? this.#series(metric, time, interval);
    const slot = Math.round((time - kept.start) / kept.interval);
    if (slot < 0 || slot >= kept.outcomes.length) return;
    // Two that share a slot: a failure is never lost.
    if (kept.outcomes[slot] !== outcome.failed) kept.outcomes[slot] = code;
    kept.last = Math.max(kept.last, slot);
  }

  #series(metric: Series['metric'], start: EpochMs, interval: DurationMs): Kept {
    const key = seriesText(metric);
    const kept = this.#byText.get(key) ?? this.#fresh(metric, start, interval);
    this.#byText.set(key, kept);
    this.#kept.set(metric, kept);
    return kept;
  }

  #fresh(metric: Series['metric'], start: EpochMs, interval: DurationMs): Kept {
    const { to, most } = this.#options;
    if (this.#byText.size >= most) throw tooMany(`more than ${most} series`, 'narrow the query, or raise --max-series');
    const length = Math.floor((to - start) / interval) + 2;
    this.#slots += length;
    if (this.#slots > mostOutcomes) throw tooMany(`more than ${mostOutcomes} outcomes`, 'narrow the query, or give a later --from');
    return { metric, start, interval, outcomes: new Uint8Array(length).fill(outcome.missing), last: 0 };
  }
}

/** When the sample was scraped that a query at `seconds` saw, asked in order; the same moment where that is not known. */
function stampsInOrder(stamps: Series['values']): (seconds: number) => EpochMs {
  let next = 0;
  return (seconds) => {
    while ((stamps[next]?.[0] ?? Number.POSITIVE_INFINITY) < seconds) next += 1;
    const [at, stamp] = stamps[next] ?? [];
    return secondMs * (at === seconds ? Number(stamp) : seconds);
  };
}

export function tooMany(what: string, advice: string): HolterError {
  return new HolterError('history', `the query gives ${what}, which is all that is judged together: ${advice}`, { retryable: false });
}

/** 1 is well, 0 failed, as `probe_success` and `up` have it; what is not a number is no outcome. */
function codeOf(value: string, metric: Series['metric'], at: number): number {
  if (value === '1') return outcome.ok;
  if (value === '0') return outcome.failed;
  if (value === 'NaN') return outcome.missing;
  throw new HolterError(
    'history',
    `${seriesText(metric).slice(0, 300)} is ${value.slice(0, 40)} at ${new Date(at * secondMs).toISOString()}; 1 (well) and 0 (failed) are expected. ` +
      'Make a comparison of it, for instance: … < bool 0.5',
    { retryable: false },
  );
}
