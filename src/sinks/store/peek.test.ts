// What another process may see of a store, and leaves as it was.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../tests/support/peers.ts';
import { storeOptions } from '../../../tests/support/store-samples.ts';
import { peekStates } from './peek.ts';
import { openStore } from './store.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('peek');
});
afterEach(() => folder.remove());

const saved = (endpoint: string) => ({ endpoint, fingerprint: 'f', at: 7, state: `{"of":"${endpoint}"}` });
const files = () => readdirSync(folder.path).toSorted();
const open = () => openStore(folder.path, storeOptions().options);

test('states are read while another process writes, which goes on undisturbed', () => {
  const store = open();
  store.saveStates([saved('a/b')]);
  store.flush();
  const before = files();
  expect(peekStates(folder.path)).toEqual({ states: [saved('a/b')] });
  store.saveStates([saved('c/d')]);
  store.flush();
  expect(store.health()).toEqual({ ok: true });
  expect(peekStates(folder.path)).toEqual({ states: [saved('a/b'), saved('c/d')] });
  expect(files()).toEqual(before);
  store.close();
});

test('of a store that nobody uses nothing changes, and no file is made', () => {
  const store = open();
  store.saveStates([saved('a/b')]);
  store.close();
  const [before, content] = [files(), readFileSync(join(folder.path, 'holter.db'))];
  expect(peekStates(folder.path)).toEqual({ states: [saved('a/b')] });
  expect(files()).toEqual(before);
  expect(readFileSync(join(folder.path, 'holter.db')).equals(content)).toBe(true);
});

test('what a process that was killed left in its log is read too', () => {
  const store = open();
  store.saveStates([saved('a/b')]);
  store.flush();
  const copy = join(folder.path, 'copy');
  mkdirSync(copy);
  for (const name of ['holter.db', 'holter.db-wal']) copyFileSync(join(folder.path, name), join(copy, name));
  store.close();
  expect(peekStates(copy)).toEqual({ states: [saved('a/b')] });
});

test('without a store there are no states, and the folder is not made', () => {
  expect(peekStates(join(folder.path, 'none'))).toEqual({ states: [] });
  expect(files()).toEqual([]);
});

test('a file that is no store is told of in words', () => {
  writeFileSync(join(folder.path, 'holter.db'), 'not a database, whatever its name says, for as long as a page is');
  expect(peekStates(folder.path)).toEqual({ problem: 'the store in it is damaged, or of another version' });
  mkdirSync(join(folder.path, 'odd', 'holter.db'), { recursive: true });
  expect(peekStates(join(folder.path, 'odd'))).toMatchObject({ problem: expect.stringMatching(/\w/) as string });
});
