// The daemon itself on loopback, from the socket to the page: an endpoint that was well for days and now fails in part is paged as soon as the
// bench of the detector says (tests/bench/reports), and once. It lives sixty times as fast as we do.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDaemon } from '#app/daemon.ts';
import { kinds } from '#app/kinds.ts';
import { createPipeline } from '#app/pipeline.ts';
import type { Event } from '#model/event.ts';
import type { Plan } from '#model/plan.ts';
import { dayMs, secondMs } from '#model/time.ts';
import { systemClock, systemTimers } from '#schedule/clock.ts';
import { openStore } from '#sinks/store/store.ts';
import { between, type Random, random } from '../bench/detect/random.ts';
import { temporaryFolder } from '../support/peers.ts';
import { planOf } from '../support/plan.ts';
import { okResult } from '../support/results.ts';
import { storeOptions } from '../support/store-samples.ts';

const pace = 60;
const intervalMs = 30 * secondMs;
/** Of its own time: as it is on loopback, at 30 s probes. */
const timeoutMs = (0.8 * intervalMs) / pace;
const healthDays = 2;
const calmProbes = 10;
/** After the page it goes on to fail for so many probes: nobody is paged again. */
const furtherProbes = 30;
const patienceMs = 240 * secondMs;

/** What the far end does with each question once it is ill. */
type Fault = (source: Random) => Generator<boolean, never>;

function* steady(share: number, source: Random): Generator<boolean, never> {
  for (;;) yield source.next() < share;
}

/** Down for about 150 s, well for about 450 s, at one question every 30 s. */
function* bursts(source: Random): Generator<boolean, never> {
  for (;;) {
    for (let left = between(source, 3, 7); left > 0; left -= 1) yield true;
    for (let left = between(source, 10, 20); left > 0; left -= 1) yield false;
  }
}

/** 95th percentile of the probes to the page: the committed report of the bench. */
const faults: readonly { readonly name: string; readonly p95: number; readonly fault: Fault }[] = [
  { name: 'three of ten answers are none', p95: 28, fault: (source) => steady(0.3, source) },
  { name: 'one of ten answers is none', p95: 97, fault: (source) => steady(0.1, source) },
  { name: 'interruptions of minutes', p95: 44, fault: bursts },
];

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder('detection');
});
afterAll(() => folder.remove());

/** A plan of one endpoint that is asked over HTTP. */
function planFor(url: string, data: string): Plan {
  const plan = planOf([{ service: 'ehr', name: 'fhir' }], {
    data,
    retention: { results: 30 * dayMs, hourly: 30 * dayMs },
    receivers: [{ name: 'log', kind: 'log', options: {} }],
    limits: { concurrency: 10, hostConcurrency: 10, hostRate: 1000 },
  });
  const options = kinds.probes.get('http')?.options.parse({ url });
  return { ...plan, endpoints: plan.endpoints.map((one) => ({ ...one, host: new URL(url).host, options, timeout: timeoutMs })) };
}

/** Leaves a store as a daemon does that has seen nothing but health for days. */
function rememberHealth(plan: Plan, until: number): void {
  const { clock, options } = storeOptions(until - healthDays * dayMs);
  const store = openStore(plan.data, options);
  const pipeline = createPipeline({ plan, journal: store, sinks: [], onAlerts: () => {} });
  for (; clock.now < until - intervalMs; clock.now += intervalMs) {
    const at = { scheduledAt: clock.now, startedAt: clock.now };
    pipeline.feed({ type: 'result', result: okResult('ehr/fhir', at) });
  }
  pipeline.snapshot(1);
  store.flush();
  store.close();
}

interface Story {
  /** Scheduled probes while it was ill, up to the page; further ones in between count as none. */
  readonly probes: number;
  readonly told: readonly string[];
}

async function tell(name: string, fault: Fault): Promise<Story> {
  const source = fault(random(20261125));
  let ill = false;
  const server = createServer((_request, response) => {
    if (ill && source.next().value) response.socket?.destroy();
    else response.end('well');
  });
  const url = await listen(server);
  const plan = planFor(url, `${folder.path}/${name.replaceAll(' ', '-')}`);
  rememberHealth(plan, Date.now());
  const { log } = storeOptions().options;
  const seen = { calm: 0, illAt: 0, probes: 0, after: 0, told: [] as string[] };
  const done = Promise.withResolvers<void>();
  const accept = (event: Event) => {
    if (event.type === 'alert') seen.told.push(event.alert.event);
    if (event.type !== 'result') return;
    if (!ill) {
      seen.calm += 1;
      seen.illAt = event.result.scheduledAt;
      ill = seen.calm === calmProbes;
    } else if (seen.told.length === 0) seen.probes = Math.round((event.result.scheduledAt - seen.illAt) / intervalMs);
    else seen.after += 1;
    if (seen.after === furtherProbes) done.resolve();
  };
  const daemon = await startDaemon({
    load: async () => ({ plan }),
    clock: systemClock(),
    timers: systemTimers(),
    pace,
    log,
    print: () => {},
    sinks: [{ accept, close: async () => {} }],
  });
  if ('problems' in daemon) throw new Error('the plan is refused');
  await done.promise;
  await daemon.stop(0);
  server.closeAllConnections();
  server.close();
  return { probes: seen.probes, told: seen.told };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
  });
}

test.concurrent.for(faults)('$name: paged in time, and once', { timeout: patienceMs }, async ({ name, p95, fault }) => {
  const { probes, told } = await tell(name, fault);
  expect(told).toEqual(['opened']);
  expect(probes).toBeLessThanOrEqual(p95);
});
