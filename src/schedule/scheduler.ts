// Says when: one heap and one timer start every endpoint's attempts at its time, within the caps, and spread out again what falls behind.
import type { EndpointId } from '#model/endpoint.ts';
import type { EndpointPlan, LimitsPlan } from '#model/plan.ts';
import { type Clock, type DurationMs, type EpochMs, minuteMs, secondMs, type Timers } from '#model/time.ts';
import { Alarm } from './alarm.ts';
import { Entry, isSameTiming, type Tick } from './entry.ts';
import { Heap } from './heap.ts';
import { LateLine } from './late.ts';
import { Limiter } from './limits.ts';

/** Why a tick of an endpoint's timing started nothing: the earlier attempt ran on or still waited for its turn, or the schedule was behind. */
export type SkipReason = 'running' | 'waiting' | 'behind';

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Makes one attempt; settles when it has ended. `signal` aborts when the endpoint is removed or changed, and at the end. A rejection is a bug. */
  start(endpoint: EndpointPlan, scheduledAt: EpochMs, signal: AbortSignal): Promise<void>;
  /** How late an attempt started after it was due; once per attempt. */
  onLag(lag: DurationMs): void;
  /** So many ticks of this endpoint started nothing. */
  onSkip?(endpoint: EndpointPlan, ticks: number, why: SkipReason): void;
}

export interface Scheduler {
  /** True from the first `update` until `close`. */
  readonly running: boolean;
  /** Attempts under way, and attempts that are due and held back. */
  readonly load: { readonly running: number; readonly waiting: number };
  /**
   * Sets the endpoints and the caps, at start and on reload. Unchanged ones keep everything; a changed timing is planned afresh; the
   * attempt of one that is removed or has another fingerprint is aborted. Linear in the endpoints.
   */
  update(endpoints: readonly EndpointPlan[], limits: LimitsPlan): void;
  /** A wish for one attempt at `notBefore` or soon after, within the caps. Any attempt started from then on grants it. No effect in a pause. */
  request(endpoint: EndpointId, notBefore: EpochMs): void;
  /** No attempt of this endpoint starts before `until` (monotonic). One under way goes on. A time that has passed ends a pause. */
  pause(endpoint: EndpointId, until: EpochMs): void;
  /** Starts nothing more, lets attempts end for at most `grace`, then aborts them. Resolves to how many had to be left behind. */
  close(grace: DurationMs): Promise<number>;
}

/** Starts in one turn of the event loop; the next turn comes a timer later, so that answers are read in between. */
const startsPerTurn = 32;
/** Least time between two turns: many endpoints share one, and none is later than this for it. */
const turnGap: DurationMs = 2;
/** Beyond this an attempt is late: it is owed, but at the pace of catching up. */
const lateAfter: DurationMs = 100;
/** The wall clock is looked at this often while something goes by cron. */
const wallCheck: DurationMs = secondMs;
/** A wall step that plans cron afresh. */
const wallStep: DurationMs = 500;
const longestSleep: DurationMs = minuteMs;

export function createScheduler(options: SchedulerOptions): Scheduler {
  return new HeapScheduler(options);
}

