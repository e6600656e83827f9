// The way to one receiver: one sending at a time, in order per incident, again and again until it is settled.
import type { Alert } from '#model/alert.ts';
import { type DurationMs, type EpochMs, hourMs, minuteMs, secondMs } from '#model/time.ts';
import { alertBackoff, backoffDelay, laneBackoff } from './backoff.ts';
import type { DeliveryOptions, OutboxRow, Receiver, Resend, SendContext, SendOutcome } from './contract.ts';

const defaultTimeout = 30 * secondMs;
/** Rows looked at for one that is due; a lane with more waiting ones looks further only when none of these is. */
const windowSize = 200;
/** A row that would wait longer was postponed under another wall clock. */
const longestWait = hourMs + minuteMs;
const repeatChunk = 100;

/** Never blocks another lane; never throws. */
export class Lane {
  readonly name: string;
  #receiver: Receiver;
  readonly #options: DeliveryOptions;
  readonly #abort = new AbortController();
  /** Failures since the last success. */
  #failures = 0;
  /** Monotonic time before which nothing is sent. */
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #nextRepeat = Number.NEGATIVE_INFINITY;
  #work: Promise<void> | undefined;
  #cancelTimer: () => void = () => undefined;
  #stopped = false;
  /** Rows that wait because the receiver was ill, and may go now that it is well. */
  #released: ReadonlySet<number> = new Set();
  /** Rows that wait because the far end said for how long. */
  readonly #told = new Set<number>();
  /** When each resolve was first told by this process, by key. */
  readonly #resolvedAt = new Map<string, EpochMs>();

  constructor(name: string, receiver: Receiver, options: DeliveryOptions) {
    this.name = name;
    this.#receiver = receiver;
    this.#options = options;
  }

  /** Another receiver under the same name, by a reload: what failed with the one before is no reason to wait with this one. */
  set receiver(receiver: Receiver) {
    this.#receiver = receiver;
    this.#failures = 0;
    this.#pausedUntil = Number.NEGATIVE_INFINITY;
    this.#told.clear();
    this.#release();
  }

