// When this process stood still: a ticker that should come every twentieth of a second, and how long it did not.
import type { DurationMs } from '#model/time.ts';

const period: DurationMs = 50;
/** A tick that is later than this is remembered; what is shorter is the noise of a busy process, and troubles no probe. */
const least: DurationMs = 200;
/** An attempt looks back as long as it lasted. */
const kept = 64;

interface Stall {
  readonly from: number;
  readonly to: number;
}

/** Times are those of `performance.now()`. */
export class StandstillWatch {
  readonly #now: () => number;
  readonly #stalls: Stall[] = [];
  #tickedAt: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#tickedAt = now();
  }

  /** To be called every period. */
  tick(): void {
    const now = this.#now();
    const due = this.#tickedAt + period;
    this.#tickedAt = now;
    if (now - due < least) return;
    if (this.#stalls.push({ from: due, to: now }) > kept) this.#stalls.shift();
  }

  /** For how long at a stretch the process stood still since `began`, at the longest. What lasts until this very moment counts. */
  since(began: number): DurationMs {
    this.tick();
    let longest = 0;
    for (const { from, to } of this.#stalls) longest = Math.max(longest, to - Math.max(from, began));
    return longest;
  }
}

let running: StandstillWatch | undefined;

/** The watch over this process: it begins with the first who asks, and keeps no process alive. */
export function standstillWatch(): StandstillWatch {
  if (running === undefined) {
    const watch = new StandstillWatch(() => performance.now());
    setInterval(() => watch.tick(), period).unref();
    running = watch;
  }
  return running;
}