class HeapScheduler implements Scheduler {
  readonly #options: SchedulerOptions;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #entries = new Map<EndpointId, Entry>();
  readonly #heap = new Heap<Entry>();
  readonly #late = new LateLine<Entry>();
  readonly #limiter = new Limiter<Entry>({ concurrency: 0, hostConcurrency: 0, hostRate: 1 });
  #state: 'new' | 'open' | 'closed' = 'new';
  #cronCount = 0;
  #wallOffset = 0;
  #idle: (() => void) | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#alarm = new Alarm(options.timers, () => this.#turn());
  }

  get running(): boolean {
    return this.#state === 'open';
  }

  get load(): { readonly running: number; readonly waiting: number } {
    return { running: this.#limiter.running, waiting: this.#limiter.waiting + this.#late.length };
  }

  update(endpoints: readonly EndpointPlan[], limits: LimitsPlan): void {
    if (this.#state === 'closed') return;
    const now = this.#clock.monotonic();
    if (this.#state === 'new') this.#wallOffset = this.#clock.wall() - now;
    this.#state = 'open';
    const left = new Set(this.#entries.keys());
    for (const plan of endpoints) {
      left.delete(plan.id);
      const known = this.#entries.get(plan.id);
      if (known === undefined) this.#enter(plan);
      else this.#change(known, plan);
    }
    for (const id of left) this.#leave(id);
    this.#cronCount = endpoints.filter((plan) => plan.timing.kind === 'cron').length;
    this.#late.setLoad(endpoints);
    this.#limiter.configure(limits, now);
    this.#arm(now);
  }

  request(endpoint: EndpointId, notBefore: EpochMs): void {
    const entry = this.#entries.get(endpoint);
    if (entry === undefined || entry.gone || this.#state !== 'open') return;
    const now = this.#clock.monotonic();
    const at = Math.max(notBefore, now, entry.scheduledAt + 1);
    if (at < entry.pausedUntil || at >= entry.wish) return;
    entry.wish = at;
    this.#place(entry);
    this.#arm(now);
  }

  pause(endpoint: EndpointId, until: EpochMs): void {
    const entry = this.#entries.get(endpoint);
    if (entry === undefined || entry.gone || this.#state !== 'open') return;
    this.#withdraw(entry);
    entry.pausedUntil = until;
    this.#plan(entry);
    this.#arm(this.#clock.monotonic());
  }

  async close(grace: DurationMs): Promise<number> {
    this.#state = 'closed';
    this.#alarm.clear();
    for (const entry of this.#entries.values()) this.#withdraw(entry);
    await this.#settled(grace);
    for (const entry of this.#entries.values()) entry.abort();
    await this.#settled(secondMs);
    return this.#limiter.running;
  }

  /** Resolves when nothing runs, or after `patience`. */
  async #settled(patience: DurationMs): Promise<void> {
    if (this.#limiter.running === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = resolve;
    const cancel = this.#options.timers.after(patience, resolve);
    await promise;
    cancel();
    this.#idle = undefined;
  }

  #enter(plan: EndpointPlan): void {
    const entry = new Entry(plan, (ended) => this.#end(ended));
    this.#entries.set(plan.id, entry);
    this.#plan(entry);
  }

  #change(entry: Entry, plan: EndpointPlan): void {
    const before = entry.plan;
    const returns = entry.gone;
    const isOther = returns || before.fingerprint !== plan.fingerprint || before.host !== plan.host;
    if (isOther) {
      this.#withdraw(entry);
      if (before.fingerprint !== plan.fingerprint) entry.abort();
      entry.pausedUntil = Number.NEGATIVE_INFINITY;
    }
    entry.gone = false;
    entry.take(plan);
    if (isOther || !isSameTiming(before.timing, plan.timing)) this.#plan(entry);
  }

  #leave(id: EndpointId): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.gone) return;
    this.#withdraw(entry);
    this.#heap.remove(entry);
    if (entry.state === 'running') {
      entry.gone = true;
      entry.abort();
    } else this.#entries.delete(id);
  }

  /** Takes back what is owed or wished for; an attempt under way goes on. */
  #withdraw(entry: Entry): void {
    if (entry.state === 'late') this.#late.remove(entry);
    if (entry.state === 'waiting') this.#limiter.remove(entry);
    if (entry.state !== 'running') entry.state = 'idle';
    entry.wish = Number.POSITIVE_INFINITY;
    entry.wishAfter = false;
    entry.gaveUp = false;
  }

  #plan(entry: Entry): void {
    entry.replan(this.#clock);
    this.#place(entry);
  }

  #place(entry: Entry): void {
    entry.key = Math.min(entry.due, entry.wish);
    this.#heap.place(entry);
  }

  /** One turn: what is due, what can be caught up, what the caps let start; then to sleep until there is more. */
  #turn(): void {
    const now = this.#clock.monotonic();
    if (this.#cronCount > 0) this.#followWall(now);
    for (let entry = this.#heap.top(); entry !== undefined && entry.key <= now; entry = this.#heap.top()) {
      if (entry.due <= now) this.#owe(entry, now, entry.tick(this.#clock, now));
      else this.#grant(entry);
      this.#place(entry);
    }
    for (let entry = this.#late.take(now); entry !== undefined; entry = this.#late.take(now)) this.#queue(entry);
    for (let count = 0; count < startsPerTurn; count += 1) {
      const entry = this.#limiter.take(this.#clock.monotonic());
      if (entry === undefined) break;
      this.#start(entry);
    }
    this.#arm(this.#clock.monotonic());
  }

  /** An endpoint owes at most one attempt, that of its latest tick. */
  #owe(entry: Entry, now: EpochMs, tick: Tick | undefined): void {
    if (tick === undefined) return;
    if (entry.state === 'running') return this.#options.onSkip?.(entry.plan, tick.missed + 1, 'running');
    if (entry.state !== 'idle') {
      entry.scheduledAt = tick.at;
      return this.#options.onSkip?.(entry.plan, tick.missed + 1, 'waiting');
    }
    const late = now - tick.at;
    // Nearer to the next tick than to this one: wait for that, which is spread already. Not twice in a row: nothing starves.
    if (late >= entry.plan.timing.interval / 2 && !entry.gaveUp) {
      entry.gaveUp = true;
      return this.#options.onSkip?.(entry.plan, tick.missed + 1, 'behind');
    }
    if (tick.missed > 0) this.#options.onSkip?.(entry.plan, tick.missed, 'behind');
    entry.scheduledAt = tick.at;
    if (late < lateAfter) return this.#queue(entry);
    entry.state = 'late';
    this.#late.add(entry);
  }

  #grant(entry: Entry): void {
    const wished = entry.wish;
    entry.wish = Number.POSITIVE_INFINITY;
    if (entry.state === 'running') entry.wishAfter = true;
    if (entry.state !== 'idle') return;
    entry.scheduledAt = wished;
    this.#queue(entry);
  }

  #queue(entry: Entry): void {
    entry.state = 'waiting';
    this.#limiter.add(entry);
  }

  #start(entry: Entry): void {
    const now = this.#clock.monotonic();
    entry.state = 'running';
    entry.gaveUp = false;
    if (entry.wish <= now) {
      entry.wish = Number.POSITIVE_INFINITY;
      this.#place(entry);
    }
    this.#options.onLag(now - entry.scheduledAt);
    // A rejection stays unhandled on purpose: it is a bug, and ends the process.
    void this.#options.start(entry.plan, entry.scheduledAt, entry.signal).finally(entry.ended);
  }

  #end(entry: Entry): void {
    this.#limiter.done(entry.host);
    entry.state = 'idle';
    entry.host = entry.plan.host;
    if (entry.gone) this.#entries.delete(entry.plan.id);
    if (this.#limiter.running === 0) this.#idle?.();
    if (this.#state !== 'open') return;
    const now = this.#clock.monotonic();
    if (entry.wishAfter && !entry.gone) {
      entry.wishAfter = false;
      entry.wish = Math.max(now, entry.scheduledAt + 1);
      this.#place(entry);
    }
    this.#arm(now);
  }

  #followWall(now: EpochMs): void {
    const offset = this.#clock.wall() - now;
    if (Math.abs(offset - this.#wallOffset) < wallStep) return;
    this.#wallOffset = offset;
    for (const entry of this.#entries.values()) {
      if (!entry.isCron || entry.gone) continue;
      entry.replanCron(this.#clock);
      this.#place(entry);
    }
  }

  /** Sees to it that the next turn comes when something can start. */
  #arm(now: EpochMs): void {
    const soonest = Math.min(
      this.#heap.top()?.key ?? Number.POSITIVE_INFINITY,
      this.#limiter.nextAt(),
      this.#late.nextAt(now),
      now + (this.#cronCount > 0 ? wallCheck : longestSleep),
    );
    this.#alarm.set(now, Math.max(soonest - now, turnGap));
  }
}
