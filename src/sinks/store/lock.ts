// One process a folder: a lock of the kernel's that ends with its process, however that ends.
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { HolterError } from '#model/error.ts';
import { type OpenDatabase, problemOf } from './sqlite.ts';

/**
 * Takes the folder for this process until the lock given back is closed. The lock is an open write transaction on a small
 * database of its own, so that `holter.db` itself stays readable for backups and people.
 * Throws HolterError `store_in_use`; other failures come through as they are.
 */
export function lockFolder(folder: string, open: OpenDatabase): DatabaseSync {
  const lock = open(join(folder, 'holter.lock'));
  try {
    hold(lock, process.pid);
    return lock;
  } catch (error) {
    const owner = problemOf(error) === 'locked' ? ownerOf(lock) : undefined;
    lock.close();
    if (owner === undefined) throw error;
    const who = owner > 0 ? ` (process ${owner})` : '';
    throw new HolterError('store_in_use', `another Holter${who} uses the data folder ${folder}`, { retryable: true, cause: error });
  }
}

/** Leaves our process id for the second one to name; without it (a full disk) the lock still holds. */
function hold(lock: DatabaseSync, pid: number): void {
  lock.exec('PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE');
  try {
    lock.exec(`PRAGMA user_version = ${pid}; COMMIT`);
  } catch {
    // Could not be written: only the name is lost.
    if (lock.isTransaction) lock.exec('ROLLBACK');
  }
  if (!lock.isTransaction) lock.exec('BEGIN IMMEDIATE');
}

function ownerOf(lock: DatabaseSync): number {
  try {
    return Number(lock.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  } catch {
    // Locked for reading too, for the moment in which the owner writes its id.
    return 0;
  }
}
