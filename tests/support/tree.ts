// The files of the repository, for tests about the repository.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The checkout. */
export const root = join(import.meta.dirname, '../..');

const strangers = new Set(['node_modules', 'dist', 'coverage', 'data']);

/** Files below a folder of the repository whose name ends so, as paths from the root, sorted. Hidden and installed ones are left out. */
export function filesBelow(folder: string, end: string): readonly string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || strangers.has(entry.name)) continue;
    if (entry.isDirectory()) found.push(...filesBelow(path, end));
    else if (entry.name.endsWith(end)) found.push(relative('.', path));
  }
  return found.toSorted();
}

/** Folders in a folder of the repository, their bare names. */
export function foldersIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .toSorted();
}

export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
