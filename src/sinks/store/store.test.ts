// What the store promises while all is well.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Outbox } from '#sinks/receivers/contract.ts';
import { temporaryFolder } from '../../../tests/support/peers.ts';
import { endpoint, failed, incidentEvent, noon, ok, owedAlert, storeOptions } from '../../../tests/support/store-samples.ts';
import type { Store } from './contract.ts';
import { openStore } from './store.ts';

let folder: ReturnType<typeof temporaryFolder>;
let world: ReturnType<typeof storeOptions>;
let store: Store;

beforeEach(() => {
  folder = temporaryFolder('store');
  world = storeOptions();
  store = openStore(folder.path, world.options);
});
afterEach(() => {
  store.close();
  folder.remove();
});

function reopen(): void {
  store.close();
  store = openStore(folder.path, world.options);
}

const hour = 3_600_000;

test('a result reads back as it was, to the microsecond; of a success without phases, facts and notes', () => {
  const records = [failed(noon - 20_000, 'timeout'), ok(noon - 10_000), { ...failed(noon), counted: false, maintenance: true }];
  for (const record of records) store.quiet(record);
  const query = { endpoint, since: 0, limit: 10 };
  expect(store.results(query)).toEqual(records);
  store.flush();
  expect(store.results(query)).toEqual(records);
  reopen();
  expect(store.results(query)).toEqual(records);
});

test('results come oldest first, the newest within the limit, between both ends, over hours and gaps', () => {
  const times = Array.from({ length: 300 }, (_, i) => noon - 20 * hour + i * 200_000);
  for (const at of times) store.quiet(ok(at));
  store.quiet(ok(noon - 5 * hour, 'other/one'));
  store.flush();
  const found = (query: { since: number; until?: number; limit: number }) =>
    store.results({ endpoint, ...query }).map(({ result }) => result.scheduledAt);
  expect(found({ since: 0, limit: 1000 })).toEqual(times);
  expect(found({ since: 0, limit: 7 })).toEqual(times.slice(-7));
  expect(found({ since: times[10] ?? 0, until: times[20] ?? 0, limit: 1000 })).toEqual(times.slice(10, 21));
  expect(found({ since: times[10] ?? 0, until: times[20] ?? 0, limit: 3 })).toEqual(times.slice(18, 21));
  expect(store.results({ endpoint: 'unknown', since: 0, limit: 5 })).toEqual([]);
});

test('hourly sums keep apart what counted, failed, was in maintenance or missing', () => {
  for (const record of [ok(noon), failed(noon + 1), failed(noon + 2, 'dns'), failed(noon + 3), failed(noon + 4, 'internal')])
    store.quiet(record);
  store.flush();
  store.quiet({ ...failed(noon + 5), maintenance: true, counted: false });
  store.quiet({ ...ok(noon + 6), counted: false });
  store.quiet(ok(noon + hour));
  store.flush();
  const first = { hour: noon, probes: 4, failures: 3, reasons: { reset: 2, dns: 1 }, maintenance: 1, missing: 2, duration: 4 * 12.345 };
  const second = { hour: noon + hour, probes: 1, failures: 0, reasons: {}, maintenance: 0, missing: 0, duration: 12.345 };
  expect(store.hourly(endpoint, 0)).toEqual([first, second]);
  expect(store.hourly(endpoint, noon + hour)).toEqual([second]);
  expect(store.hourly(endpoint, 0, noon)).toEqual([first]);
  expect(store.hourly('unknown', 0)).toEqual([]);
});

test('a result that comes twice (a replay) is kept and counted once', () => {
  store.quiet(failed(noon));
  store.flush();
  store.quiet(failed(noon));
  store.flush();
  expect(store.results({ endpoint, since: 0, limit: 10 })).toHaveLength(1);
  expect(store.hourly(endpoint, 0)[0]).toMatchObject({ probes: 1, failures: 1 });
});

test('a transition is whole on disk when it returns, with the quiet results before it', () => {
  store.quiet(ok(noon - 1));
  const state = { endpoint, fingerprint: 'f', at: noon, state: '{"v":1}' };
  const change = {
    results: [failed(noon)],
    incidentEvents: [incidentEvent('k', 1)],
    alerts: [owedAlert('k', 1, ['a', 'b'])],
    states: [state],
  };
  expect(store.transition(change)).toBe(true);
  const reader = new DatabaseSync(join(folder.path, 'holter.db'), { readOnly: true });
  const count = (table: string) => reader.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'];
  expect(['result', 'incident', 'incident_event', 'outbox', 'state'].map(count)).toEqual([2, 1, 1, 2, 1]);
  reader.close();
});

