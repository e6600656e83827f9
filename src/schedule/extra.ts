// Extra attempts: soon after a failure, beside those of an endpoint's timing, and never at their expense.
import type { DurationMs, EpochMs } from '#model/time.ts';
import type { SchedulerOptions } from './contract.ts';
import type { Entry, Tick } from './entry.ts';
import type { Limiter } from './limits.ts';
import { phaseOf } from './spread.ts';

/** An extra attempt starts up to this share of its spacing later than it could, lest two processes that probe one endpoint do it in step. */
const jitter = 0.2;
/** Within this share of the spacing before the next tick there is none: the tick tells nearly as much. */
const tooNear = 1 / 3;
/** A start may be so late without being held against the next one. */
const slack: DurationMs = 50;
const never: EpochMs = Number.POSITIVE_INFINITY;

/** At most one wish an endpoint. One that the next tick is too near for is none; each other ends as sent or as dropped. */
export class Extras {
  readonly #options: Pick<SchedulerOptions, 'seed' | 'onExtra'>;
  readonly #limiter: Limiter<Entry>;

  constructor(options: Pick<SchedulerOptions, 'seed' | 'onExtra'>, limiter: Limiter<Entry>) {
    this.#options = options;
    this.#limiter = limiter;
  }

  wish(entry: Entry, notBefore: EpochMs): void {
    this.drop(entry);
    entry.extra = momentOf(entry, notBefore, this.#options.seed ?? '');
  }

  drop(entry: Entry): void {
    if (entry.extra !== never) this.#options.onExtra?.('dropped');
    entry.extra = never;
  }

  /** Its moment has come: now or not at all. True when the caps count it as running. */
  begin(entry: Entry, now: EpochMs, isOnTime: boolean): boolean {
    const { extra } = entry;
    entry.extra = never;
    if (extra > now) return false;
    const starts = isOnTime && fits(entry, now) && this.#limiter.takeSpare(entry.host, now);
    this.#options.onExtra?.(starts ? 'sent' : 'dropped');
    if (!starts) return false;
    entry.scheduledAt = extra;
    entry.isExtra = true;
    return true;
  }
}

/** When an extra attempt that may not start before `notBefore` is to start: Infinity where there is no room before the next tick. */
function momentOf(entry: Entry, notBefore: EpochMs, seed: string): EpochMs {
  const { reprobe, id } = entry.plan;
  const last = lastBefore(entry);
  if (reprobe === undefined || entry.isCron) return never;
  const first = Math.max(notBefore, entry.startedAt - slack + reprobe.spacing, entry.scheduledAt + 1);
  if (first > last || first < entry.pausedUntil) return never;
  return Math.min(last, first + phaseOf(`${seed} ${id} ${Math.round(notBefore)}`, jitter * reprobe.spacing));
}

function fits(entry: Entry, now: EpochMs): boolean {
  return entry.state === 'idle' && now <= lastBefore(entry) + slack;
}

/** When an extra attempt may start at the latest: not near the next tick, and, should both last to their timeout, out of the way of the one after. */
function lastBefore({ plan: { reprobe, timeout, timing }, due }: Entry): EpochMs {
  if (reprobe === undefined) return Number.NEGATIVE_INFINITY;
  return due - Math.max(tooNear * reprobe.spacing, reprobe.least, 2 * timeout - timing.interval);
}

/**
 * A tick that comes while the earlier attempt runs starts nothing, except behind an extra one: it waits for that under its own time. Returns how
 * many ticks are given up.
 */
export function keepBehind(entry: Entry, { at, missed }: Tick): number {
  const waits = entry.isExtra && entry.behindExtra === never;
  if (entry.isExtra) entry.behindExtra = at;
  return missed + (waits ? 0 : 1);
}

/** An attempt has ended: true where a tick waited for it, which is now owed. */
export function takeBehind(entry: Entry): boolean {
  const { behindExtra } = entry;
  entry.isExtra = false;
  entry.behindExtra = never;
  if (behindExtra === never) return false;
  entry.scheduledAt = behindExtra;
  return true;
}
