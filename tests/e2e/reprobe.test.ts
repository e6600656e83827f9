// Faster when suspicious, from the configuration to the page: `holter run` on loopback, where a far end begins to fail three times in ten.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { phaseOf } from '#schedule/spread.ts';
import { openStore } from '#sinks/store/store.ts';
import { random } from '../bench/detect/random.ts';
import { storeOptions } from '../support/store-samples.ts';
import { Holter, Pager, Service, scratch, until } from './holter.ts';

const every = 3000;
const endpoint = 'ehr/portal';
const wellFor = 6;
const patienceMs = 150_000;

let files: ReturnType<typeof scratch>;
let service: Service;
let pager: Pager;
let daemon: Holter | undefined;

beforeEach(async () => {
  files = scratch();
  service = await Service.start();
  pager = await Pager.start();
});

afterEach(async () => {
  if (daemon?.ended === false) daemon.kill('SIGKILL');
  await daemon?.end();
  await service.stop();
  await pager.stop();
  files.clean();
});

function configuration(): string {
  return files.write(
    'holter.yaml',
    `
system: End to end
listen: 127.0.0.1:0
data: ${JSON.stringify(files.path('data'))}
schedule: { every: ${every / 1000}s, timeout: 1s }
paging: { false_pages: 1000 per year, grace: 4s }
services:
  ehr: { endpoints: { portal: { probe: http, url: ${JSON.stringify(service.url)} } } }
receivers:
  pager: { webhook: { url: ${JSON.stringify(pager.url)} } }
`,
  );
}

/** When each result was due, as the store has it. */
function duesInStore(): readonly number[] {
  const store = openStore(files.path('data'), storeOptions().options);
  const dues = store.results({ endpoint, since: 0, limit: 10_000 }).map(({ result }) => result.scheduledAt);
  store.close();
  return dues;
}

test('is paged; extra probes are results like any other, and those of the timing are where they would be', {
  timeout: patienceMs,
}, async () => {
  const dice = random(11);
  service.answer = (request) => (request > wellFor && dice.next() < 0.3 ? 'ill' : 'well');
  daemon = new Holter(['run', '-c', configuration(), '--log-level', 'info']);
  const url = await daemon.url();
  await until('the page', () => pager.received.length > 0, patienceMs);
  const metrics = await (await fetch(new URL('/metrics', url))).text();
  const { strip } = (await (await fetch(new URL(`/api/v1/endpoints/${endpoint}`, url))).json()) as { readonly strip: string };
  daemon.kill('SIGTERM');
  await daemon.end();

  expect(pager.received.map(({ event }) => event)).toEqual(['opened']);
  const dues = duesInStore();
  expect(dues).toEqual(dues.toSorted((a, b) => a - b));
  const grid = dues.filter((due) => due % every === phaseOf(endpoint, every));
  expect(grid.slice(1).map((due, place) => due - (grid[place] ?? 0))).toEqual(grid.slice(1).map(() => every));
  const sent = Number(/holter_reprobes_total\{outcome="sent"\} (\d+)/u.exec(metrics)?.[1]);
  expect(sent).toBeGreaterThan(0);
  expect(dues.length - grid.length).toBeGreaterThanOrEqual(sent);
  expect(strip.length).toBeGreaterThan(Math.min(grid.length, 55));
});
