// Results and their hourly sums: written in batches, read by endpoint, let go in small bites.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EndpointId } from '#model/endpoint.ts';
import { type EpochMs, hourMs, minuteMs } from '#model/time.ts';
import { decodeResult, encodeDetail, encodeOutcome, type ResultRow, reasonCode } from './codes.ts';
import type { ResultQuery, ResultRecord } from './contract.ts';
import { HourlySums } from './hourly.ts';

/** The tables `result`, `hourly` and `hourly_reason` of one open database. Its methods throw what SQLite throws. */
export class History {
  readonly hourly: HourlySums;
  readonly #vantage: string;
  readonly #insert: StatementSync;
  readonly #hourOf: StatementSync;
  readonly #from: StatementSync;
  readonly #bounds: StatementSync;
  readonly #findEndpoint: StatementSync;
  readonly #addEndpoint: StatementSync;
  readonly #forget: StatementSync;
  readonly #ids = new Map<EndpointId, number>();

  constructor(db: DatabaseSync, vantage: string) {
    this.#vantage = vantage;
    this.hourly = new HourlySums(db);
    this.#insert = db.prepare('INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
    this.#hourOf = db.prepare(`
      WITH RECURSIVE m(x) AS (VALUES (?) UNION ALL SELECT x + 1 FROM m WHERE x < ?)
      SELECT at, code, late, duration, detail FROM m CROSS JOIN result ON minute = x AND endpoint = ? ORDER BY at`);
    this.#from = db.prepare(`
      SELECT name, at, code, late, duration, detail FROM result CROSS JOIN endpoint ON endpoint.id = result.endpoint WHERE minute >= ?`);
    this.#bounds = db.prepare('SELECT (SELECT min(minute) FROM result) AS first, (SELECT max(minute) FROM result) AS last');
    this.#findEndpoint = db.prepare('SELECT id FROM endpoint WHERE name = ?');
    this.#addEndpoint = db.prepare('INSERT INTO endpoint (name) VALUES (?)');
    this.#forget = db.prepare(`
      DELETE FROM result WHERE (minute, endpoint, at) IN
        (SELECT minute, endpoint, at FROM result WHERE minute < ? ORDER BY minute, endpoint, at LIMIT ?)`);
  }

  /** Inside a transaction. A result that is there already (replay) changes nothing. Call `rolledBack` when it fails. */
  write(records: readonly ResultRecord[]): void {
    const batch = this.hourly.batch();
    for (const record of records) {
      const { result } = record;
      const at = Math.round(result.scheduledAt);
      const endpoint = this.#id(result.endpoint) ?? this.#newId(result.endpoint);
      const late = Math.round(result.startedAt - result.scheduledAt);
      const duration = Math.round(result.duration * 1000);
      const minute = Math.floor(at / minuteMs);
      const done = this.#insert.run(minute, endpoint, at, encodeOutcome(record), late, duration, encodeDetail(result));
      if (done.changes === 0) continue;
      const reason = result.outcome === 'ok' ? 0 : reasonCode(result.reason);
      batch.add({ at, endpoint, duration, reason, counted: record.counted, maintenance: record.maintenance });
    }
    batch.write();
  }

  rolledBack(): void {
    this.#ids.clear();
  }

  /** The newest `limit` results between `since` and `until`, oldest first. */
  read(query: ResultQuery): readonly ResultRecord[] {
    const endpoint = this.#id(query.endpoint);
    const bounds = this.#range();
    if (endpoint === undefined || bounds === undefined) return [];
    const since = Math.max(Math.round(query.since), bounds.first * minuteMs);
    const until = Math.min(query.until ?? Number.POSITIVE_INFINITY, (bounds.last + 1) * minuteMs);
    const hours: ResultRow[][] = [];
    let count = 0;
    for (let hour = Math.floor(until / hourMs); hour >= Math.floor(since / hourMs) && count < query.limit; hour -= 1) {
      if (!this.hourly.has(hour, endpoint)) continue;
      const rows = this.#hourRows(hour, endpoint).filter((row) => row.at >= since && row.at <= until);
      hours.push(rows);
      count += rows.length;
    }
    return hours
      .toReversed()
      .flat()
      .slice(-query.limit)
      .map((row) => decodeResult(row, query.endpoint, this.#vantage));
  }

  /** Everything after each endpoint's time in `after`, oldest first; at most the last hour of the record. */
  readAfter(after: ReadonlyMap<EndpointId, EpochMs>): readonly ResultRecord[] {
    const bounds = this.#range();
    if (bounds === undefined || after.size === 0) return [];
    let earliest = Number.POSITIVE_INFINITY;
    for (const at of after.values()) earliest = Math.min(earliest, at);
    const first = Math.max(Math.floor(earliest / minuteMs), bounds.last - hourMs / minuteMs);
    const records: ResultRecord[] = [];
    for (const row of this.#from.iterate(first)) {
      // Columns of our own table.
      const known = row as unknown as ResultRow & { readonly name: string };
      const end = after.get(known.name);
      if (end !== undefined && known.at > Math.round(end)) records.push(decodeResult(known, known.name, this.#vantage));
    }
    return records.toSorted((a, b) => a.result.scheduledAt - b.result.scheduledAt);
  }

  /** Deletes at most `rows` results that were due before `until`. Inside a transaction. */
  forget(until: EpochMs, rows: number): void {
    this.#forget.run(Math.floor(until / minuteMs), rows);
  }

  /** The endpoint's number on disk; undefined when it never had a result. */
  endpointNumber(endpoint: EndpointId): number | undefined {
    return this.#id(endpoint);
  }

  #hourRows(hour: number, endpoint: number): ResultRow[] {
    const first = (hour * hourMs) / minuteMs;
    return this.#hourOf.all(first, first + hourMs / minuteMs - 1, endpoint) as unknown as ResultRow[];
  }

  #range(): { readonly first: number; readonly last: number } | undefined {
    const row = this.#bounds.get();
    return typeof row?.['first'] === 'number' && typeof row['last'] === 'number' ? { first: row['first'], last: row['last'] } : undefined;
  }

  #id(name: EndpointId): number | undefined {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const found = this.#findEndpoint.get(name)?.['id'];
    if (typeof found !== 'number') return undefined;
    this.#ids.set(name, found);
    return found;
  }

  #newId(name: EndpointId): number {
    const id = Number(this.#addEndpoint.run(name).lastInsertRowid);
    this.#ids.set(name, id);
    return id;
  }
}
