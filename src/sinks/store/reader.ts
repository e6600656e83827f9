// The store to be read and not written: beside a daemon that works on it, or after one has ended. Takes no lock and makes no file.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { EndpointId } from '#model/endpoint.ts';
import { HolterError } from '#model/error.ts';
import type { Incident } from '#model/incident.ts';
import type { EpochMs } from '#model/time.ts';
import { openBeside } from './beside.ts';
import type { CourseEvent, IncidentPage, IncidentQuery, ResultQuery, ResultRecord, SavedState } from './contract.ts';
import { fileName } from './file.ts';
import { History } from './history.ts';
import { Incidents } from './incidents.ts';
import { Outcomes, type StoredOutcome, type StoredRange } from './outcomes.ts';
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
  /** Undefined where there is no result. */
  range(): StoredRange | undefined;
  /** Results of all endpoints from `since` to `until`, both inclusive. Of one endpoint they come in order. */
  outcomes(since: EpochMs, until: EpochMs): Generator<StoredOutcome>;
  close(): void;
}

/** Whether there is a store in `folder`; false also where it may not be looked into. */
export function hasStore(folder: string): boolean {
  return existsSync(join(folder, fileName));
}

/** Opens the store in `folder`. Throws HolterError `store_unreadable` where there is none, or one that this Holter cannot read. */
export function openReader(folder: string, vantage: string): StoreReader {
  if (!hasStore(folder)) throw unreadable(folder, 'there is no store in it; is this the data folder of the daemon?');
  const db = guarded(folder, () => openBeside(join(folder, fileName)));
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
  readonly #outcomes: Outcomes;

  constructor(db: DatabaseSync, folder: string, vantage: string) {
    this.#db = db;
    this.#folder = folder;
    this.#history = guarded(folder, () => new History(db, vantage));
    this.#incidents = guarded(folder, () => new Incidents(db));
    this.#states = guarded(folder, () => new States(db));
    this.#outcomes = guarded(folder, () => new Outcomes(db));
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
    return guarded(this.#folder, () => ids.flatMap((id) => this.#states.one(id) ?? []));
  }

  range(): StoredRange | undefined {
    return guarded(this.#folder, () => this.#outcomes.range());
  }

  *outcomes(since: EpochMs, until: EpochMs): Generator<StoredOutcome> {
    try {
      yield* this.#outcomes.read(since, until);
    } catch (error) {
      throw unreadable(this.#folder, error instanceof Error ? error.message : 'it cannot be read', error);
    }
  }

  close(): void {
    this.#db.close();
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
