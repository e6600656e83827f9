// Healthy rates from the store of a daemon that may be running.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { observe } from '#core/detect/detector.ts';
import { createEngine, freshState } from '#core/engine.ts';
import { saveEndpoint } from '#core/state.ts';
import type { Plan } from '#model/plan.ts';
import { dayMs } from '#model/time.ts';
import { openStore } from '#sinks/store/store.ts';
import { temporaryFolder } from '../../tests/support/peers.ts';
import { planOf } from '../../tests/support/plan.ts';
import { storeOptions } from '../../tests/support/store-samples.ts';
import { learnedRates } from './learned.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('learned');
});
afterEach(() => folder.remove());

const interval = 30_000;
/** Watched for so many days. */
const watched: Readonly<Record<string, number>> = { 'ehr/old': 8, 'ehr/young': 0.5, 'ehr/changed': 8 };

/** A store in which each endpoint has learned for so long, with one failure in 200. */
function learn(plan: Plan): void {
  const engine = createEngine(plan);
  const state = freshState(engine);
  const store = openStore(plan.data, storeOptions().options);
  for (const [id, days] of Object.entries(watched)) {
    const [watch, own] = [engine.watches.get(id), state.endpoints.get(id)];
    if (watch === undefined || own === undefined) throw new Error('no such endpoint');
    for (let i = 0; i < days * 2880; i += 1) observe(watch.detector, own.detector, i % 200 === 199, i * interval, (i * interval) % dayMs);
    store.saveStates([{ endpoint: id, fingerprint: watch.plan.fingerprint, at: own.detector.lastAt, state: saveEndpoint(state, id) }]);
  }
  store.close();
}

test('count where they were learned for a day, on what the endpoint still is', () => {
  const names = ['old', 'young', 'changed', 'new'];
  const plan = planOf(
    names.map((name) => ({ service: 'ehr', name })),
    { data: folder.path },
  );
  learn(plan);
  const now = planOf(
    names.map((name) => ({ service: 'ehr', name, fingerprint: name === 'changed' ? 'b' : 'a' })),
    { data: folder.path },
  );
  const { rates, problem } = learnedRates(now);
  expect(problem).toBe('');
  expect([...rates.keys()]).toEqual(['ehr/old']);
  expect(rates.get('ehr/old')?.rate).toBeCloseTo(0.005, 3);
  expect((rates.get('ehr/old')?.over ?? 0) / dayMs).toBeCloseTo(8, 0);
});

test('are none where the store cannot be read, and it says why', () => {
  writeFileSync(join(folder.path, 'holter.db'), 'no database');
  const { rates, problem } = learnedRates(planOf([{ service: 'ehr', name: 'a' }], { data: folder.path }));
  expect(rates.size).toBe(0);
  expect(problem).toMatch(/^the data folder .* cannot be read: /);
});

test('are none where there is no store', () => {
  expect(learnedRates(planOf([{ service: 'ehr', name: 'a' }], { data: `${folder.path}/none` }))).toEqual({ rates: new Map(), problem: '' });
});
