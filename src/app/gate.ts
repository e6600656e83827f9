// The door of the pipeline: a failure waits here until it is known whether the network of the prober itself works. All else passes through.
import type { EndpointId } from '#model/endpoint.ts';
import { type FailResult, messageLimit, type ProbeResult } from '#model/result.ts';
import { type Clock, type DurationMs, type EpochMs, minuteMs, secondMs, type Timers } from '#model/time.ts';
import type { SelfCheckOutcome } from './selfcheck.ts';

/** A failure waits at most so long; then it counts as it is. */
export const longestWait: DurationMs = 2 * secondMs;
/** Results that are released in one turn of the loop, so that ten thousand of them hold up nobody. */
const releasedAtOnce = 256;
/** So many good results of endpoints elsewhere within this time prove that the network works, whatever the targets say. */
const proof = { results: 3, within: minuteMs };

export interface GateOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly vantage: string;
  readonly selfCheck: { readonly active: boolean; want(): number };
  /** Whether a good result of this endpoint proves that the network works: it does not lie on this machine. */
  isElsewhere(endpoint: EndpointId): boolean;
  /** Takes results of one moment further. In the order in which those of one endpoint came. */
  feed(results: readonly ProbeResult[]): void;
}

interface Held {
  readonly result: ProbeResult;
  readonly signal: AbortSignal;
  /** When it came, and the check that it waits for. */
  readonly at: EpochMs;
  readonly run: number;
  /** Why it is missing, once that is known. */
  missing: string;
}

export class Gate {
  readonly #options: GateOptions;
  /** In the order in which they came, so that what is released is always a beginning of it. */
  #held: Held[] = [];
  readonly #heldOf = new Map<EndpointId, number>();
  /** How many at the beginning are released, and leave turn by turn. */
  #released = 0;
  #draining = false;
  #cancel = (): void => {};
  /** The latest check if it failed, and when the first of those in a row began. */
  #failing: { readonly outcome: SelfCheckOutcome; readonly since: EpochMs } | undefined;
  /** The latest check that failed and was believed, also when others have been well since. */
  #lastIll: { readonly endedAt: EpochMs; readonly why: string } | undefined;
  /** The latest check that has ended. */
  #settled = 0;
  /** Good results from elsewhere since then. */
  #good: EpochMs[] = [];

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Results that wait. */
  get waiting(): number {
    return this.#held.length;
  }

  /** None of the targets answers, and no endpoint elsewhere does: since when, and what the targets say. Undefined while the network works. */
  get ill(): { readonly since: EpochMs; readonly why: string } | undefined {
    const failing = this.#failing;
    return failing === undefined || this.#isRefuted() ? undefined : { since: failing.since, why: failing.outcome.why };
  }

  /** The targets do not answer, though endpoints elsewhere do: they are wrong, or down by themselves. */
  get isRefuted(): boolean {
    return this.#failing !== undefined && this.#isRefuted();
  }

