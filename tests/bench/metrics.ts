// Cost of the metrics with many endpoints: how long a scrape takes, how long it holds the event loop in one go, what a result costs.
// Run: node --expose-gc tests/bench/metrics.ts [--quick] [--endpoints N]
import { parseArgs } from 'node:util';
import type { Event } from '#model/event.ts';
import type { Plan } from '#model/plan.ts';
import type { ProbeResult } from '#model/result.ts';
import { Metrics } from '#sinks/metrics/metrics.ts';
import { httpKind, planOf } from '../support/plan.ts';
import { atMost, isQuick, report } from './rig/report.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, endpoints: { type: 'string', default: '5000' } } });
const count = Number(values.endpoints);
const services = 50;
const regions = 10;

const plan: Plan = planOf(
  Array.from({ length: count }, (_, index) => ({
    service: `service-${index % services}`,
    name: `endpoint-${Math.floor(index / services / regions)}`,
    region: `region-${Math.floor(index / services) % regions}`,
    kind: 'http',
  })),
);

const before = heapUsed();
const started = performance.now();
let now = 1_800_000_000_000;
const metrics = new Metrics({
  plan,
  kinds: [httpKind],
  sources: {
    figures: () => ({ state: 'up', slow: false, failureRatio: 0.0123, evidenceRatio: 0.0456 }),
    openIncidents: () => [],
    queues: () => [],
    store: () => ({ writable: true, waiting: 0, lost: 0, bytes: 1, failedCommits: 0 }),
    prober: () => ({ abandonedAttempts: 0, abandonedLookups: 0, openLookups: 0, openSockets: 0 }),
    vantage: () => ({ ok: true, targets: [], checkSeconds: undefined, waiting: 0, missing: new Map() }),
  },
  clock: { monotonic: () => now, wall: () => now },
  build: { version: '0.0.0', nodeVersion: process.version },
});
const createMs = performance.now() - started;

const events: readonly Event[] = plan.endpoints.map((endpoint, index) => ({
  type: 'result',
  result: resultOf(endpoint.id, index),
  counted: true,
  maintenance: false,
}));
for (const event of events) metrics.accept(event);
const bytesPerEndpoint = Math.round((heapUsed() - before) / count);

const rounds = isQuick ? 50 : 200;
const acceptStarted = performance.now();
for (let round = 0; round < rounds; round += 1) for (const event of events) metrics.accept(event);
const acceptNs = Math.round(((performance.now() - acceptStarted) * 1e6) / (rounds * count));

const scrapes: Awaited<ReturnType<typeof measureScrape>>[] = [];
for (let scrape = 0; scrape < (isQuick ? 5 : 20); scrape += 1) {
  now += 15_000;
  scrapes.push(await measureScrape());
}
report({
  bench: 'metrics',
  method: `${count} http endpoints with every fact there is, in this process, ${scrapes.length} scrapes; nothing else runs in the process.`,
  figures: [
    { name: 'rendering', unit: 'ms', values: scrapes.map((scrape) => scrape.totalMs), target: atMost(300) },
    { name: 'its processor time', unit: 'ms', values: scrapes.map((scrape) => scrape.cpuMs) },
    { name: 'longest block of the event loop', unit: 'ms', values: scrapes.map((scrape) => scrape.longestBlockMs), target: atMost(50) },
    { name: 'its processor time', unit: 'ms', values: scrapes.map((scrape) => scrape.longestBlockCpuMs) },
    { name: 'size of the body', unit: 'KB', values: scrapes.map((scrape) => scrape.bytes / 1024) },
    { name: 'counting a result', unit: 'ns', values: [acceptNs] },
    { name: 'an endpoint in memory', unit: 'bytes', values: [bytesPerEndpoint] },
    { name: 'all series from nothing', unit: 'ms', values: [createMs] },
  ],
});
await metrics.close();

/**
 * The longest stretch between two turns of the event loop, seen by a chain of immediates beside the scrape. In wall time, and in
 * processor time of the thread: the second is what the code costs where other programs take the processor away in between.
 */
async function measureScrape() {
  let longest = 0;
  let longestCpu = 0;
  let last = performance.now();
  let lastCpu = threadCpuMs();
  let running = true;
  const turn = () => {
    const at = performance.now();
    const cpu = threadCpuMs();
    longest = Math.max(longest, at - last);
    longestCpu = Math.max(longestCpu, cpu - lastCpu);
    last = at;
    lastCpu = cpu;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await new Promise((resolve) => setImmediate(resolve));
  const from = performance.now();
  const fromCpu = threadCpuMs();
  const { body } = await metrics.expose(undefined);
  const totalMs = tenths(performance.now() - from);
  const cpuMs = tenths(threadCpuMs() - fromCpu);
  await new Promise((resolve) => setImmediate(resolve));
  running = false;
  const bytes = body.reduce((sum, piece) => sum + piece.length, 0);
  return { totalMs, cpuMs, longestBlockMs: tenths(longest), longestBlockCpuMs: tenths(longestCpu), bytes };
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

function resultOf(endpoint: string, index: number): ProbeResult {
  return {
    outcome: 'ok',
    endpoint,
    vantage: plan.vantage,
    scheduledAt: now,
    startedAt: now,
    duration: 12.345678 + index / 77,
    phases: { resolve: 0.4567, connect: 1.2345, tls: 4.5678, processing: 5.6789, transfer: 0.6789 },
    facts: Object.fromEntries(httpKind.facts.map((fact, at) => [fact.name, fact.name.includes('expiry') ? 1_800_000_000 + index : at + 1])),
    notes: {},
  };
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
