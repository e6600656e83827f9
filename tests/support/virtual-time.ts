// Time for tests: a clock and timers that move only when the test says so, so that hours pass in milliseconds and never flake.
import type { Clock, DurationMs, EpochMs, Timers } from '../../src/model/time.ts';

/** Monday, 2 March 2026, 08:00 UTC: where virtual time begins unless told otherwise. */
export const virtualStart: EpochMs = Date.UTC(2026, 2, 2, 8);

interface Timer {
  readonly at: EpochMs;
  readonly run: () => void;
}

/** Hand `clock` and `timers` to whatever is tested, then let time pass by `advance`. */
export class VirtualTime {
  #now: EpochMs;
  #wallAhead = 0;
  #turn = 0;
  /** In order of their time; timers of one instant run in the order in which they were set. */
  readonly #timers = new Map<number, Timer>();

  constructor(start: EpochMs = virtualStart) {
    this.#now = start;
  }

  readonly clock: Clock = { monotonic: () => this.#now, wall: () => this.#now + this.#wallAhead };

  readonly timers: Timers = {
    after: (delay, run) => {
      const id = this.#turn;
      this.#turn += 1;
      this.#timers.set(id, { at: this.#now + Math.max(0, delay), run });
      return () => this.#timers.delete(id);
    },
  };

  get now(): EpochMs {
    return this.#now;
  }

  /** Timers that are set now. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Resolves after so much virtual time, for what a test makes take time. */
  sleep(delay: DurationMs, signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.timers.after(delay, resolve);
    signal?.addEventListener('abort', () => (cancel(), resolve()), { once: true });
    return promise;
  }

  /** Lets time pass: every timer runs at its time, and what it set off in promises is done before the next. */
  async advance(duration: DurationMs): Promise<void> {
    const end = this.#now + duration;
    await settle();
    for (let next = this.#next(); next !== undefined && next[1].at <= end; next = this.#next()) {
      const [id, { at, run }] = next;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, at);
      run();
      await settle();
    }
    this.#now = Math.max(this.#now, end);
  }

  /** Time passes and nothing runs: a suspended machine, or an event loop that something blocks. Timers are late afterwards. */
  standStill(duration: DurationMs): void {
    this.#now += duration;
  }

  /** Somebody sets the machine's clock forward, or back with a negative value. */
  stepWall(by: number): void {
    this.#wallAhead += by;
  }

  #next(): [number, Timer] | undefined {
    let soonest: [number, Timer] | undefined;
    for (const entry of this.#timers) if (soonest === undefined || entry[1].at < soonest[1].at) soonest = entry;
    return soonest;
  }
}

/** Every promise that can settle without a timer has settled. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