  /** Takes a result. `signal`: what is aborted before it is released is no result any more. */
  take(result: ProbeResult, signal: AbortSignal): void {
    if (result.outcome === 'ok') {
      if (this.#failing !== undefined) this.#noteGood(result);
    } else if (result.reason !== 'internal' && this.#options.selfCheck.active) {
      this.#hold(result, signal, this.#options.selfCheck.want());
      return;
    }
    // Behind what the same endpoint said before.
    const last = this.#held.length > 0 && this.#heldOf.has(result.endpoint) ? this.#held.at(-1) : undefined;
    if (last === undefined) this.#options.feed([result]);
    else this.#hold(result, signal, last.run);
  }

  /** A check has ended: what waited for it leaves. */
  settle(outcome: SelfCheckOutcome): void {
    this.#settled = outcome.run;
    if (outcome.ok) {
      this.#failing = undefined;
      this.#good = [];
    } else this.#failing = { outcome, since: this.#failing?.since ?? outcome.startedAt };
    const ill = this.ill;
    if (ill !== undefined) this.#lastIll = { endedAt: outcome.endedAt, why: ill.why };
    let end = this.#released;
    for (let held = this.#held[end]; held !== undefined && held.run <= outcome.run; held = this.#held[end]) {
      if (held.missing === '' && ill !== undefined) held.missing = ill.why;
      end += 1;
    }
    this.#release(end);
  }

  /** There are no targets any more: nobody waits. */
  open(): void {
    this.#failing = undefined;
    this.#lastIll = undefined;
    this.#good = [];
    this.#release(this.#held.length);
  }

  /** What waits is no result any more: it is recorded nowhere, as if it had been cut by the end of the process. */
  close(): void {
    this.#cancel();
    this.#held = [];
    this.#heldOf.clear();
    this.#released = 0;
  }

  #hold(result: ProbeResult, signal: AbortSignal, run: number): void {
    const at = this.#options.clock.monotonic();
    this.#held.push({ result, signal, at, run, missing: this.#knownIll(at - result.duration) });
    this.#heldOf.set(result.endpoint, (this.#heldOf.get(result.endpoint) ?? 0) + 1);
    // What is before it is on its way out already.
    if (run <= this.#settled && this.#released === this.#held.length - 1) this.#released += 1;
    else if (this.#held.length === 1) this.#arm(at);
  }

  /**
   * Why the network did not work at some time since `began`, as far as it is known before the next check: it failed the latest one, or one while
   * the attempt was under way. What went lost then shows only at its deadline, when the network may be back.
   */
  #knownIll(began: EpochMs): string {
    const { ill } = this;
    if (ill !== undefined) return ill.why;
    return this.#lastIll !== undefined && this.#lastIll.endedAt >= began ? this.#lastIll.why : '';
  }

  #noteGood(result: ProbeResult): void {
    const now = this.#options.clock.monotonic();
    const began = now - result.duration;
    if (began < (this.#failing?.since ?? 0) || !this.#options.isElsewhere(result.endpoint)) return;
    this.#good.push(now);
    if (this.#good.length > proof.results) this.#good.shift();
    if (this.#isRefuted()) this.#lastIll = undefined;
  }

  #isRefuted(): boolean {
    const first = this.#good[0];
    return first !== undefined && this.#good.length >= proof.results && first >= this.#options.clock.monotonic() - proof.within;
  }

  /** Rings when the oldest has waited long enough. */
  #arm(now: EpochMs): void {
    this.#cancel();
    const next = this.#held[this.#released];
    if (next === undefined) return;
    this.#cancel = this.#options.timers.after(Math.max(0, next.at + longestWait - now), () => this.#overdue());
  }

  #overdue(): void {
    const bound = this.#options.clock.monotonic() - longestWait;
    let end = this.#released;
    for (let held = this.#held[end]; held !== undefined && held.at <= bound; held = this.#held[end]) end += 1;
    this.#release(end);
    this.#arm(this.#options.clock.monotonic());
  }

  #release(end: number): void {
    this.#released = Math.max(this.#released, end);
    if (!this.#draining) this.#drain();
  }

  #drain(): void {
    const count = Math.min(this.#released, releasedAtOnce);
    this.#draining = this.#released > count;
    this.#released -= count;
    const results = this.#held.splice(0, count).flatMap((held) => this.#let(held));
    if (results.length > 0) this.#options.feed(results);
    if (this.#draining) this.#options.timers.after(0, () => this.#drain());
    else if (this.#held.length > 0) this.#arm(this.#options.clock.monotonic());
    else this.#cancel();
  }

  /** What becomes of it; nothing where it is no result any more. */
  #let({ result, signal, missing }: Held): readonly ProbeResult[] {
    const left = (this.#heldOf.get(result.endpoint) ?? 1) - 1;
    if (left === 0) this.#heldOf.delete(result.endpoint);
    else this.#heldOf.set(result.endpoint, left);
    if (signal.aborted) return [];
    const isOurs = missing !== '' && result.outcome === 'fail' && result.reason !== 'internal';
    return [isOurs ? asMissing(result, this.#options.vantage, missing) : result];
  }
}

/** What was seen is told, and does not count. */
function asMissing(result: FailResult, vantage: string, why: string): FailResult {
  const { locked: _, ...rest } = result;
  const message = `${result.reason}, while the self-check of ${vantage} failed too (${why})`.slice(0, messageLimit);
  return { ...rest, reason: 'internal', message, trouble: 'network' };
}