test('a start gets states, open incidents and the results after each state, in order', () => {
  const other = 'other/one';
  const gone = { endpoint: 'gone/one', fingerprint: 'f', at: noon, state: 'x' };
  const states = [{ endpoint, fingerprint: 'f', at: noon - 30_000, state: 'ehr' }, gone];
  for (let i = 0; i < 6; i += 1) {
    store.quiet(ok(noon - 60_000 + i * 10_000));
    store.quiet(failed(noon - 59_000 + i * 10_000, 'dns', other));
  }
  store.saveStates(states);
  store.transition({ incidentEvents: [incidentEvent('open', 1), incidentEvent('over', 1), incidentEvent('over', 2, 'resolved')] });
  reopen();
  const loaded = store.load([endpoint, other]);
  expect(loaded.states).toEqual(states.slice(0, 1));
  expect(loaded.openIncidents.map(({ id }) => id)).toEqual(['open@1']);
  const replay = loaded.replay.map(({ result }) => [result.endpoint, result.scheduledAt - noon]);
  expect(replay).toEqual([
    [other, -59_000],
    [other, -49_000],
    [other, -39_000],
    [other, -29_000],
    [endpoint, -20_000],
    [other, -19_000],
    [endpoint, -10_000],
    [other, -9000],
  ]);
});

test('of an endpoint that the plan lost, the state is given while its incident is open, and no results', () => {
  const state = { endpoint, fingerprint: 'f', at: noon, state: '{}' };
  store.transition({
    results: [ok(noon + 1000)],
    incidentEvents: [incidentEvent('a', 1)],
    states: [state, { ...state, endpoint: 'other/one' }],
  });
  store.flush();
  reopen();
  expect(store.load(['lab/hl7'])).toMatchObject({ states: [state], openIncidents: [{ key: 'a' }], replay: [] });
  store.transition({ incidentEvents: [incidentEvent('a', 2, 'resolved')] });
  reopen();
  expect(store.load(['lab/hl7'])).toEqual({ states: [], openIncidents: [], replay: [] });
});

test('a replayed transition changes nothing: no event, no alert twice, delivered ones included', () => {
  const change = { incidentEvents: [incidentEvent('k', 1)], alerts: [owedAlert('k', 1, ['a', 'b'])] };
  store.transition(change);
  const row = store.outbox.pending('a', 1)[0];
  store.outbox.settle(row?.row ?? 0, 'delivered', noon);
  reopen();
  expect(store.transition(change)).toBe(true);
  expect(store.outbox.pending('a', 10)).toEqual([]);
  expect(store.outbox.pending('b', 10)).toHaveLength(1);
  expect(store.course('k@1')).toHaveLength(1);
});

test('the outbox keeps order, attempts and waits over a restart, and says how much is owed since when', () => {
  const outbox: Outbox = store.outbox;
  store.transition({ alerts: [owedAlert('k', 1), owedAlert('k', 2)] });
  world.clock.now += 5000;
  store.transition({ alerts: [owedAlert('l', 1)] });
  outbox.postpone(outbox.pending('hook', 1)[0]?.row ?? 0, noon + 9000);
  store.flush();
  reopen();
  expect(store.outbox.pending('hook', 10).map(({ alert, attempts, notBefore }) => [alert.id, attempts, notBefore])).toEqual([
    ['k@1#1', 1, noon + 9000],
    ['k@1#2', 0, 0],
    ['l@1#1', 0, 0],
  ]);
  expect(store.outbox.pending('hook', 1)[0]?.alert).toEqual(owedAlert('k', 1));
  expect(store.outbox.backlog()).toEqual([{ receiver: 'hook', length: 3, oldest: noon }]);
});

test('what a receiver was last told of an incident stands, under the labels of the first notice, until dismissed', () => {
  store.transition({ alerts: [owedAlert('k', 1), owedAlert('k', 2), owedAlert('l', 1)] });
  for (const row of store.outbox.pending('hook', 10)) store.outbox.settle(row.row, 'delivered', noon, { standing: true });
  reopen();
  expect(store.outbox.standing('hook').map(({ id, labels }) => [id, labels['n']])).toEqual([
    ['k@1#2', '1'],
    ['l@1#1', '1'],
  ]);
  store.outbox.dismiss('hook', 'k');
  store.flush();
  reopen();
  expect(store.outbox.standing('hook').map(({ key }) => key)).toEqual(['l']);
});

