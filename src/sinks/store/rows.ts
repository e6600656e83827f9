// Reads what can still be read of a table that is broken somewhere.
import type { StatementSync } from 'node:sqlite';

type Row = Record<string, unknown>;

/** Each row decoded. A row that cannot be read or decoded throws; with `lenient` it is left out, and what follows an unreadable page with it. */
export function decodeRows<T>(statement: StatementSync, decode: (row: Row) => T, lenient: boolean): T[] {
  if (!lenient) return statement.all().map(decode);
  const decoded: T[] = [];
  try {
    for (const row of statement.iterate()) decodeIfWhole(row, decode, decoded);
  } catch {
    // A broken page: what came before it is what there is.
  }
  return decoded;
}

function decodeIfWhole<T>(row: Row, decode: (row: Row) => T, decoded: T[]): void {
  try {
    decoded.push(decode(row));
  } catch {
    // Text that is not the JSON that we wrote.
  }
}
