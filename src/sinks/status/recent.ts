// The last results of one endpoint, small enough to keep for thousands of endpoints.
import type { Reason } from '#model/reason.ts';
import type { ProbeResult } from '#model/result.ts';
import { type EpochMs, secondMs } from '#model/time.ts';
import { isoTime, type ResultView } from './views.ts';

/** Outcomes in the strip. */
const stripLength = 60;
/** Results that are shown one by one. */
const resultsKept = 10;

const outcomeSigns = { ok: '0', fail: '1', missing: '?' } as const;

/** What is kept of a result that is not the last one. */
interface Kept {
  readonly at: EpochMs;
  readonly reason: Reason | '';
  readonly message: string;
  readonly duration: number;
  readonly counted: boolean;
}

export class Recent {
  /** Rings: place `seen % length` is written next. */
  readonly #strip = new Uint8Array(stripLength);
  readonly #results: Kept[] = [];
  #seen = 0;
  #last: ProbeResult | undefined;

  add(result: ProbeResult, counted: boolean): void {
    const failed = result.outcome === 'fail';
    const sign = counted ? outcomeSigns[result.outcome] : outcomeSigns.missing;
    this.#strip[this.#seen % stripLength] = sign.charCodeAt(0);
    this.#results[this.#seen % resultsKept] = {
      at: result.startedAt,
      reason: failed ? result.reason : '',
      message: failed ? result.message : '',
      duration: result.duration,
      counted,
    };
    this.#seen += 1;
    this.#last = result;
  }

  /** The last result in full. */
  get last(): ProbeResult | undefined {
    return this.#last;
  }

  /** Newest last. */
  strip(): string {
    const length = Math.min(this.#seen, stripLength);
    return String.fromCharCode(...Array.from({ length }, (_, index) => this.#strip[(this.#seen - length + index) % stripLength] ?? 0));
  }

  latest(): ResultView | null {
    return this.results(1)[0] ?? null;
  }

  /** Newest first. */
  results(limit: number = resultsKept): readonly ResultView[] {
    const length = Math.min(this.#seen, resultsKept, limit);
    return Array.from({ length }, (_, index) => this.#results[(this.#seen - 1 - index) % resultsKept]).flatMap((kept) =>
      kept === undefined ? [] : [toView(kept)],
    );
  }
}

function toView(kept: Kept): ResultView {
  return {
    at: isoTime(kept.at),
    outcome: kept.reason === '' ? 'ok' : 'fail',
    reason: kept.reason,
    message: kept.message,
    duration_seconds: kept.duration / secondMs,
    counted: kept.counted,
  };
}
