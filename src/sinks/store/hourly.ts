// Sums per endpoint and hour, kept as results come, so that availability never adds up a whole table.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Reason } from '#model/reason.ts';
import { type EpochMs, hourMs } from '#model/time.ts';
import { reasonCode, reasonOfCode } from './codes.ts';
import type { HourlySum } from './contract.ts';

/** One result, as far as sums care. `reason` 0: ok. */
export interface Counted {
  readonly at: EpochMs;
  readonly endpoint: number;
  /** Microseconds. */
  readonly duration: number;
  readonly reason: number;
  readonly counted: boolean;
  readonly maintenance: boolean;
}

interface Sum {
  readonly hour: number;
  readonly endpoint: number;
  probes: number;
  failures: number;
  maintenance: number;
  missing: number;
  duration: number;
  readonly reasons: Map<number, number>;
}

const internal = reasonCode('internal');

/** The tables `hourly` and `hourly_reason`. */
export class HourlySums {
  readonly #add: StatementSync;
  readonly #addReason: StatementSync;
  readonly #has: StatementSync;
  readonly #get: StatementSync;
  readonly #reasons: StatementSync;
  readonly #first: StatementSync;
  readonly #forget: readonly StatementSync[];

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(`
      INSERT INTO hourly VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET probes = probes + excluded.probes,
        failures = failures + excluded.failures, maintenance = maintenance + excluded.maintenance,
        missing = missing + excluded.missing, duration = duration + excluded.duration`);
    this.#addReason = db.prepare(
      'INSERT INTO hourly_reason VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET failures = failures + excluded.failures',
    );
    this.#has = db.prepare('SELECT 1 FROM hourly WHERE hour = ? AND endpoint = ?');
    this.#get = db.prepare('SELECT * FROM hourly WHERE hour = ? AND endpoint = ?');
    this.#reasons = db.prepare('SELECT reason, failures FROM hourly_reason WHERE hour = ? AND endpoint = ?');
    this.#first = db.prepare('SELECT min(hour) AS first, max(hour) AS last FROM hourly');
    this.#forget = [
      db.prepare(
        'DELETE FROM hourly WHERE (hour, endpoint) IN (SELECT hour, endpoint FROM hourly WHERE hour < ? ORDER BY hour, endpoint LIMIT ?)',
      ),
      db.prepare(`DELETE FROM hourly_reason WHERE (hour, endpoint, reason) IN
        (SELECT hour, endpoint, reason FROM hourly_reason WHERE hour < ? ORDER BY hour, endpoint, reason LIMIT ?)`),
    ];
  }

  /** Adds up in memory and writes each hour of an endpoint once. */
  batch(): { add(result: Counted): void; write(): void } {
    const sums = new Map<number, Map<number, Sum>>();
    return {
      add: (result) => count(sumOf(sums, Math.floor(result.at / hourMs), result.endpoint), result),
      write: () => {
        for (const hour of sums.values()) for (const sum of hour.values()) this.#write(sum);
      },
    };
  }

  has(hour: number, endpoint: number): boolean {
    return this.#has.get(hour, endpoint) !== undefined;
  }

  /** Oldest first, both ends inclusive. */
  read(endpoint: number, since: EpochMs, until: EpochMs): readonly HourlySum[] {
    const bounds = this.#first.get();
    if (typeof bounds?.['first'] !== 'number' || typeof bounds['last'] !== 'number') return [];
    const last = Math.min(Math.floor(until / hourMs), bounds['last']);
    const sums: HourlySum[] = [];
    for (let hour = Math.max(Math.floor(since / hourMs), bounds['first']); hour <= last; hour += 1) {
      const row = this.#get.get(hour, endpoint);
      if (row !== undefined) sums.push(this.#decode(row, hour, endpoint));
    }
    return sums;
  }

  /** Deletes at most `rows` of each table. Inside a transaction. */
  forget(until: EpochMs, rows: number): void {
    for (const statement of this.#forget) statement.run(Math.floor(until / hourMs), rows);
  }

  #write(sum: Sum): void {
    this.#add.run(sum.hour, sum.endpoint, sum.probes, sum.failures, sum.maintenance, sum.missing, sum.duration);
    for (const [reason, failures] of sum.reasons) this.#addReason.run(sum.hour, sum.endpoint, reason, failures);
  }

  #decode(row: Record<string, unknown>, hour: number, endpoint: number): HourlySum {
    const reasons: Partial<Record<Reason, number>> = {};
    for (const found of this.#reasons.all(hour, endpoint)) reasons[reasonOfCode(Number(found['reason']))] = Number(found['failures']);
    return {
      hour: hour * hourMs,
      probes: Number(row['probes']),
      failures: Number(row['failures']),
      reasons,
      maintenance: Number(row['maintenance']),
      missing: Number(row['missing']),
      duration: Number(row['duration']) / 1000,
    };
  }
}

function sumOf(sums: Map<number, Map<number, Sum>>, hour: number, endpoint: number): Sum {
  const ofHour = sums.get(hour) ?? new Map<number, Sum>();
  sums.set(hour, ofHour);
  const known = ofHour.get(endpoint);
  if (known !== undefined) return known;
  const sum: Sum = { hour, endpoint, probes: 0, failures: 0, maintenance: 0, missing: 0, duration: 0, reasons: new Map() };
  ofHour.set(endpoint, sum);
  return sum;
}

/** `internal` is our own trouble: it never counts against an endpoint, whatever the caller says. */
function count(sum: Sum, result: Counted): void {
  if (result.maintenance) sum.maintenance += 1;
  else if (!result.counted || result.reason === internal) sum.missing += 1;
  else {
    sum.probes += 1;
    sum.duration += result.duration;
    if (result.reason === 0) return;
    sum.failures += 1;
    sum.reasons.set(result.reason, (sum.reasons.get(result.reason) ?? 0) + 1);
  }
}
