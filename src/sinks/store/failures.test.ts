// Whatever happens to the file: told, never fatal, and nothing owed is lost.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../tests/support/peers.ts';
import { endpoint, failed, incidentEvent, noon, ok, owedAlert, storeOptions } from '../../../tests/support/store-samples.ts';
import type { Store } from './contract.ts';
import { openDatabase } from './sqlite.ts';
import { openStore } from './store.ts';

let folder: ReturnType<typeof temporaryFolder>;
let world: ReturnType<typeof storeOptions>;
let stores: Store[] = [];

beforeEach(() => {
  folder = temporaryFolder('store');
  world = storeOptions();
  stores = [];
});
afterEach(() => {
  for (const store of stores) store.close();
  folder.remove();
});

function open(opener = openDatabase, path = folder.path): Store {
  const store = openStore(path, world.options, opener);
  stores.push(store);
  return store;
}

const file = () => join(folder.path, 'holter.db');
const change = (name: string) => ({ incidentEvents: [incidentEvent(name, 1)], alerts: [owedAlert(name, 1)] });
const owed = (store: Store) => store.outbox.pending('hook', 1000).map(({ alert }) => alert.key);

/** A later second, in which a lost file is opened again. */
function later(store: Store): void {
  world.clock.now += 6000;
  store.flush();
}

/** Opens with room for `pages` pages; the function given back gives more. */
function smallDisk(pages: number) {
  let main: DatabaseSync | undefined;
  const opener = (path: string) => {
    const db = openDatabase(path);
    if (path !== file()) return db;
    main = db;
    db.exec(`PRAGMA max_page_count = ${pages}`);
    return db;
  };
  return { opener, grow: () => main?.exec('PRAGMA max_page_count = 100000') };
}

test('a full disk: probing goes on, pages go out, nothing owed is lost, the oldest quiet results are given up by count', () => {
  const disk = smallDisk(60);
  const store = open(disk.opener);
  for (let n = 0; n < 20_000 && store.health().ok; n += 1) {
    store.quiet(failed(noon + n));
    if (n % 1000 === 999) store.flush();
  }
  expect(store.health()).toMatchObject({ ok: false, code: 'full', problem: 'the disk of the data folder is full' });
  expect(store.transition(change('a'))).toBe(false);
  expect(store.transition(change('b'))).toBe(false);
  expect(owed(store)).toEqual(['a', 'b']);
  expect(
    store
      .incidents({ limit: 10 })
      .incidents.map(({ key }) => key)
      .toSorted(),
  ).toEqual(['a', 'b']);
  const [first] = store.outbox.pending('hook', 1);
  store.outbox.settle(first?.row ?? 0, 'delivered', noon, { standing: true });
  for (let n = 0; n < 60_000; n += 1) store.quiet(ok(noon + 100_000 + n));
  const { waiting, lost } = store.figures();
  expect(waiting).toBeLessThanOrEqual(50_000);
  expect(lost).toBeGreaterThan(10_000);
  expect(lost % 5000).toBe(0);

  disk.grow();
  for (let n = 0; n < 15; n += 1) later(store);
  expect(store.health()).toEqual({ ok: true });
  expect(store.figures()).toMatchObject({ waiting: 0, waitingFacts: 0, writable: true });
  expect(world.lines).toEqual(['the store is unwell; history waits in memory, alerts go out', 'the store is well again']);
  store.close();
  const again = open();
  expect(owed(again)).toEqual(['b']);
  expect(again.outbox.standing('hook').map(({ key }) => key)).toEqual(['a']);
  expect(again.load([endpoint]).openIncidents).toHaveLength(2);
});

test('an alert settled in memory while the disk was full is not owed again when the file is back', () => {
  const disk = smallDisk(60);
  const store = open(disk.opener);
  store.transition(change('a'));
  for (let n = 0; n < 20_000 && store.health().ok; n += 1) {
    store.quiet(failed(noon + n));
    if (n % 1000 === 999) store.flush();
  }
  store.outbox.settle(store.outbox.pending('hook', 1)[0]?.row ?? 0, 'delivered', noon);
  disk.grow();
  for (let n = 0; n < 5; n += 1) later(store);
  store.close();
  expect(owed(open())).toEqual([]);
});

