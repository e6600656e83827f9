// Opens a store's file for reading, beside a daemon that works on it or after one has ended: no lock, no new file, nothing written.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/** A reader may wait this long for the moment in which another process recovers or empties the log; nobody waits for it. */
const patienceMs = 1000;

/**
 * Without a write-ahead log nobody has the file open: it is read as it lies there, for else SQLite would leave a log and its index behind, perhaps as
 * another user than the daemon's (sqlite.org/uri.html, immutable). Throws what SQLite throws.
 */
export function openBeside(file: string): DatabaseSync {
  if (existsSync(`${file}-wal`)) return new DatabaseSync(file, { readOnly: true, timeout: patienceMs });
  const url = pathToFileURL(resolve(file));
  url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { readOnly: true });
}
