// The tables `outbox` and `standing`. Its methods throw what SQLite throws.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Alert } from '#model/alert.ts';
import type { EpochMs } from '#model/time.ts';
import type { OwedRow } from './contract.ts';
import { decodeRows } from './rows.ts';

export interface Settlement {
  readonly outcome: 'delivered' | 'refused';
  readonly at: EpochMs;
}

export type OwedFact = Omit<OwedRow, 'row'>;

/** What a receiver was last told of an incident. */
export interface Standing {
  readonly receiver: string;
  readonly key: string;
  readonly alert: Alert;
}

/** A row is named by alert id and receiver; a settled one stays a while, without its text, so that a replay finds it. */
export class OwedTables {
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #owed: StatementSync;
  readonly #stand: StatementSync;
  readonly #dismiss: StatementSync;
  readonly #standing: StatementSync;
  readonly #forget: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(`
      INSERT INTO outbox (id, receiver, event, created_at, attempts, not_before, settled_at, outcome, alert)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id, receiver) DO NOTHING`);
    this.#update = db.prepare(`
      UPDATE outbox SET attempts = ?1, not_before = ?2, settled_at = ?3, outcome = ?4, alert = iif(?3 IS NULL, alert, NULL)
      WHERE id = ?5 AND receiver = ?6`);
    this.#owed = db.prepare('SELECT receiver, created_at, attempts, not_before, alert FROM outbox WHERE settled_at IS NULL ORDER BY row');
    this.#stand = db.prepare('INSERT INTO standing VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET alert = excluded.alert');
    this.#dismiss = db.prepare('DELETE FROM standing WHERE receiver = ? AND key = ?');
    this.#standing = db.prepare('SELECT receiver, key, alert FROM standing ORDER BY rowid');
    this.#forget = db.prepare('DELETE FROM outbox WHERE row IN (SELECT row FROM outbox WHERE settled_at < ? ORDER BY settled_at LIMIT ?)');
  }

  /** False when the pair is there already. */
  insert(owed: OwedFact, settled: Settlement | undefined): boolean {
    const { alert } = owed;
    const text = settled === undefined ? JSON.stringify(alert) : null;
    const end = [settled?.at ?? null, settled?.outcome ?? null] as const;
    const done = this.#insert.run(alert.id, owed.receiver, alert.event, owed.createdAt, owed.attempts, owed.notBefore, ...end, text);
    return done.changes !== 0;
  }

  update(owed: OwedFact, settled: Settlement | undefined): void {
    this.#update.run(owed.attempts, owed.notBefore, settled?.at ?? null, settled?.outcome ?? null, owed.alert.id, owed.receiver);
  }

  /** In the order in which they came to be owed. */
  owed(lenient = false): OwedFact[] {
    return decodeRows(this.#owed, decodeOwed, lenient);
  }

  stand(receiver: string, key: string, alert: Alert | undefined): void {
    if (alert === undefined) this.#dismiss.run(receiver, key);
    else this.#stand.run(receiver, key, JSON.stringify(alert));
  }

  standing(lenient = false): Standing[] {
    return decodeRows(this.#standing, decodeStanding, lenient);
  }

  /** Deletes at most `rows` that were settled before `until`. Inside a transaction. */
  forget(until: EpochMs, rows: number): void {
    this.#forget.run(until, rows);
  }
}

function decodeOwed(row: Record<string, unknown>): OwedFact {
  return {
    receiver: String(row['receiver']),
    alert: parseAlert(row['alert']),
    attempts: Number(row['attempts']),
    notBefore: Number(row['not_before']),
    createdAt: Number(row['created_at']),
  };
}

function decodeStanding(row: Record<string, unknown>): Standing {
  return { receiver: String(row['receiver']), key: String(row['key']), alert: parseAlert(row['alert']) };
}

function parseAlert(text: unknown): Alert {
  // Our own JSON, written by `insert` and `stand`.
  return JSON.parse(String(text)) as Alert;
}
