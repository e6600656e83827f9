// One endpoint in the schedule: when it is due next, and what it is doing.
import type { EndpointPlan, Timing } from '#model/plan.ts';
import { type Clock, type DurationMs, type EpochMs, secondMs } from '#model/time.ts';
import { type Cron, compileCron } from './cron.ts';
import type { HeapNode } from './heap.ts';
import type { Waiting } from './limits.ts';
import { nextOnGrid, phaseOf } from './spread.ts';

/** A tick of the schedule that has come. */
export interface Tick {
  /** The latest instant that was due. */
  readonly at: EpochMs;
  /** Earlier ones that passed by unused. */
  readonly missed: number;
}

/** `late` and `waiting`: an attempt is owed and held back, by the pace of catching up or by the caps. */
export type EntryState = 'idle' | 'late' | 'waiting' | 'running';

/** A cron tick that is this much too early by the wall clock waits for it. */
const early: DurationMs = 1;

export class Entry implements Waiting<Entry>, HeapNode {
  plan: EndpointPlan;
  state: EntryState = 'idle';
  /** Left out by a reload while its attempt was under way: kept until that has ended. */
  gone = false;
  /** When the owed attempt was due; of the latest one while none is owed. */
  scheduledAt: EpochMs = Number.NEGATIVE_INFINITY;
  /** The last tick was given up for the next one: that one is not. */
  gaveUp = false;
  pausedUntil: EpochMs = Number.NEGATIVE_INFINITY;
  /** Next tick of its timing. */
  due: EpochMs = Number.POSITIVE_INFINITY;
  /** An attempt that somebody wished for, outside of its timing. */
  wish: EpochMs = Number.POSITIVE_INFINITY;
  /** When an extra attempt is to start, if there is room then. */
  extra: EpochMs = Number.POSITIVE_INFINITY;
  /** The attempt under way is an extra one. */
  isExtra = false;
  /** Tick of its timing that came while an extra attempt was under way. */
  behindExtra: EpochMs = Number.POSITIVE_INFINITY;
  /** When the latest attempt did start. */
  startedAt: EpochMs = Number.NEGATIVE_INFINITY;
  /** A wish that came while an attempt was under way. */
  wishAfter = false;

  key: EpochMs = Number.POSITIVE_INFINITY;
  slot = -1;
  before: Entry | undefined = undefined;
  behind: Entry | undefined = undefined;
  host: string;

  #controller: AbortController | undefined;
  #phase = 0;
  #cron: Cron | undefined;
  /** Wall time of the cron tick that `due` stands for. */
  #wallDue: EpochMs = Number.POSITIVE_INFINITY;
  /** Wall time of the last cron tick that was taken. */
  #wallTaken: EpochMs = Number.NEGATIVE_INFINITY;

  /** Tells that its attempt has ended: one closure for all its attempts. */
  readonly ended: () => void;

  constructor(plan: EndpointPlan, onEnd: (entry: Entry) => void) {
    this.ended = () => onEnd(this);
    this.plan = plan;
    this.host = plan.host;
  }

  get isCron(): boolean {
    return this.#cron !== undefined;
  }

  /** Lent to the attempt under way; one for many attempts, since attempts take their listeners back. */
  get signal(): AbortSignal {
    if (this.#controller === undefined || this.#controller.signal.aborted) this.#controller = new AbortController();
    return this.#controller.signal;
  }

  abort(): void {
    this.#controller?.abort();
  }

  /** Takes another plan for the same endpoint. Its timing starts afresh only where `replan` is called. */
  take(plan: EndpointPlan): void {
    this.plan = plan;
    if (this.state !== 'running') this.host = plan.host;
  }

  /** Works out the next tick from now on, never before the end of a pause. */
  replan(clock: Clock): void {
    const { timing, id } = this.plan;
    const from = Math.max(clock.monotonic(), this.pausedUntil - 1);
    this.#cron = timing.kind === 'cron' ? compileCron(timing.expression, timing.timezone) : undefined;
    this.#phase = phaseOf(id, timing.interval);
    this.#wallTaken = Number.NEGATIVE_INFINITY;
    this.due = timing.kind === 'every' ? nextOnGrid(from, timing.interval, this.#phase) : this.#nextCron(clock, from);
  }

  /** The wall clock stepped: ticks by cron move with it, others do not. */
  replanCron(clock: Clock): void {
    if (this.isCron) this.due = this.#nextCron(clock, Math.max(clock.monotonic(), this.pausedUntil - 1));
  }

  /** Takes the tick that is due at `now` and moves on to the next; undefined when the wall clock says that it is not time yet. */
  tick(clock: Clock, now: EpochMs): Tick | undefined {
    const { interval } = this.plan.timing;
    if (this.#cron === undefined) {
      const missed = Math.floor((now - this.due) / interval);
      const at = this.due + missed * interval;
      this.due = nextOnGrid(at, interval, this.#phase);
      return { at, missed };
    }
    const ahead = this.#wallDue - clock.wall();
    if (ahead > early) {
      this.due = now + ahead;
      return undefined;
    }
    const at = this.due;
    this.#wallTaken = this.#wallDue;
    this.due = this.#nextCron(clock, now);
    return { at, missed: Math.max(0, Math.floor((now - at) / interval)) };
  }

  /** Monotonic time of the first cron tick after `from`. A tick that was taken a hair early is not taken again. */
  #nextCron(clock: Clock, from: EpochMs): EpochMs {
    const offset = clock.wall() - clock.monotonic();
    const after = from + offset;
    const ahead = this.#wallTaken - after;
    this.#wallDue = this.#cron?.next(ahead > 0 && ahead <= secondMs ? this.#wallTaken : after) ?? Number.POSITIVE_INFINITY;
    return this.#wallDue - offset;
  }
}

export function isSameTiming(a: Timing, b: Timing): boolean {
  if (a.interval !== b.interval) return false;
  if (a.kind === 'every' || b.kind === 'every') return a.kind === b.kind;
  return a.expression === b.expression && a.timezone === b.timezone;
}
