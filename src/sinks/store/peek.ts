// Looks into the store of a folder that another process may be using: takes no lock, makes no file, writes nothing.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { SavedState } from './contract.ts';
import { fileName } from './file.ts';
import { problemOf, problemTexts } from './sqlite.ts';
import { States } from './states.ts';

/** A reader may wait this long for the moment in which another process recovers the log; nobody waits for it. */
const patience = 500;

/** The saved states, none where there is no store yet; or in words why the store cannot be read. Never throws. */
export function peekStates(folder: string): { readonly states: readonly SavedState[] } | { readonly problem: string } {
  const file = join(folder, fileName);
  try {
    if (!isThere(file)) return { states: [] };
    const db = new DatabaseSync(address(file), { readOnly: true, timeout: patience });
    try {
      return { states: new States(db).all(true) };
    } finally {
      db.close();
    }
  } catch (error) {
    const code = problemOf(error);
    return {
      problem: code === 'locked' || code === 'unreadable' ? problemTexts[code] : 'the store in it is damaged, or of another version',
    };
  }
}

/**
 * Without a log nobody has the file open: it is read as it lies there, for SQLite would else make a log and leave it behind
 * (sqlite.org/uri.html, immutable).
 */
function address(file: string): URL {
  const url = pathToFileURL(file);
  if (!isThere(`${file}-wal`)) url.searchParams.set('immutable', '1');
  return url;
}

/** Throws where it may not be looked at. */
function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}
