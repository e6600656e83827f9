// Samples of a Prometheus put into equally spaced outcomes, series by series.
import { HolterError } from '#model/error.ts';
import { type DurationMs, type EpochMs, secondMs } from '#model/time.ts';
import { type History, mostOutcomes, outcome } from '../history.ts';
import type { Series } from './client.ts';
import { type LabelNames, nameSeries, seriesText } from './names.ts';

export interface CollectOptions {
  readonly to: EpochMs;
  /** Least time between two outcomes. */
  readonly step: DurationMs;
  /** Of series, by `seriesText`, that were scraped more seldom. */
  readonly intervals: ReadonlyMap<string, DurationMs>;
  /** Series. */
  readonly most: number;
}

interface Kept {
  readonly metric: Series['metric'];
  readonly start: EpochMs;
  readonly interval: DurationMs;
  readonly outcomes: Uint8Array;
  last: number;
}

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

  /** The values of one chunk. Throws HolterError `history`. */
  take(series: readonly Series[]): void {
    for (const { metric, values } of series) {
      for (const [seconds, value] of values) {
        this.samples += 1;
        const code = codeOf(value, metric, seconds);
        if (code !== outcome.missing) this.#keep(metric, seconds * secondMs, code);
      }
    }
  }

  /** Series that had an outcome, each from its first to its last; by name, for Prometheus answers in any order. */
  histories(names: LabelNames): readonly History[] {
    const kept = [...this.#byText].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
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

  #keep(metric: Series['metric'], at: EpochMs, code: number): void {
    const kept = this.#kept.get(metric) ?? this.#series(metric, at);
    const slot = Math.round((at - kept.start) / kept.interval);
    if (slot < 0 || slot >= kept.outcomes.length) return;
    // Two that share a slot: a failure is never lost.
    if (kept.outcomes[slot] !== outcome.failed) kept.outcomes[slot] = code;
    kept.last = Math.max(kept.last, slot);
  }

  #series(metric: Series['metric'], start: EpochMs): Kept {
    const key = seriesText(metric);
    const kept = this.#byText.get(key) ?? this.#fresh(key, metric, start);
    this.#kept.set(metric, kept);
    return kept;
  }

  #fresh(key: string, metric: Series['metric'], start: EpochMs): Kept {
    const { to, most, step, intervals } = this.#options;
    if (this.#byText.size >= most) throw tooMany(`more than ${most} series`, 'narrow the query, or raise --max-series');
    const interval = Math.max(step, intervals.get(key) ?? step);
    const length = Math.floor((to - start) / interval) + 2;
    this.#slots += length;
    if (this.#slots > mostOutcomes) throw tooMany(`more than ${mostOutcomes} outcomes`, 'narrow the query, or give a later --from');
    const kept = { metric, start, interval, outcomes: new Uint8Array(length).fill(outcome.missing), last: 0 };
    this.#byText.set(key, kept);
    return kept;
  }
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