test('incidents are listed newest first, by page, state and endpoint', () => {
  for (let i = 0; i < 5; i += 1) store.transition({ incidentEvents: [incidentEvent(`k${i}`, 1, 'opened', noon + i)] });
  store.transition({ incidentEvents: [incidentEvent('k1', 2, 'resolved', noon + 1)] });
  const first = store.incidents({ limit: 2 });
  expect(first.incidents.map(({ key }) => key)).toEqual(['k4', 'k3']);
  const second = store.incidents({ limit: 2, cursor: first.next ?? '' });
  expect(second.incidents.map(({ key }) => key)).toEqual(['k2', 'k1']);
  const last = store.incidents({ limit: 2, cursor: second.next ?? '' });
  expect(last).toMatchObject({ incidents: [{ key: 'k0' }] });
  expect(last.next).toBeUndefined();
  expect(store.incidents({ limit: 10, state: 'resolved' }).incidents.map(({ key }) => key)).toEqual(['k1']);
  expect(store.incidents({ limit: 10, endpoint: 'other' }).incidents).toEqual([]);
  expect(store.incidents({ limit: 10, cursor: 'nonsense' }).incidents).toHaveLength(5);
  expect(store.course('k1@1').map(({ kind }) => kind)).toEqual(['opened', 'resolved']);
  expect(store.incident('k1@1')?.state).toBe('resolved');
  expect(store.incident('none')).toBeUndefined();
});

test('old results, sums and incidents go in bites, what is owed stays', () => {
  for (let i = 0; i < 1200; i += 1) store.quiet(ok(noon + i * 1000));
  store.transition({
    incidentEvents: [incidentEvent('over', 1), incidentEvent('over', 2, 'resolved'), incidentEvent('open', 1)],
    alerts: [owedAlert('k', 1)],
  });
  world.clock.now += 30 * 86_400_000 + 10_000_000;
  store.flush();
  expect(store.results({ endpoint, since: 0, limit: 10_000 })).toHaveLength(700);
  store.flush();
  store.flush();
  expect(store.results({ endpoint, since: 0, limit: 10_000 })).toEqual([]);
  expect(store.hourly(endpoint, 0)[0]?.probes).toBe(1200);
  world.clock.now += 730 * 86_400_000;
  store.flush();
  expect(store.hourly(endpoint, 0)).toEqual([]);
  expect(store.incidents({ limit: 10 }).incidents.map(({ key }) => key)).toEqual(['open']);
  expect(store.outbox.pending('hook', 10)).toHaveLength(1);
});

test('facts by name read back at once and after a restart', () => {
  store.setMeta('a', '1');
  store.setMeta('a', '2');
  expect(store.meta('a')).toBe('2');
  reopen();
  expect(store.meta('a')).toBe('2');
  expect(store.meta('b')).toBeUndefined();
});

test('a copy is made while the store is in use, whole or not at all', async () => {
  for (let i = 0; i < 5000; i += 1) store.quiet(ok(noon + i * 1000));
  const file = join(folder.path, 'copy.db');
  const copied = store.backup(file);
  store.transition({ alerts: [owedAlert('k', 1)] });
  await copied;
  const copy = new DatabaseSync(file, { readOnly: true });
  expect(copy.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  expect(copy.prepare('SELECT count(*) AS n FROM result').get()).toEqual({ n: 5000 });
  copy.close();
  await expect(store.backup(join(folder.path, 'none', 'copy.db'))).rejects.toMatchObject({ code: 'store_backup' });
  await expect(store.backup(join(folder.path, 'holter.db'))).rejects.toMatchObject({ code: 'store_backup' });
  expect(readdirSync(folder.path).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('a second store on the same folder is refused and told who has it', () => {
  expect(() => openStore(folder.path, world.options)).toThrow(
    expect.objectContaining({ code: 'store_in_use', message: expect.stringContaining(`process ${process.pid}`) as string }),
  );
  reopen();
  expect(store.health()).toEqual({ ok: true });
});

test('the figures are those of the file and of what waits', () => {
  store.quiet(ok(noon));
  expect(store.figures()).toMatchObject({ writable: true, waiting: 1, lost: 0, waitingFacts: 0, commits: 0, failedCommits: 0 });
  store.flush();
  expect(store.figures()).toMatchObject({ waiting: 0, commits: 1 });
  expect(store.figures().bytes).toBeGreaterThan(4096);
});
