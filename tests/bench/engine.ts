// Cost of the engine: nanoseconds for a quiet result, a failed one, a tick and a verdict, and bytes for an endpoint.
// Prints one JSON line. Usage: node --expose-gc tests/bench/engine.ts [ENDPOINTS]
import { createEngine, freshState, step, verdictOf } from '#core/engine.ts';
import { figuresOf } from '#core/figures.ts';
import { restoreEndpoint } from '#core/restore.ts';
import { saveEndpoint } from '#core/state.ts';
import type { FailResult, OkResult } from '#model/result.ts';
import { planOf } from '../support/plan.ts';
import { epoch, failResult, okResult } from '../support/results.ts';

const count = Number(process.argv[2] ?? 5000);
const rounds = Math.max(50, Math.round(2_000_000 / count));
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
const quietNs = measure(rounds, () => round(ok));
const bytesQuiet = Math.round((heapUsed() - before) / count);
const tickNs = measure(rounds, () => void step(engine, state, { type: 'tick', at: now }));

// One failure in two hundred, at another endpoint each time: noise that pages nobody.
let turn = 0;
const noisyNs = measure(rounds, () => {
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

process.stdout.write(
  `${JSON.stringify({ endpoints: count, quietNs, noisyNs, tickNs, verdictNs, figuresNs, saveNs, restoreNs, bytesQuiet, bytesNoisy, savedBytes, outageMs })}\n`,
);

/** Nanoseconds for each endpoint. */
function measure(times: number, work: () => void): number {
  const from = performance.now();
  for (let i = 0; i < times; i += 1) work();
  return Math.round(((performance.now() - from) * 1e6) / (times * count));
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
