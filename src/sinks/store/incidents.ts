// Incidents and their course. Its methods throw what SQLite throws.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { IncidentEvent } from '#model/event.ts';
import type { Incident, IncidentEventKind } from '#model/incident.ts';
import type { EpochMs } from '#model/time.ts';
import type { CourseEvent, IncidentPage, IncidentQuery } from './contract.ts';
import { decodeRows } from './rows.ts';

const pageLimit = 1000;

/** The tables `incident` (its latest look) and `incident_event` (its course). */
export class Incidents {
  readonly #upsert: StatementSync;
  readonly #event: StatementSync;
  readonly #list: StatementSync;
  readonly #one: StatementSync;
  readonly #open: StatementSync;
  readonly #course: StatementSync;
  readonly #forget: readonly StatementSync[];

  constructor(db: DatabaseSync) {
    this.#upsert = db.prepare(`
      INSERT INTO incident VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence,
        state = excluded.state, changed_at = excluded.changed_at, text = excluded.text WHERE excluded.sequence >= incident.sequence`);
    this.#event = db.prepare('INSERT INTO incident_event VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING');
    this.#list = db.prepare(`
      SELECT text FROM incident WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR endpoint = ?2) AND (opened_at, id) < (?3, ?4)
      ORDER BY opened_at DESC, id DESC LIMIT ?5`);
    this.#one = db.prepare('SELECT text FROM incident WHERE id = ?');
    this.#open = db.prepare(`SELECT text FROM incident WHERE state = 'open' ORDER BY opened_at, id`);
    this.#course = db.prepare('SELECT id, at, kind, text FROM incident_event WHERE incident = ? ORDER BY sequence LIMIT ?');
    const old = `SELECT id FROM incident WHERE state = 'resolved' AND changed_at < ? ORDER BY changed_at LIMIT ?`;
    this.#forget = [
      db.prepare(`DELETE FROM incident_event WHERE incident IN (${old})`),
      db.prepare(`DELETE FROM incident WHERE id IN (${old})`),
    ];
  }

  /** Inside a transaction. An event that is there already (replay) changes nothing. */
  write(events: Iterable<IncidentEvent>): void {
    for (const { id, at, kind, incident } of events) {
      const text = JSON.stringify(incident);
      this.#event.run(id, incident.id, incident.sequence, at, kind, text);
      this.#upsert.run(incident.id, incident.sequence, incident.state, incident.endpoint.id, incident.openedAt, at, text);
    }
  }

  open(lenient = false): readonly Incident[] {
    return decodeRows(this.#open, parseIncident, lenient);
  }

  one(id: string): Incident | undefined {
    const row = this.#one.get(id);
    return row === undefined ? undefined : parseIncident(row);
  }

  list(query: IncidentQuery): IncidentPage {
    const limit = Math.max(1, Math.min(query.limit, pageLimit));
    const [openedAt, id] = parseCursor(query.cursor);
    const incidents = this.#list.all(query.state ?? null, query.endpoint ?? null, openedAt, id, limit + 1).map(parseIncident);
    const last = incidents[limit - 1];
    if (incidents.length <= limit || last === undefined) return { incidents };
    return { incidents: incidents.slice(0, limit), next: `${last.openedAt}|${last.id}` };
  }

  course(incident: string): readonly CourseEvent[] {
    return this.#course.all(incident, pageLimit).map((row) => ({
      id: String(row['id']),
      at: Number(row['at']),
      // Written by `write` from the closed list.
      kind: String(row['kind']) as IncidentEventKind,
      incident: parseIncident(row),
    }));
  }

  /** Deletes at most `count` incidents resolved before `until`, with their course. Inside a transaction. */
  forget(until: EpochMs, count: number): void {
    for (const statement of this.#forget) statement.run(until, count);
  }
}

/** A cursor that is none (a hand wrote it) reads as the first page. */
function parseCursor(cursor: string | undefined): readonly [number, string] {
  const bar = cursor?.indexOf('|') ?? -1;
  const openedAt = Number(cursor?.slice(0, bar));
  return cursor === undefined || bar < 1 || !Number.isFinite(openedAt) ? [Number.MAX_SAFE_INTEGER, ''] : [openedAt, cursor.slice(bar + 1)];
}

function parseIncident(row: Record<string, unknown>): Incident {
  // Our own JSON, written by `write`.
  return JSON.parse(String(row['text'])) as Incident;
}
