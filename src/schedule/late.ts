// What is late, after the process stood still or was too busy: a line whose attempts start at a pace, so that catching up is no flood.
import type { EndpointPlan } from '#model/plan.ts';
import { type EpochMs, secondMs } from '#model/time.ts';
import { Fifo, type Linked } from './fifo.ts';

/** Late attempts start at up to this many times the rate of the whole schedule, beside the attempts that are on time ... */
const haste = 4;
/** ... but at least at this rate per second, so that a small installation is done at once. */
const leastRate = 50;
/** Starts that may come together. */
const burst = 16;

/** First in, first out, through a token bucket. Time is an argument. */
export class LateLine<T extends Linked<T>> {
  readonly #line = new Fifo<T>();
  #perMs = leastRate / secondMs;
  #tokens = burst;
  #filledAt: EpochMs = Number.NEGATIVE_INFINITY;

  get length(): number {
    return this.#line.length;
  }

  /** What the schedule starts per second is counted from its endpoints. */
  setLoad(endpoints: readonly EndpointPlan[]): void {
    const load = endpoints.reduce((sum, { timing }) => sum + 1 / timing.interval, 0);
    this.#perMs = Math.max(leastRate / secondMs, haste * load);
  }

  add(member: T): void {
    this.#line.push(member);
  }

  remove(member: T): void {
    this.#line.remove(member);
  }

  /** The next that may start now. */
  take(now: EpochMs): T | undefined {
    if (this.#line.length === 0) return undefined;
    this.#fill(now);
    if (this.#tokens < 1) return undefined;
    this.#tokens -= 1;
    return this.#line.shift();
  }

  /** When `take` may next give something; Infinity when nothing is late. */
  nextAt(now: EpochMs): EpochMs {
    if (this.#line.length === 0) return Number.POSITIVE_INFINITY;
    this.#fill(now);
    return this.#tokens >= 1 ? now : now + (1 - this.#tokens) / this.#perMs;
  }

  #fill(now: EpochMs): void {
    this.#tokens = Math.min(burst, this.#tokens + Math.max(0, now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
  }
}
