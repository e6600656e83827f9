import { expect, test } from 'vitest';
import { dayMs } from '#model/time.ts';
import { planOf } from '../../tests/support/plan.ts';
import { observe } from './detect/detector.ts';
import { createEngine, freshState } from './engine.ts';
import { learnedOf } from './learned.ts';
import { saveEndpoint } from './state.ts';

const interval = 30_000;
const id = 'ehr/portal';

/** Watched for so many days, one probe in 250 failing. */
function saved(days: number): string {
  const engine = createEngine(planOf([{ service: 'ehr', name: 'portal' }]));
  const state = freshState(engine);
  const [watch, own] = [engine.watches.get(id), state.endpoints.get(id)];
  if (watch === undefined || own === undefined) throw new Error('no such endpoint');
  for (let i = 0; i < days * 2880; i += 1) observe(watch.detector, own.detector, i % 250 === 249, i * interval, (i * interval) % dayMs);
  return saveEndpoint(state, id);
}

test('a saved endpoint tells its healthy rate, and over how long it was learned', () => {
  const learned = learnedOf(saved(10), interval);
  expect(learned?.rate).toBeCloseTo(0.004, 3);
  expect((learned?.over ?? 0) / dayMs).toBeCloseTo(10, 0);
});

test('one that was never probed has learned nothing, and damaged text tells nothing', () => {
  for (const text of [
    saved(0),
    '',
    '{',
    'null',
    '7',
    '{"version":3}',
    '{"detector":[]}',
    saved(10).replace('"binProbes":[', '"binProbes":["'),
  ]) {
    expect(learnedOf(text, interval)).toBeUndefined();
  }
});

test('of another version it still tells what was learned', () => {
  expect(learnedOf(saved(10).replaceAll(/"version":\d+/g, '"version":99'), interval)).toEqual(learnedOf(saved(10), interval));
});
