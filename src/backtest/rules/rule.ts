// What every rule in common use looks like to a bench and to `holter backtest`, and the tally of known outcomes that the windowed ones share.
import type { DurationMs } from '#model/time.ts';

/** A rule in common use, ready to be run over one endpoint's outcomes. */
export interface Rule {
  readonly name: string;
  /** Where it is from: project, version, file. */
  readonly source: string;
  /** A fresh endpoint; everything before its first outcome was well. `interval`: spacing of the outcomes, above 0. */
  start(interval: DurationMs): Watcher;
}

/** One endpoint under one rule. */
export interface Watcher {
  /**
   * One outcome in order, equally spaced; undefined is missing. Returns whether the rule pages (fires) after it. A page is firing that was not
   * firing before: reminders and messages of recovery are none.
   */
  observe(failed: boolean | undefined): boolean;
}

/** Slots of a window hold one of these. */
const missing = 2;

/**
 * Failures and known outcomes within the last `length` outcomes. Full of successes at the start: a history that begins must not look like
 * trouble. Bound: one byte an outcome of the window.
 */
export class Span {
  readonly #slots: Uint8Array;
  #next = 0;
  failures = 0;
  known: number;

  constructor(length: number) {
    this.#slots = new Uint8Array(length);
    this.known = length;
  }

  add(failed: boolean | undefined): void {
    const gone = this.#slots[this.#next] as number;
    if (gone === 1) this.failures -= 1;
    if (gone !== missing) this.known -= 1;
    const code = failed === undefined ? missing : Number(failed);
    if (code === 1) this.failures += 1;
    if (code !== missing) this.known += 1;
    this.#slots[this.#next] = code;
    this.#next = this.#next + 1 === this.#slots.length ? 0 : this.#next + 1;
  }

  /** Failures over known outcomes; undefined while nothing is known. */
  ratio(): number | undefined {
    return this.known === 0 ? undefined : this.failures / this.known;
  }
}

/** Outcomes in the window (t - length, t], at least one: left-open, as a range selector of Prometheus 3 is. */
export function outcomesIn(length: DurationMs, interval: DurationMs): number {
  return Math.max(1, Math.ceil(length / interval - 1e-9));
}
