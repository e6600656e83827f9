// Says when: one heap and one timer start every endpoint's attempts at its time, within the caps, and spread out again what falls behind.
import type { EndpointId } from '#model/endpoint.ts';
import type { EndpointPlan, LimitsPlan } from '#model/plan.ts';
import { type Clock, type DurationMs, type EpochMs, minuteMs, secondMs } from '#model/time.ts';
import { Alarm } from './alarm.ts';
import type { Scheduler, SchedulerOptions, SkipReason } from './contract.ts';
import { Entry, isSameTiming, type Tick } from './entry.ts';
import { Extras, keepBehind, takeBehind } from './extra.ts';
import { Heap } from './heap.ts';
import { LateLine } from './late.ts';
import { Limiter } from './limits.ts';

export type { Scheduler, SkipReason } from './contract.ts';

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
const never: EpochMs = Number.POSITIVE_INFINITY;

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
  readonly #extras: Extras;
  #state: 'new' | 'open' | 'closed' = 'new';
  #cronCount = 0;
  #wallOffset = 0;
  #idle: (() => void) | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#alarm = new Alarm(options.timers, () => this.#turn());
    this.#extras = new Extras(options, this.#limiter);
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

  reprobe(endpoint: EndpointId, notBefore: EpochMs): void {
    const entry = this.#entries.get(endpoint);
    if (entry === undefined || entry.gone || this.#state !== 'open') return;
    const now = this.#clock.monotonic();
    this.#extras.wish(entry, Math.max(notBefore, now));
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
    this.#extras.drop(entry);
    entry.gone = false;
    entry.take(plan);
    if (isOther || !isSameTiming(before.timing, plan.timing)) this.#plan(entry);
    else this.#place(entry);
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
    entry.wish = never;
    entry.wishAfter = false;
    entry.gaveUp = false;
    entry.behindExtra = never;
    this.#extras.drop(entry);
  }

  #plan(entry: Entry): void {
    entry.replan(this.#clock);
    this.#place(entry);
  }

  #place(entry: Entry): void {
    entry.key = Math.min(entry.due, entry.wish, entry.extra);
    this.#heap.place(entry);
  }

  /** One turn: what is due, what can be caught up, what the caps let start; then to sleep until there is more. */
  #turn(): void {
    const now = this.#clock.monotonic();
    if (this.#cronCount > 0) this.#followWall(now);
    for (let entry = this.#heap.top(); entry !== undefined && entry.key <= now; entry = this.#heap.top()) {
      if (entry.due <= now) this.#owe(entry, now, entry.tick(this.#clock, now));
      else if (entry.wish <= now) this.#grant(entry);
      else if (this.#extras.begin(entry, now, this.#late.length === 0)) this.#start(entry);
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
    if (entry.state === 'running') return this.#skip(entry, keepBehind(entry, tick), 'running');
    if (entry.state !== 'idle') {
      entry.scheduledAt = tick.at;
      return this.#skip(entry, tick.missed + 1, 'waiting');
    }
    const late = now - tick.at;
    // Nearer to the next tick than to this one: wait for that, which is spread already. Not twice in a row: nothing starves.
    if (late >= entry.plan.timing.interval / 2 && !entry.gaveUp) {
      entry.gaveUp = true;
      return this.#skip(entry, tick.missed + 1, 'behind');
    }
    this.#skip(entry, tick.missed, 'behind');
    entry.scheduledAt = tick.at;
    if (late < lateAfter) return this.#queue(entry);
    entry.state = 'late';
    this.#late.add(entry);
  }

  #skip(entry: Entry, ticks: number, why: SkipReason): void {
    if (ticks > 0) this.#options.onSkip?.(entry.plan, ticks, why);
  }

  #grant(entry: Entry): void {
    const wished = entry.wish;
    entry.wish = never;
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
    entry.startedAt = now;
    entry.gaveUp = false;
    if (entry.wish <= now) {
      entry.wish = never;
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
    const isOwed = takeBehind(entry);
    if (this.#state !== 'open') return;
    const now = this.#clock.monotonic();
    if (isOwed && !entry.gone) this.#queue(entry);
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
      this.#heap.top()?.key ?? never,
      this.#limiter.nextAt(),
      this.#late.nextAt(now),
      now + (this.#cronCount > 0 ? wallCheck : longestSleep),
    );
    this.#alarm.set(now, Math.max(soonest - now, turnGap));
  }
}
