// A copy of the store while it runs.
import { rename, rm } from 'node:fs/promises';
import { backup, type DatabaseSync } from 'node:sqlite';
import { HolterError } from '#model/error.ts';
import { problemOf, problemTexts } from './sqlite.ts';

/** Pages a step: 2 MB, a few milliseconds; between steps the loop is free. */
const pagesPerStep = 500;

/** The copy appears whole under its name or not at all. Throws HolterError `store_backup`. */
export async function copyStore(db: DatabaseSync, file: string): Promise<void> {
  const part = `${file}.part`;
  try {
    await rm(part, { force: true });
    await backup(db, part, { rate: pagesPerStep });
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    throw backupError(problemTexts[problemOf(cause)], cause);
  }
}

export function backupError(why: string, cause?: unknown): HolterError {
  return new HolterError('store_backup', `the store could not be copied: ${why}`, { retryable: true, cause });
}
