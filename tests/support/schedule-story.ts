// A story for the scheduler in virtual time: what runs, what was started when, what was skipped.
import type { EndpointPlan, LimitsPlan, Timing } from '../../src/model/plan.ts';
import { createScheduler, type Scheduler, type SkipReason } from '../../src/schedule/scheduler.ts';
import { planOf } from './plan.ts';
import { VirtualTime } from './virtual-time.ts';

/** One attempt as the story saw it. */
export interface Started {
  readonly id: string;
  readonly fingerprint: string;
  readonly due: number;
  readonly at: number;
  endedAt?: number;
  aborted: boolean;
}

export const wideLimits: LimitsPlan = { concurrency: 100_000, hostConcurrency: 100_000, hostRate: 100_000 };

/** An endpoint `service/name` with its own timing, an interval in milliseconds or a whole timing. */
export function endpointOf(id: string, timing: number | Timing, more: Partial<EndpointPlan> = {}): EndpointPlan {
  const [service = '', name = ''] = id.split('/');
  const [endpoint] = planOf([{ service, name }]).endpoints;
  if (endpoint === undefined) throw new Error('a plan of one endpoint has one');
  return { ...endpoint, timing: typeof timing === 'number' ? { kind: 'every', interval: timing } : timing, host: `${name}:443`, ...more };
}

export class ScheduleStory {
  readonly time = new VirtualTime();
  readonly attempts: Started[] = [];
  readonly lags: number[] = [];
  readonly skips: { readonly id: string; readonly ticks: number; readonly why: SkipReason }[] = [];
  readonly extras = { sent: 0, dropped: 0 };
  readonly scheduler: Scheduler;
  /** How long an attempt takes; Infinity: until it is aborted. */
  takes: (endpoint: EndpointPlan) => number = () => 100;
  /** What follows from an attempt's end. */
  onEnd: (attempt: Started) => void = () => {};
  /** Most attempts under way at once, in all and per endpoint. */
  mostAtOnce = 0;
  readonly #active = new Map<string, number>();
  readonly doubles: string[] = [];

  constructor() {
    this.scheduler = createScheduler({
      clock: this.time.clock,
      timers: this.time.timers,
      start: (endpoint, due, signal) => this.#attempt(endpoint, due, signal),
      onLag: (lag) => this.lags.push(lag),
      onSkip: ({ id }, ticks, why) => this.skips.push({ id, ticks, why }),
      onExtra: (outcome) => {
        this.extras[outcome] += 1;
      },
    });
  }

  runs(endpoints: readonly EndpointPlan[], limits: LimitsPlan = wideLimits): this {
    this.scheduler.update(endpoints, limits);
    return this;
  }

  passes(duration: number): Promise<void> {
    return this.time.advance(duration);
  }

  of(id: string): readonly Started[] {
    return this.attempts.filter((attempt) => attempt.id === id);
  }

  /** Ticks that started nothing, added up. */
  skipped(id: string, why: SkipReason): number {
    return this.skips.filter((skip) => skip.id === id && skip.why === why).reduce((sum, { ticks }) => sum + ticks, 0);
  }

  /** Most attempts that started within any `window` milliseconds since `from`. */
  busiest(window: number, from = 0): number {
    const starts = this.attempts.map(({ at }) => at).filter((at) => at >= from);
    let first = 0;
    let most = 0;
    for (const [index, at] of starts.entries()) {
      while ((starts[first] ?? at) <= at - window) first += 1;
      most = Math.max(most, index - first + 1);
    }
    return most;
  }

  async #attempt(endpoint: EndpointPlan, due: number, signal: AbortSignal): Promise<void> {
    const { id, fingerprint } = endpoint;
    const attempt: Started = { id, fingerprint, due, at: this.time.now, aborted: false };
    this.attempts.push(attempt);
    if (this.#active.has(id)) this.doubles.push(id);
    this.#active.set(id, 1);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#active.size);
    const takes = this.takes(endpoint);
    if (takes > 0) await this.time.sleep(takes, signal);
    attempt.endedAt = this.time.now;
    attempt.aborted = signal.aborted;
    this.#active.delete(id);
    this.onEnd(attempt);
  }
}
