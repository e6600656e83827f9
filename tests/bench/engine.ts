// Cost of the engine: nanoseconds for a quiet result, a failed one, a tick and a verdict, and bytes for an endpoint.
// Run: node --expose-gc tests/bench/engine.ts [--quick] [--endpoints N]
import { parseArgs } from 'node:util';
import { createEngine, freshState, step, verdictOf } from '#core/engine.ts';
import { figuresOf } from '#core/figures.ts';
import { restoreEndpoint } from '#core/restore.ts';
import { saveEndpoint } from '#core/state.ts';
import type { FailResult, OkResult } from '#model/result.ts';
import { planOf } from '../support/plan.ts';
import { epoch, failResult, okResult } from '../support/results.ts';
import { isQuick, report } from './rig/report.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, endpoints: { type: 'string', default: '5000' } } });
const count = Number(values.endpoints);
/** Passes over all endpoints in one measurement, and measurements of each figure. */
const passes = Math.max(10, Math.round((isQuick ? 250_000 : 1_000_000) / count));
const measurements = 5;
const interval = 30_000;

const plan = planOf(
  Array.from({ length: count }, (_, index) => ({
    service: `service-${index % 50}`,
    name: `endpoint-${Math.floor(index / 500)}`,
    region: `region-${Math.floor(index / 50) % 10}`,
  })),
);
const ids = plan.endpoints.map((endpoint) => endpoint.id);
const engine = createEngine(plan);
const before = heapUsed();
const state = freshState(engine);
let now = epoch;

type Writable<T> = { -readonly [K in keyof T]: T[K] };
// One result object for each endpoint, with a new time each round: the probe's own cost is not the engine's.
const ok = ids.map((id): Writable<OkResult> => okResult(id));
const failed = ids.map((id): Writable<FailResult> => failResult(id, 'reset'));

function round(results: readonly Writable<OkResult | FailResult>[]): void {
  for (const result of results) {
    result.scheduledAt = now;
    step(engine, state, { type: 'result', result });
  }
  now += interval;
}

for (let i = 0; i < 20; i += 1) round(ok);
const quietNs = measure(passes, () => round(ok));
const bytesQuiet = Math.round((heapUsed() - before) / count);
const tickNs = measure(passes, () => void step(engine, state, { type: 'tick', at: now }));

// One failure in two hundred, at another endpoint each time: noise that pages nobody.
let turn = 0;
const noisyNs = measure(passes, () => {
  round(ok.map((result, index) => ((index + turn) % 200 === 0 ? (failed[index] ?? result) : result)));
  turn += 1;
});
const verdictNs = measure(20, () => {
  for (const id of ids) verdictOf(engine, state, id);
});
const figuresNs = measure(20, () => {
  for (const id of ids) figuresOf(engine, state, id);
});
const bytesNoisy = Math.round((heapUsed() - before) / count);
const savedBytes = Math.round(ids.reduce((sum, id) => sum + saveEndpoint(state, id).length, 0) / count);
const saveNs = measure(5, () => {
  for (const id of ids) saveEndpoint(state, id);
});
const texts = ids.map((id) => saveEndpoint(state, id));
const restoreNs = measure(5, () => {
  for (const [index, id] of ids.entries()) restoreEndpoint(engine, state, id, texts[index] ?? '');
});
// Everything goes down at once: the dearest that can happen.
const openedFrom = performance.now();
for (let i = 0; i < 4; i += 1) round(failed);
const outageMs = Math.round(performance.now() - openedFrom);

report({
  bench: 'engine',
  method: `${count} endpoints in one engine, ${passes} passes a measurement, ${measurements} measurements.`,
  figures: [
    { name: 'a quiet result', unit: 'ns', values: quietNs },
    { name: 'a result where one in 200 fails', unit: 'ns', values: noisyNs },
    { name: 'a tick, for each endpoint', unit: 'ns', values: tickNs },
    { name: 'a verdict', unit: 'ns', values: verdictNs },
    { name: 'the figures of a scrape', unit: 'ns', values: figuresNs },
    { name: 'saving a state', unit: 'ns', values: saveNs },
    { name: 'restoring a state', unit: 'ns', values: restoreNs },
    { name: 'an endpoint in memory, always well', unit: 'bytes', values: [bytesQuiet] },
    { name: 'an endpoint in memory, one in 200 fails', unit: 'bytes', values: [bytesNoisy] },
    { name: 'a saved state', unit: 'bytes', values: [savedBytes] },
    { name: 'all endpoints fail four times, all paged', unit: 'ms', values: [outageMs] },
  ],
});

/** Nanoseconds for each endpoint and pass, once for each measurement. */
function measure(times: number, work: () => void): readonly number[] {
  return Array.from({ length: measurements }, () => {
    const from = performance.now();
    for (let i = 0; i < times; i += 1) work();
    return ((performance.now() - from) * 1e6) / (times * count);
  });
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
