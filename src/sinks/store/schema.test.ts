// Migrations: forward, in one piece, after a copy.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../tests/support/peers.ts';
import { owedAlert, storeOptions } from '../../../tests/support/store-samples.ts';
import { migrate, migrations } from './schema.ts';
import { openStore } from './store.ts';

let folder: ReturnType<typeof temporaryFolder>;
let db: DatabaseSync;
beforeEach(() => {
  folder = temporaryFolder('schema');
  db = new DatabaseSync(join(folder.path, 'holter.db'));
});
afterEach(() => {
  if (db.isOpen) db.close();
  folder.remove();
});

const version = () => db.prepare('PRAGMA user_version').get()?.['user_version'];
const steps = ['CREATE TABLE a (x)', 'ALTER TABLE a ADD COLUMN y', 'ALTER TABLE a ADD COLUMN z'];

test('an older file goes through the steps that it lacks, after a copy; a new one needs no copy', () => {
  const copies: number[] = [];
  migrate(db, (from) => copies.push(from), steps.slice(0, 1));
  expect([version(), copies]).toEqual([1, []]);
  migrate(db, (from) => copies.push(from), steps);
  expect([version(), copies]).toEqual([3, [1]]);
  migrate(db, (from) => copies.push(from), steps);
  expect(copies).toEqual([1]);
  db.exec('INSERT INTO a (x, y, z) VALUES (1, 2, 3)');
});

test('a step that fails leaves the file as it was', () => {
  migrate(db, () => undefined, steps.slice(0, 1));
  expect(() => migrate(db, () => undefined, [...steps, 'CREATE NONSENSE'])).toThrow();
  expect(version()).toBe(1);
  expect(() => db.exec('INSERT INTO a (y) VALUES (1)')).toThrow();
});

test('a copy that fails stops the migration', () => {
  migrate(db, () => undefined, steps.slice(0, 1));
  expect(() => migrate(db, noSpace, steps)).toThrow('no space');
  expect(version()).toBe(1);
});

test('a file of a newer Holter is refused and left alone', () => {
  db.exec(`PRAGMA user_version = ${migrations.length + 1}`);
  db.close();
  expect(() => openStore(folder.path, storeOptions().options)).toThrow(expect.objectContaining({ code: 'store_newer' }));
  db = new DatabaseSync(join(folder.path, 'holter.db'));
  expect(version()).toBe(migrations.length + 1);
});

test('the tables of today hold a record, and nothing is copied where nothing is old', () => {
  db.close();
  const store = openStore(folder.path, storeOptions().options);
  expect(store.transition({ alerts: [owedAlert('k', 1)] })).toBe(true);
  store.close();
  expect(existsSync(join(folder.path, 'holter.db.v1'))).toBe(false);
});

function noSpace(): never {
  throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
}
