// One timer that rings at the soonest of the times it was set for.
import type { DurationMs, EpochMs, Timers } from '#model/time.ts';

export class Alarm {
  readonly #timers: Timers;
  readonly #ring: () => void;
  #at: EpochMs = Number.POSITIVE_INFINITY;
  #cancel = (): void => {};

  constructor(timers: Timers, ring: () => void) {
    this.#timers = timers;
    this.#ring = ring;
  }

  /** Rings `delay` after `now`, unless it is set for an earlier time already. */
  set(now: EpochMs, delay: DurationMs): void {
    if (now + delay >= this.#at) return;
    this.#cancel();
    this.#at = now + delay;
    this.#cancel = this.#timers.after(delay, () => {
      this.#at = Number.POSITIVE_INFINITY;
      this.#ring();
    });
  }

  clear(): void {
    this.#cancel();
    this.#at = Number.POSITIVE_INFINITY;
  }
}
