// Looking into a store without taking it.
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../tests/support/peers.ts';
import { endpoint, failed, incidentEvent, noon, ok, storeOptions } from '../../../tests/support/store-samples.ts';
import { openReader } from './reader.ts';
import { openStore } from './store.ts';

let folder: ReturnType<typeof temporaryFolder>;
const query = { endpoint, since: 0, limit: 10 };
const state = { endpoint, fingerprint: 'a', at: 1, state: '{}' };

beforeEach(() => {
  folder = temporaryFolder('reader');
});
afterEach(() => folder.remove());

function filled() {
  const store = openStore(folder.path, storeOptions().options);
  store.transition({ results: [ok(noon), failed(noon + 1000)], incidentEvents: [incidentEvent('one', 1)], states: [state] });
  store.flush();
  return store;
}

test('reads what a daemon has written, while the daemon goes on to write', () => {
  const store = filled();
  const reader = openReader(folder.path, 'oakland');
  expect(reader.results(query)).toEqual(store.results(query));
  store.quiet(ok(noon + 2000));
  store.flush();
  expect(reader.results(query)).toHaveLength(3);
  expect(reader.incident('one@1')?.key).toBe('one');
  expect(reader.incidents({ limit: 5 }).incidents).toHaveLength(1);
  expect(reader.course('one@1').map(({ kind }) => kind)).toEqual(['opened']);
  expect(reader.states([endpoint, 'none'])).toEqual([state]);
  reader.close();
  store.close();
});

test('reads what a daemon has left, and keeps the next one from nothing', () => {
  filled().close();
  const reader = openReader(folder.path, 'oakland');
  expect(reader.results(query)).toHaveLength(2);
  const next = openStore(folder.path, storeOptions().options);
  expect(next.health()).toEqual({ ok: true });
  next.close();
  reader.close();
});

test('leaves nothing behind in the folder, and sees what a daemon that was killed left in the log', () => {
  filled().close();
  const before = readdirSync(folder.path);
  const reader = openReader(folder.path, 'oakland');
  expect(reader.results(query)).toHaveLength(2);
  reader.close();
  expect(readdirSync(folder.path)).toEqual(before);

  const store = openStore(folder.path, storeOptions().options);
  store.quiet(ok(noon + 3000));
  store.flush();
  const killed = temporaryFolder('killed');
  for (const name of ['holter.db', 'holter.db-wal']) copyFileSync(join(folder.path, name), join(killed.path, name));
  store.close();
  const after = openReader(killed.path, 'oakland');
  expect(after.results(query)).toHaveLength(3);
  after.close();
  killed.remove();
});

test('says what is wrong: no store, garbage, one of another version', () => {
  const refused = (words: RegExp): void => {
    expect(() => openReader(folder.path, 'oakland')).toThrow(
      expect.objectContaining({ code: 'store_unreadable', message: expect.stringMatching(words) as unknown }),
    );
  };
  refused(/there is no store in it; is this the data folder of the daemon\?/);
  const file = join(folder.path, 'holter.db');
  const db = new DatabaseSync(file);
  db.exec('PRAGMA user_version = 999');
  refused(/schema version 999, this Holter knows \d+: use the newer Holter/);
  db.exec('PRAGMA user_version = 0');
  db.close();
  refused(/start the daemon once/);
  rmSync(file);
  const text = new DatabaseSync(file);
  text.close();
  refused(/start the daemon once/);
});
