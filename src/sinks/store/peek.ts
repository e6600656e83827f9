// Looks into the store of a folder that another process may be using: takes no lock, makes no file, writes nothing.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openBeside } from './beside.ts';
import type { SavedState } from './contract.ts';
import { fileName } from './file.ts';
import { problemOf, problemTexts } from './sqlite.ts';
import { States } from './states.ts';

/** The saved states, none where there is no store yet; or in words why the store cannot be read. Never throws. */
export function peekStates(folder: string): { readonly states: readonly SavedState[] } | { readonly problem: string } {
  const file = join(folder, fileName);
  try {
    if (!isThere(file)) return { states: [] };
    const db = openBeside(file);
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

/** Throws where it may not be looked at. */
function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}
