// What a backtest is run over: the outcomes of one endpoint, equally spaced, wherever they were kept.
import type { DurationMs, EpochMs } from '#model/time.ts';

/** Codes of `History.outcomes`. */
export const outcome = { ok: 0, failed: 1, missing: 2 } as const;

/** Where an endpoint belongs: '' where nothing is said. Untrusted text of any length: cut and escaped where shown. */
export interface Labels {
  readonly service: string;
  readonly region: string;
  readonly host: string;
}

export interface History {
  /** Unique in a backtest. Untrusted text. */
  readonly name: string;
  readonly labels: Labels;
  /** Of outcome 0. Of a trace that does not say: 0, 00:00 of a day. */
  readonly start: EpochMs;
  readonly interval: DurationMs;
  /** One byte each: `outcome`. */
  readonly outcomes: Uint8Array;
  /** Where the truth is known: first and last outcome of each fault, in order. */
  readonly faults?: readonly (readonly [from: number, to: number])[];
}

/** Most endpoints, and outcomes of all of them, that one backtest takes: they are held in memory, a byte each. */
export const mostHistories = 10_000;
export const mostOutcomes = 400_000_000;

export function timeAt({ start, interval }: History, index: number): EpochMs {
  return start + index * interval;
}

/** When the outcome after the last would be due. */
export function endOf(history: History): EpochMs {
  return timeAt(history, history.outcomes.length);
}

/** The outcome that is due at a time or was due last before it; -1 before the first, the last one after the end. */
export function indexAt({ start, interval, outcomes }: History, at: EpochMs): number {
  return Math.max(-1, Math.min(outcomes.length - 1, Math.floor((at - start) / interval + 1e-9)));
}

export interface Counts {
  readonly failed: number;
  /** Failed or well. */
  readonly known: number;
  readonly missing: number;
}

export const noCounts: Counts = { failed: 0, known: 0, missing: 0 };

/** From index `from` to before `until`; of all without them. */
export function countsOf({ outcomes }: History, from = 0, until: number = outcomes.length): Counts {
  const first = Math.max(0, from);
  const end = Math.min(outcomes.length, until);
  let failed = 0;
  let missing = 0;
  for (let i = first; i < end; i += 1) {
    const code = outcomes[i];
    if (code === outcome.failed) failed += 1;
    else if (code === outcome.missing) missing += 1;
  }
  return { failed, missing, known: Math.max(0, end - first) - missing };
}
