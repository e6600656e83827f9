// Long work in short stretches, so that probes and pages go on meanwhile.
import { setImmediate } from 'node:timers/promises';

/** Longest stretch of work in one go, milliseconds. */
const stretchMs = 10;

/** Lets the event loop turn where a stretch has lasted long enough. */
export class Breather {
  #since = performance.now();

  async rest(): Promise<void> {
    if (performance.now() - this.#since < stretchMs) return;
    await setImmediate();
    this.#since = performance.now();
  }
}
