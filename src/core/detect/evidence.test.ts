import { expect, test } from 'vitest';
import { secondMs } from '#model/time.ts';
import { random } from '../../../tests/bench/detect/random.ts';
import {
  afterFailureRatios,
  atRest,
  calm,
  faultAfterFailure,
  faultAfterOk,
  follow,
  followFirst,
  healthyContinuation,
  patternCount,
  recover,
  spacing,
  strike,
  weigh,
} from './evidence.ts';

const table = spacing(30 * secondMs, false);
const rate = 0.01;

function zeros(): number[] {
  return Array.from({ length: patternCount }, () => 0);
}

/** S and chance of one course of a healthy endpoint; bit i of `outcomes` says whether probe i fails. */
function healthyCourse(outcomes: number, probes: number): { readonly sum: number; readonly chance: number } {
  const evidence = zeros();
  let sum = 0;
  let chance = 1;
  let run = 0;
  for (let i = 0; i < probes; i += 1) {
    const failed = ((outcomes >> i) & 1) === 1;
    const within = run * 30 < 60;
    const fails = run === 0 ? rate : healthyContinuation(table, within);
    chance *= failed ? fails : 1 - fails;
    if (run > 0) sum = follow(evidence, afterFailureRatios(table, within, failed));
    else sum = failed ? strike(evidence, table, rate) : calm(evidence, table);
    run = failed ? run + 1 : 0;
  }
  return { sum, chance };
}

test('while healthy the mean of S is the number of probes: over all 4096 courses of 12 probes', () => {
  const probes = 12;
  let mean = 0;
  for (let outcomes = 0; outcomes < 2 ** probes; outcomes += 1) {
    const { sum, chance } = healthyCourse(outcomes, probes);
    mean += sum * chance;
  }
  expect(mean).toBeCloseTo(probes, 9);
});

test('while healthier than believed the mean of S stays below the number of probes, in 200 000 simulated courses', () => {
  const source = random(2);
  const courses = 200_000;
  let total = 0;
  for (let n = 0; n < courses; n += 1) {
    let outcomes = 0;
    for (let i = 0; i < 20; i += 1) outcomes |= source.next() < rate / 2 ? 1 << i : 0;
    total += healthyCourse(outcomes, 20).sum;
  }
  expect(total / courses).toBeLessThan(20);
  expect(total / courses).toBeGreaterThan(5);
});

test('one update keeps the martingale exactly: healthy chances times ratios sum to the weight, on average 1', () => {
  const weights: number[] = [];
  for (let j = 0; j < patternCount; j += 1) {
    const [struck, calmed] = [zeros(), zeros()];
    strike(struck, table, rate);
    calm(calmed, table);
    const weight = rate * (struck[j] as number) + (1 - rate) * (calmed[j] as number);
    weights.push(weight);
    for (const goesOn of [0.02, 0.3]) {
      const [failed, ok] = [zeros(), zeros()];
      followFirst(failed, table, goesOn, true);
      followFirst(ok, table, goesOn, false);
      expect(goesOn * (failed[j] as number) + (1 - goesOn) * (ok[j] as number)).toBeCloseTo(weight, 12);
    }
    for (const within of [true, false]) {
      const goesOn = healthyContinuation(table, within);
      const [failed, ok] = [true, false].map((outcome) => afterFailureRatios(table, within, outcome)[j] as number) as [number, number];
      expect(goesOn * failed + (1 - goesOn) * ok).toBeCloseTo(1, 12);
    }
  }
  expect(weights.reduce((sum, weight) => sum + weight, 0) / patternCount).toBeCloseTo(1, 12);
});

test('a restart inside the grace goes on with one half at 30 s, and is no evidence for patterns that go on less', () => {
  expect(table.restart).toBeCloseTo(0.498, 3);
  expect(afterFailureRatios(table, true, true)[5]).toBe(1);
  expect(afterFailureRatios(table, true, true)[8]).toBeCloseTo(0.9 / table.restart, 12);
});

test('evidence on an endpoint that never fails comes to rest', () => {
  const evidence = zeros();
  let sum = 0;
  for (let i = 0; i < 5000; i += 1) sum = calm(evidence, table);
  expect(sum).toBeCloseTo(atRest(30 * secondMs), 6);
});

test('weights sum to 1, follow the evidence, and never die', () => {
  const weights = zeros();
  strike(weights, table, 1e-4);
  weigh(weights);
  for (let i = 0; i < 2000; i += 1) faultAfterFailure(weights, table, true);
  expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6);
  expect(weights[9]).toBeGreaterThan(0.99);
  expect(Math.min(...weights)).toBeGreaterThan(0.9e-7);
});

test('the chance of an outcome under the fault is the weighted mean of its patterns', () => {
  const weights = Array.from({ length: patternCount }, (_, j) => (j === 4 ? 1 : 0));
  expect(faultAfterOk([...weights], table, rate, true)).toBeCloseTo(rate + (1 - rate) * 0.2, 12);
  expect(faultAfterOk([...weights], table, rate, false)).toBeCloseTo((1 - rate) * 0.8, 12);
  expect(faultAfterFailure([...weights], table, true)).toBeCloseTo(0.2, 12);
});

test('recovery grows by the ratio of healthy to fault, and stays finite', () => {
  expect(recover(3, 0.99, 0.8)).toBeCloseTo(4.95, 12);
  let recovery = 0;
  for (let i = 0; i < 10_000; i += 1) recovery = recover(recovery, 1, 0.01);
  expect(recovery).toBe(1e100);
});
