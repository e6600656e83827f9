// How the store says that it is unwell: once when it begins, once when it ends.
import type { Log } from '#model/log.ts';
import type { Clock } from '#model/time.ts';
import type { StoreHealth, StoreProblem } from './contract.ts';
import { problemTexts } from './sqlite.ts';

export class Health {
  readonly #clock: Clock;
  readonly #log: Log;
  #now: StoreHealth = { ok: true };

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  get now(): StoreHealth {
    return this.#now;
  }

  tell(code: StoreProblem, error?: unknown): void {
    if (!this.#now.ok && this.#now.code === code) return;
    this.#now = { ok: false, code, problem: problemTexts[code], since: this.#clock.wall() };
    this.#log.error({ problem: code, err: error }, 'the store is unwell; history waits in memory, alerts go out');
  }

  well(): void {
    if (this.#now.ok) return;
    this.#log.info({ problem: this.#now.code, since: this.#now.since }, 'the store is well again');
    this.#now = { ok: true };
  }
}