test('a file that another process holds locked: what came in the meantime is written when it lets go', () => {
  const store = open();
  const other = new DatabaseSync(file());
  other.exec('BEGIN IMMEDIATE');
  store.quiet(ok(noon));
  expect(store.transition(change('a'))).toBe(false);
  expect(store.health()).toMatchObject({ ok: false, code: 'locked' });
  expect(owed(store)).toEqual(['a']);
  other.exec('ROLLBACK');
  other.close();
  store.flush();
  expect(store.health()).toEqual({ ok: true });
  expect(store.transition(change('b'))).toBe(true);
  store.close();
  const again = open();
  expect(owed(again)).toEqual(['a', 'b']);
  expect(again.results({ endpoint, since: 0, limit: 10 })).toHaveLength(1);
});

test('a file that is no database is moved aside and a new one begun', () => {
  writeFileSync(file(), 'this is no database'.repeat(1000));
  const store = open();
  expect(store.transition(change('a')) || store.health().ok).toBe(false);
  later(store);
  expect(store.health()).toEqual({ ok: true });
  expect(world.lines).toContain('the store was corrupt: moved aside, a new one is begun');
  const aside = readdirSync(folder.path).filter((name) => name.includes('.corrupt-'));
  expect(aside).toEqual(['holter.db.corrupt-20260601T120000Z']);
  expect(readFileSync(join(folder.path, aside[0] ?? ''), 'utf8')).toContain('this is no database');
  store.close();
  expect(owed(open())).toEqual(['a']);
});

test('a file that breaks while it is used: what is owed, stands or is open goes into the new one', () => {
  const store = open();
  for (let n = 0; n < 5000; n += 1) store.quiet(failed(noon + n * 1000));
  store.transition(change('a'));
  store.transition({ ...change('b'), alerts: [owedAlert('b', 1)] });
  store.outbox.settle(store.outbox.pending('hook', 1)[0]?.row ?? 0, 'delivered', noon, { standing: true });
  // Another connection's write makes ours forget its pages; then the pages on disk are overwritten.
  const other = new DatabaseSync(file());
  other.exec("INSERT INTO meta VALUES ('x', 'y'); PRAGMA wal_checkpoint(TRUNCATE)");
  other.close();
  const size = statSync(file()).size;
  writeFileSync(file(), Buffer.concat([readFileSync(file()).subarray(0, 4096), Buffer.alloc(size - 4096, 0xaa)]));
  store.results({ endpoint, since: 0, limit: 10 });
  expect(store.health()).toMatchObject({ ok: false, code: 'corrupt' });
  later(store);
  expect(store.health()).toEqual({ ok: true });
  store.close();
  const again = open();
  expect(owed(again)).toEqual(['b']);
  expect(again.outbox.standing('hook').map(({ key }) => key)).toEqual(['a']);
  expect(again.load([endpoint]).openIncidents.map(({ key }) => key)).toEqual(['a', 'b']);
});

test('a file found broken at the start: what can still be read goes into the new one', () => {
  const first = open();
  for (const name of ['a', 'b', 'c']) first.transition(change(name));
  first.saveStates([{ endpoint, fingerprint: 'f', at: noon, state: 'learned' }]);
  first.close();
  const vandal = new DatabaseSync(file());
  vandal.exec("UPDATE outbox SET alert = '{broken' WHERE id LIKE 'b@%'");
  vandal.close();
  const store = open();
  later(store);
  expect(store.health()).toEqual({ ok: true });
  store.close();
  const again = open();
  expect(owed(again)).toEqual(['a', 'c']);
  expect(again.load([endpoint])).toMatchObject({
    states: [{ state: 'learned' }],
    openIncidents: [{ key: 'a' }, { key: 'b' }, { key: 'c' }],
  });
});

