// Saved states of endpoints, and small facts by name. Its methods throw what SQLite throws.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EndpointId } from '#model/endpoint.ts';
import type { SavedState } from './contract.ts';
import { decodeRows } from './rows.ts';

/** The tables `state` and `meta`. */
export class States {
  readonly #save: StatementSync;
  readonly #all: StatementSync;
  readonly #one: StatementSync;
  readonly #getMeta: StatementSync;
  readonly #setMeta: StatementSync;

  constructor(db: DatabaseSync) {
    this.#save = db.prepare(`
      INSERT INTO state VALUES (?, ?, ?, ?) ON CONFLICT (endpoint) DO UPDATE SET
        fingerprint = excluded.fingerprint, at = excluded.at, text = excluded.text`);
    this.#all = db.prepare('SELECT endpoint, fingerprint, at, text FROM state');
    this.#one = db.prepare('SELECT endpoint, fingerprint, at, text FROM state WHERE endpoint = ?');
    this.#getMeta = db.prepare('SELECT value FROM meta WHERE key = ?');
    this.#setMeta = db.prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value');
  }

  /** Inside a transaction. */
  write(states: Iterable<SavedState>): void {
    for (const { endpoint, fingerprint, at, state } of states) this.#save.run(endpoint, fingerprint, at, state);
  }

  all(lenient = false): readonly SavedState[] {
    return decodeRows(this.#all, decodeState, lenient);
  }

  /** Undefined where none was saved under this name. */
  one(endpoint: EndpointId): SavedState | undefined {
    const row = this.#one.get(endpoint);
    return row === undefined ? undefined : decodeState(row);
  }

  meta(key: string): string | undefined {
    const value = this.#getMeta.get(key)?.['value'];
    return typeof value === 'string' ? value : undefined;
  }

  setMeta(key: string, value: string): void {
    this.#setMeta.run(key, value);
  }
}

function decodeState(row: Record<string, unknown>): SavedState {
  return {
    endpoint: String(row['endpoint']),
    fingerprint: String(row['fingerprint']),
    at: Number(row['at']),
    state: String(row['text']),
  };
}
