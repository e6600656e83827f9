// The bare outcomes of all endpoints over a stretch of time, for whoever judges history anew.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type EpochMs, hourMs, minuteMs } from '#model/time.ts';
import { outcomeOf } from './codes.ts';

/** One result, as short as it is needed. `known` is false where it said nothing of the endpoint: missing, late, or in maintenance. */
export interface StoredOutcome {
  readonly endpoint: string;
  readonly at: EpochMs;
  readonly failed: boolean;
  readonly known: boolean;
}

/** Times of the first and the last result. */
export interface StoredRange {
  readonly first: EpochMs;
  readonly last: EpochMs;
}

export class Outcomes {
  readonly #bounds: StatementSync;
  readonly #hour: StatementSync;

  constructor(db: DatabaseSync) {
    this.#bounds = db.prepare('SELECT (SELECT min(minute) FROM result) AS first, (SELECT max(minute) FROM result) AS last');
    this.#hour = db.prepare(
      'SELECT name, at, code FROM result CROSS JOIN endpoint ON endpoint.id = result.endpoint WHERE minute BETWEEN ? AND ? AND at BETWEEN ? AND ?',
    );
  }

  range(): StoredRange | undefined {
    const { first, last } = this.#bounds.get() ?? {};
    return typeof first === 'number' && typeof last === 'number' ? { first: first * minuteMs, last: (last + 1) * minuteMs - 1 } : undefined;
  }

  /** From `since` to `until`, both inclusive. Of one endpoint they come in order. */
  *read(since: EpochMs, until: EpochMs): Generator<StoredOutcome> {
    // Hour by hour: a statement that reads for long would keep the writer's log from being taken in, and what it gives has to be held.
    for (let from = since; from <= until; from += hourMs) {
      const to = Math.min(until, from + hourMs - 1);
      for (const row of this.#hour.all(Math.floor(from / minuteMs), Math.floor(to / minuteMs), Math.ceil(from), Math.floor(to))) {
        // Columns of our own table.
        const { name, at, code } = row as { readonly name: string; readonly at: number; readonly code: number };
        yield { endpoint: name, at, ...outcomeOf(code) };
      }
    }
  }
}