test('a file that is removed while it is used is told and made anew, with all that is owed', () => {
  const store = open();
  store.transition(change('a'));
  rmSync(folder.path, { recursive: true });
  store.flush();
  expect(world.lines[0]).toBe('the store is unwell; history waits in memory, alerts go out');
  later(store);
  expect(store.health()).toEqual({ ok: true });
  expect(store.transition(change('b'))).toBe(true);
  expect(() => open()).toThrow(expect.objectContaining({ code: 'store_in_use' }));
  store.close();
  const again = open();
  expect(owed(again)).toEqual(['a', 'b']);
  expect(again.load([endpoint]).openIncidents).toHaveLength(2);
});

test('a folder that is a file: everything works from memory, and from the file once there can be one', () => {
  const path = join(folder.path, 'data');
  writeFileSync(path, '');
  const store = open(openDatabase, path);
  expect(store.health()).toMatchObject({ ok: false, code: 'unreadable' });
  store.quiet(ok(noon));
  expect(store.transition(change('a'))).toBe(false);
  store.flush();
  expect(owed(store)).toEqual(['a']);
  expect(store.results({ endpoint, since: 0, limit: 10 })).toHaveLength(1);
  expect(store.load([endpoint]).openIncidents).toHaveLength(1);
  rmSync(path);
  later(store);
  expect(store.health()).toEqual({ ok: true });
  store.close();
  expect(owed(open(openDatabase, path))).toEqual(['a']);
});

test('what an older file still owes goes first when the file comes back', () => {
  const first = open();
  first.transition(change('a'));
  first.close();
  let ill = true;
  const store = open((path) => {
    if (ill) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    return openDatabase(path);
  });
  expect(store.health()).toMatchObject({ code: 'full' });
  store.transition(change('b'));
  // A replay: the file knows it as owed, memory cannot know that yet.
  store.transition(change('a'));
  ill = false;
  later(store);
  later(store);
  expect(owed(store).toSorted()).toEqual(['a', 'b']);
  for (const { row } of store.outbox.pending('hook', 10)) store.outbox.settle(row, 'delivered', noon);
  store.close();
  expect(owed(open())).toEqual([]);
});

test('endpoints that first appear while the disk is full are found again by name', () => {
  const disk = smallDisk(60);
  const store = open(disk.opener);
  const names = Array.from({ length: 200 }, (_, i) => `service/e${i}`);
  for (const [i, name] of names.entries()) {
    for (let n = 0; n < 20; n += 1) store.quiet(failed(noon + i * 100 + n, 'reset', name));
    store.flush();
  }
  expect(store.health()).toMatchObject({ code: 'full' });
  disk.grow();
  for (let n = 0; n < 5; n += 1) later(store);
  store.close();
  const again = open();
  expect(names.filter((name) => again.results({ endpoint: name, since: 0, limit: 100 }).length !== 20)).toEqual([]);
});

interface Ran {
  readonly said: ReadonlyMap<string, string>;
  readonly status: number | null;
}

/** Runs the writer to its end; gives the last value it told of each word. */
async function run(command: string, args: readonly string[]): Promise<Ran> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { said: new Map(text.split('\n').map((line) => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? ''])), status };
}

const writer = join(import.meta.dirname, '../../../tests/support/store-writer.ts');

test('a process whose files may not grow (ulimit) lives on, says so, and still owes its alert', async () => {
  const script = `ulimit -f 400; exec "${process.execPath}" "${writer}" starve "${folder.path}"`;
  const { said, status } = await run('bash', ['-c', script]);
  expect(status).toBe(0);
  expect(Object.fromEntries(said)).toMatchObject({
    transition: 'false',
    owed: '1',
    health: expect.stringMatching(/full|failed/) as string,
  });
});

test('a folder that may not be written is told, and the alert is owed from memory', async () => {
  chmodSync(folder.path, 0o755);
  const data = join(folder.path, 'data');
  mkdirSync(data, { mode: 0o555 });
  const { said, status } = await run(process.execPath, [writer, 'denied', data]);
  expect(status).toBe(0);
  expect(Object.fromEntries(said)).toMatchObject({ transition: 'false', owed: '1', health: 'unreadable' });
});
