// How far a long command is, on standard error: one line that is written over on a terminal, now and then a line elsewhere.
import type { Clock, EpochMs } from '#model/time.ts';

/** Anything that text can be written to. */
interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Lines that are not written over come no oftener. */
const linesEvery = 5000;
const overEvery = 100;
/** Back to the first column, and the rest of the line cleared. */
const clear = '\r\u001B[K';

export class Progress {
  readonly #output: Output;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #latest: EpochMs;
  #shown = false;

  constructor(output: Output, clock: Pick<Clock, 'monotonic'>) {
    this.#output = output;
    this.#clock = clock;
    this.#latest = clock.monotonic();
  }

  /** Left out where the last one is too young. */
  show(text: string): void {
    const now = this.#clock.monotonic();
    const isTerminal = this.#output.isTTY === true;
    if (now - this.#latest < (isTerminal ? overEvery : linesEvery)) return;
    this.#latest = now;
    this.#output.write(isTerminal ? clear + text : `${text}\n`);
    this.#shown = isTerminal;
  }

  /** Clears what was written over, so that other text can follow. */
  end(): void {
    if (this.#shown) this.#output.write(clear);
    this.#shown = false;
  }
}
