// What the pipeline carries from one life of the daemon to the next: engine and store together, while plans and clocks change in between.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Event } from '#model/event.ts';
import type { Plan } from '#model/plan.ts';
import { openStore } from '#sinks/store/store.ts';
import { temporaryFolder } from '../../tests/support/peers.ts';
import { planOf } from '../../tests/support/plan.ts';
import { epoch, failResult, okResult } from '../../tests/support/results.ts';
import { storeOptions } from '../../tests/support/store-samples.ts';
import { startDaemon } from './daemon.ts';
import { createPipeline } from './pipeline.ts';

const id = 'ehr/fhir';
const whole = planOf(
  [
    { service: 'ehr', name: 'fhir' },
    { service: 'lab', name: 'hl7' },
  ],
  { receivers: [{ name: 'log', kind: 'log', options: {} }] },
);
const without: Plan = { ...whole, endpoints: whole.endpoints.slice(1) };

let folder: ReturnType<typeof temporaryFolder>;
let now: number;

beforeEach(() => {
  folder = temporaryFolder('lives');
  now = epoch;
});
afterEach(() => folder.remove());

/** One life: it starts at `now` and ends at `kill`, without a last word to the store. */
function life(plan: Plan) {
  const world = storeOptions(now);
  const store = openStore(folder.path, world.options);
  const events: Event[] = [];
  const pipeline = createPipeline({
    plan,
    journal: store,
    sinks: [{ accept: (event) => void events.push(event), close: async () => {} }],
    onAlerts: () => {},
  });
  const loaded = store.load(plan.endpoints.map((endpoint) => endpoint.id));
  pipeline.resume(loaded, now);
  return {
    pipeline,
    store,
    loaded,
    /** One every half minute: 0 ok, 1 failed. */
    probes(outcomes: string) {
      for (const outcome of outcomes) {
        const at = { scheduledAt: now, startedAt: now };
        pipeline.feed({ type: 'result', result: outcome === '0' ? okResult(id, at) : failResult(id, 'reset', at) });
        pipeline.feed({ type: 'tick', at: now + 1000 });
        pipeline.snapshot(1);
        now += 30_000;
        world.clock.now = now;
        store.flush();
      }
      return this;
    },
    told: () => events.flatMap((event) => (event.type === 'alert' ? [event.alert.event] : [])),
    owed: () => store.outbox.pending('log', 100).map((row) => row.alert.event),
    kill: () => store.close(),
  };
}

function outage() {
  const first = life(whole).probes(`${'0'.repeat(240)}${'1'.repeat(20)}`);
  expect(first.told()).toEqual(['opened']);
  first.kill();
}

/** Servers that listen in this process. */
const servers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'TCPServerWrap').length;

test('an incident goes on after a kill, and nothing is told twice', () => {
  outage();
  const next = life(whole);
  expect(next.loaded.openIncidents).toHaveLength(1);
  next.probes('1'.repeat(10));
  expect(next.told()).toEqual([]);
  expect(next.owed()).toEqual(['opened']);
  next.kill();
});

test('the incident of an endpoint that was taken out while nobody ran is resolved at the start, once', () => {
  outage();
  const next = life(without);
  expect(next.told()).toEqual(['resolved']);
  expect(next.owed()).toEqual(['opened', 'resolved']);
  next.kill();
  const after = life(without);
  expect(after.told()).toEqual([]);
  expect(after.loaded.openIncidents).toEqual([]);
  after.kill();
});

test.each(['by a reload', 'while nobody ran'])('an endpoint that was taken out %s and comes back pages anew', (how) => {
  outage();
  const next = life(how === 'by a reload' ? whole : without);
  if (how === 'by a reload') next.pipeline.replan(without, now);
  expect(next.told()).toEqual(['resolved']);
  next.kill();
  const back = life(whole).probes('1'.repeat(20));
  expect(back.told()).toEqual(['opened']);
  expect(back.owed()).toEqual(['opened', 'resolved', 'opened']);
  back.kill();
});

test('a wall clock that was set back while nobody ran makes no endpoint blind', () => {
  life(whole).probes('0'.repeat(240)).kill();
  now -= 50 * 60_000;
  const next = life(whole).probes('1'.repeat(20));
  expect(next.told()).toEqual(['opened']);
  const since = next.store.incidents({ limit: 1 }).incidents[0]?.since ?? 0;
  expect(since).toBeLessThan(now);
  next.kill();
});

test('an incident that was open when the wall clock was set back begins in the past, and ends', () => {
  outage();
  now -= 50 * 60_000;
  const next = life(whole).probes('0'.repeat(240));
  expect(next.told()).toEqual(['resolved']);
  next.kill();
});

test('results that were recorded after the present time, by a clock since set back, are not taken in again', () => {
  const first = life(whole).probes('0'.repeat(240));
  for (let i = 1; i <= 20; i += 1) {
    const at = { scheduledAt: now + i * 30_000, startedAt: now };
    first.store.quiet({ result: failResult(id, 'reset', at), counted: true, maintenance: false });
  }
  first.kill();
  const next = life(whole);
  expect(next.loaded.replay).toHaveLength(20);
  expect(next.owed()).toEqual([]);
  next.kill();
});

test('a window over many endpoints is one transaction, and is still open after a kill', () => {
  const first = life(whole).probes('0'.repeat(10));
  const before = first.store.figures().commits;
  first.pipeline.feedAll(
    whole.endpoints.map((endpoint) => ({ type: 'maintenance', at: now, endpoint: endpoint.id, open: true, why: 'patching' })),
  );
  expect(first.store.figures().commits).toBe(before + 1);
  first.pipeline.feedAll([]);
  expect(first.store.figures().commits).toBe(before + 1);
  first.kill();
  const next = life(whole).probes('1'.repeat(20));
  expect(next.told()).toEqual([]);
  expect([...next.pipeline.state.endpoints.values()].map((own) => own.shown)).toEqual(['maintenance', 'maintenance']);
  next.kill();
});

test('what ended at the start does not stand among the open incidents of the API', async () => {
  outage();
  const daemon = await startDaemon({
    load: async () => ({ plan: { ...without, data: folder.path } }),
    clock: { monotonic: () => now, wall: () => now },
    timers: { after: () => () => {} },
    log: storeOptions().options.log,
    print: () => {},
  });
  if ('problems' in daemon) throw new Error('the plan is well');
  const answer = await fetch(new URL('/api/v1/incidents', daemon.url));
  expect(await answer.json()).toMatchObject({ incidents: [{ endpoint: id, state: 'resolved' }] });
  await daemon.stop(0);
});

test('a start that fails leaves no server and no lock behind', async () => {
  const doomed = {
    load: async () => ({ plan: { ...whole, data: folder.path } }),
    clock: { monotonic: () => now, wall: () => now },
    timers: { after: () => () => {} },
    log: {
      ...storeOptions().options.log,
      info: () => {
        throw new Error('a bug at the very end of the start');
      },
    },
    print: () => {},
  };
  await expect(startDaemon(doomed)).rejects.toThrow('a bug');
  await expect.poll(servers, { timeout: 10_000 }).toBe(0);
  life(whole).kill();
});
