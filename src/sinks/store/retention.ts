// Lets old rows go in small bites: 5,000 rows at once would hold the loop for 40 ms.
import { type Clock, type DurationMs, minuteMs } from '#model/time.ts';
import type { Connection } from './file.ts';
import { transaction } from './sqlite.ts';

/** 500 rows take about 4 ms. */
const biteLeast = 500;
const biteMost = 4000;
/** Everything but results grows slowly: looked at once a minute. */
const slowEvery = minuteMs;
const incidentBite = 50;

export class Retention {
  readonly #clock: Clock;
  readonly #keep: { readonly results: DurationMs; readonly hourly: DurationMs };
  #lastSlow = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, keep: { readonly results: DurationMs; readonly hourly: DurationMs }) {
    this.#clock = clock;
    // Results are found through their hours, so the hours stay at least as long.
    this.#keep = { results: keep.results, hourly: Math.max(keep.hourly, keep.results) };
  }

  /** One bite, twice as large as what was just written, so that it keeps up. Throws what SQLite throws. */
  bite(file: Connection, written: number): void {
    const results = this.#clock.wall() - this.#keep.results;
    const rows = Math.min(Math.max(biteLeast, 2 * written), biteMost);
    transaction(file.db, false, () => file.history.forget(results, rows));
    if (this.#clock.monotonic() - this.#lastSlow < slowEvery) return;
    this.#lastSlow = this.#clock.monotonic();
    const hourly = this.#clock.wall() - this.#keep.hourly;
    transaction(file.db, false, () => {
      file.history.hourly.forget(hourly, biteMost);
      file.incidents.forget(hourly, incidentBite);
      file.owed.forget(results, biteLeast);
    });
  }
}