  /** Looks for something to do; sets a timer when there is only something to wait for. */
  wake(): void {
    if (this.#work !== undefined || this.#stopped) return;
    this.#cancelTimer();
    const { clock, timers } = this.#options;
    const pause = this.#pausedUntil - clock.monotonic();
    const next = pause > 0 ? pause : this.#next();
    if (typeof next === 'number') {
      if (Number.isFinite(next)) this.#cancelTimer = timers.after(Math.min(Math.max(next, 1), minuteMs), () => this.wake());
      return;
    }
    this.#work = next().finally(() => {
      this.#work = undefined;
      this.wake();
    });
  }

  /** Ends after what is under way, at most `grace` later. */
  async stop(grace: DurationMs): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    const cancel = this.#options.timers.after(grace, () => this.#abort.abort());
    await this.#work;
    cancel();
  }

  /** The next thing to do, or how long to wait for one. */
  #next(): (() => Promise<void>) | DurationMs {
    const { clock } = this.#options;
    const repeat = this.#nextRepeat - clock.monotonic();
    const { resend } = this.#receiver;
    if (resend !== undefined && repeat <= 0) return () => this.#repeat(resend);
    const { row, wait } = this.#pick();
    if (row !== undefined) return () => this.#send(row);
    return resend === undefined ? wait : Math.min(wait, repeat);
  }

  /** The oldest row that is due and has no older one of its incident before it. */
  #pick(): { readonly row?: OutboxRow; readonly wait: DurationMs } {
    const { outbox, clock } = this.#options;
    const now = clock.wall();
    for (let size = windowSize; ; size *= 10) {
      const rows = outbox.pending(this.name, size);
      const held = new Set<string>();
      let wait = Number.POSITIVE_INFINITY;
      for (const row of rows) {
        if (held.has(row.alert.key)) continue;
        const left = row.notBefore - now;
        if (left <= 0 || left > longestWait || this.#released.has(row.row)) return { row, wait: 0 };
        held.add(row.alert.key);
        wait = Math.min(wait, left);
      }
      if (rows.length < size) return { wait };
    }
  }

  async #send(row: OutboxRow): Promise<void> {
    const { outbox, clock, onOutcome } = this.#options;
    const { resend } = this.#receiver;
    const alert = resend === undefined ? row.alert : this.#withFixedLabels(row.alert);
    const outcome = await this.#attempt((context) => this.#receiver.send(alert, context));
    if (this.#abort.signal.aborted && outcome.outcome === 'retry') return;
    onOutcome(this.name, alert.event, outcome.outcome);
    this.#told.delete(row.row);
    if (outcome.outcome === 'retry') {
      this.#postpone(row, outcome);
      return;
    }
    if (outcome.outcome === 'delivered') this.#succeeded();
    else this.#refused(row, outcome.why);
    outbox.settle(row.row, outcome.outcome, clock.wall(), { standing: resend !== undefined && outcome.outcome === 'delivered' });
  }

  #postpone(row: OutboxRow, outcome: { readonly why: string; readonly after?: DurationMs }): void {
    const { outbox, clock, random } = this.#options;
    this.#failed(outcome.why, outcome.after);
    if (outcome.after !== undefined) this.#told.add(row.row);
    const delay = Math.max(backoffDelay(alertBackoff, row.attempts, random()), outcome.after ?? 0);
    this.#released = new Set([...this.#released].filter((other) => other !== row.row));
    outbox.postpone(row.row, clock.wall() + delay);
  }

  #refused(row: OutboxRow, why: string): void {
    const { id, event, incident } = row.alert;
    this.#options.log.error({ receiver: this.name, alert: id, event, incident, why }, 'alert refused for good: it is not tried again');
  }

  async #repeat(resend: Resend): Promise<void> {
    const { outbox, clock, log } = this.#options;
    const now = clock.monotonic();
    this.#nextRepeat = now + resend.every;
    const standing = outbox.standing(this.name).filter((alert) => this.#stillStands(alert, resend, now));
    for (let start = 0; start < standing.length && !this.#stopped; start += repeatChunk) {
      const outcome = await this.#attempt((context) => resend.repeat(standing.slice(start, start + repeatChunk), context));
      if (outcome.outcome === 'delivered') continue;
      log.warn({ receiver: this.name, why: outcome.why }, 'open alerts could not be told again; the next round tries again');
      return;
    }
  }

  #stillStands(alert: Alert, resend: Resend, now: EpochMs): boolean {
    if (alert.event !== 'resolved') {
      this.#resolvedAt.delete(alert.key);
      return true;
    }
    const since = this.#resolvedAt.get(alert.key) ?? now;
    this.#resolvedAt.set(alert.key, since);
    if (now - since <= resend.resolvedFor) return true;
    this.#resolvedAt.delete(alert.key);
    this.#options.outbox.dismiss(this.name, alert.key);
    return false;
  }

  /** Labels are the identity at such a receiver: those of the first notice hold while the incident lives. */
  #withFixedLabels(alert: Alert): Alert {
    const first = this.#options.outbox.standing(this.name).find((other) => other.key === alert.key);
    return first !== undefined && first.incident === alert.incident ? { ...alert, labels: first.labels } : alert;
  }

  /** Bounded, whatever the receiver does. */
  async #attempt(work: (context: SendContext) => Promise<SendOutcome>): Promise<SendOutcome> {
    const { clock, timers, timeout, print, log } = this.#options;
    const deadline = new AbortController();
    const { promise, resolve } = Promise.withResolvers<SendOutcome>();
    const cut = () => {
      deadline.abort();
      resolve({ outcome: 'retry', why: 'no answer in time' });
    };
    const cancel = timers.after(timeout ?? defaultTimeout, cut);
    this.#abort.signal.addEventListener('abort', cut, { once: true });
    try {
      const context = { signal: deadline.signal, now: clock.wall(), print };
      return await Promise.race([work(context), promise]);
    } catch {
      // A bug in a receiver; its text may hold what must not be shown.
      log.error({ receiver: this.name }, 'a receiver threw instead of answering');
      return { outcome: 'retry', why: 'internal error' };
    } finally {
      cancel();
      this.#abort.signal.removeEventListener('abort', cut);
    }
  }

  #succeeded(): void {
    if (this.#failures > 0) this.#options.log.info({ receiver: this.name, failures: this.#failures }, 'receiver takes alerts again');
    if (this.#failures > 1) this.#release();
    this.#failures = 0;
  }

  #release(): void {
    const waiting = this.#options.outbox.pending(this.name, windowSize * 10).filter((row) => !this.#told.has(row.row));
    this.#released = new Set(waiting.map((row) => row.row));
  }

  #failed(why: string, after: DurationMs | undefined): void {
    const { clock, random, log } = this.#options;
    if (this.#failures === 0) log.warn({ receiver: this.name, why }, 'alert not delivered, will be tried again');
    const delay = Math.max(backoffDelay(laneBackoff, this.#failures, random()), after ?? 0);
    this.#failures += 1;
    this.#pausedUntil = clock.monotonic() + delay;
  }
}
