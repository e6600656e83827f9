// SQLite as the store uses it: opened with a short rope, one transaction at a time, failures put into our own words.
import { DatabaseSync } from 'node:sqlite';
import type { StoreProblem } from './contract.ts';

/** Opens a database file, made if missing. An argument of the store, so that tests can hand in a sick one. */
export type OpenDatabase = (file: string) => DatabaseSync;

/** A busy file is never waited for: that would block the loop. The next flush tries again. */
export const openDatabase: OpenDatabase = (file) => new DatabaseSync(file, { timeout: 0 });

/**
 * WAL: a reader (backup, a person with sqlite3) never stops the writer, and a commit is one append.
 * 64 MB bound on the WAL that is left after a checkpoint, whatever a long reader made of it.
 */
export function configure(db: DatabaseSync): void {
  db.exec('PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;');
}

/**
 * Runs `work` in one transaction. In WAL mode every commit survives the end of the process (kill -9), with either setting.
 * `durable` asks for synchronous = FULL, one fsync, so that it survives a power cut too; else NORMAL: a power cut
 * may lose the last commits, never the file.
 */
export function transaction(db: DatabaseSync, durable: boolean, work: () => void): void {
  db.exec(durable ? 'PRAGMA synchronous = FULL' : 'PRAGMA synchronous = NORMAL');
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    // SQLite has rolled back by itself after some failures, a full disk among them.
    if (db.isOpen && db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** SQLite's primary result codes (sqlite.org/rescode.html) that an operator can do something about. */
const problems: Readonly<Record<number, StoreProblem>> = {
  3: 'unreadable',
  5: 'locked',
  6: 'locked',
  8: 'read_only',
  11: 'corrupt',
  13: 'full',
  14: 'unreadable',
  23: 'unreadable',
  26: 'corrupt',
};
const systemProblems: Readonly<Record<string, StoreProblem>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EROFS: 'read_only',
  EACCES: 'unreadable',
  EPERM: 'unreadable',
  EEXIST: 'unreadable',
  ENOTDIR: 'unreadable',
  EISDIR: 'unreadable',
  store_in_use: 'locked',
};

/** What an operator can do something about; text that is not the JSON that we wrote counts as corrupt. */
export function problemOf(error: unknown): StoreProblem {
  if (error instanceof SyntaxError) return 'corrupt';
  if (typeof error !== 'object' || error === null) return 'failed';
  const errcode = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined;
  if (errcode !== undefined) return problems[errcode & 0xff] ?? 'failed';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return systemProblems[code] ?? 'failed';
}

export const problemTexts: Readonly<Record<StoreProblem, string>> = {
  full: 'the disk of the data folder is full',
  read_only: 'the data folder is read-only',
  corrupt: 'the store was corrupt and has been moved aside',
  locked: 'another process holds the store locked',
  unreadable: 'the data folder or the store in it cannot be opened',
  removed: 'the store was removed while it was in use',
  failed: 'the store cannot be written',
};
