// The store to be read and not written: beside a daemon that works on it, or after one has ended. Takes no lock and makes no file.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { EndpointId } from '#model/endpoint.ts';
import { HolterError } from '#model/error.ts';
import type { Incident } from '#model/incident.ts';
import type { CourseEvent, IncidentPage, IncidentQuery, ResultQuery, ResultRecord, SavedState } from './contract.ts';
import { fileName } from './file.ts';
import { History } from './history.ts';
import { Incidents } from './incidents.ts';
import { migrations, schemaVersion } from './schema.ts';
import { States } from './states.ts';

/** What a store can be asked. Its methods throw HolterError `store_unreadable`. */
export interface StoreReader {
  /** Oldest first. */
  results(query: ResultQuery): readonly ResultRecord[];
  incidents(query: IncidentQuery): IncidentPage;
  incident(id: string): Incident | undefined;
  /** Oldest first, at most 1,000. */
  course(incident: string): readonly CourseEvent[];
  /** The states of these endpoints and groups that there are. */
  states(ids: readonly EndpointId[]): readonly SavedState[];
  close(): void;
}

/** Opens the store in `folder`. Throws HolterError `store_unreadable` where there is none, or one that this Holter cannot read. */
export function openReader(folder: string, vantage: string): StoreReader {
  const file = join(folder, fileName);
  if (!existsSync(file)) throw unreadable(folder, 'there is no store in it; is this the data folder of the daemon?');
  const db = guarded(folder, () => open(file));
  try {
    const version = guarded(folder, () => schemaVersion(db));
    if (version !== migrations.length) throw unreadable(folder, versionWords(version));
    return new Reader(db, folder, vantage);
  } catch (error) {
    db.close();
    throw error;
  }
}

class Reader implements StoreReader {
  readonly #db: DatabaseSync;
  readonly #folder: string;
  readonly #history: History;
  readonly #incidents: Incidents;
  readonly #states: States;

  constructor(db: DatabaseSync, folder: string, vantage: string) {
    this.#db = db;
    this.#folder = folder;
    this.#history = guarded(folder, () => new History(db, vantage));
    this.#incidents = guarded(folder, () => new Incidents(db));
    this.#states = guarded(folder, () => new States(db));
  }

  results(query: ResultQuery): readonly ResultRecord[] {
    return guarded(this.#folder, () => this.#history.read(query));
  }

  incidents(query: IncidentQuery): IncidentPage {
    return guarded(this.#folder, () => this.#incidents.list(query));
  }

  incident(id: string): Incident | undefined {
    return guarded(this.#folder, () => this.#incidents.one(id));
  }

  course(incident: string): readonly CourseEvent[] {
    return guarded(this.#folder, () => this.#incidents.course(incident));
  }

  states(ids: readonly EndpointId[]): readonly SavedState[] {
    const wanted = new Set(ids);
    return guarded(this.#folder, () => this.#states.all()).filter(({ endpoint }) => wanted.has(endpoint));
  }

  close(): void {
    this.#db.close();
  }
}

/** A second is waited for a daemon that is about to end: this process has no loop that would suffer. */
function open(file: string): DatabaseSync {
  try {
    const db = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
    db.prepare('SELECT 1 FROM sqlite_schema').get();
    return db;
  } catch (error) {
    // In a folder that may not be written SQLite cannot make the index of the write-ahead log; without a log nobody writes, and none is needed.
    if (existsSync(`${file}-wal`)) throw error;
    const url = pathToFileURL(resolve(file));
    url.searchParams.set('immutable', '1');
    return new DatabaseSync(url, { readOnly: true });
  }
}

function guarded<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof HolterError) throw error;
    throw unreadable(folder, error instanceof Error ? error.message : 'it cannot be read', error);
  }
}

function unreadable(folder: string, why: string, cause?: unknown): HolterError {
  return new HolterError('store_unreadable', `the data folder ${folder} cannot be read: ${why}`, { retryable: false, cause });
}

function versionWords(version: number): string {
  if (version > migrations.length)
    return `its store has schema version ${version}, this Holter knows ${migrations.length}: use the newer Holter`;
  return `its store has schema version ${version}, this Holter works with ${migrations.length}: start the daemon once, it brings it up to date`;
}
