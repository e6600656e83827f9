import { expect, test } from 'vitest';
import { dayMs, hourMs, secondMs } from '#model/time.ts';
import { random } from '../../../tests/bench/detect/random.ts';
import { compile, fresh, observe } from './detector.ts';
import {
  age,
  binOf,
  continuationLess,
  dailyRate,
  firstContinuation,
  healthyRate,
  keep,
  learn,
  learnedOver,
  learnPair,
  learnYoung,
  suppose,
} from './estimate.ts';

const interval = 30 * secondMs;
const usual = compile({ interval, falsePagesPerYear: 1, grace: 60 * secondMs });

function sum(bins: readonly number[]): number {
  return bins.reduce((total, count) => total + count, 0);
}

test('before the first probe the rate is 0.4 in 200', () => {
  expect(healthyRate(fresh(), 0)).toBeCloseTo(0.002, 12);
  expect(continuationLess(fresh(), 0)).toBe(0.25);
});

test('the rate is (0.4 + F) / (200 + n), times (k + F_h) / (k + E_h) of the time of day', () => {
  const state = fresh();
  for (let i = 0; i < 1000; i += 1) learn(state, 0, i % 100 === 0);
  for (let i = 0; i < 1000; i += 1) learn(state, 6, i % 125 === 0);
  keep(state);
  const base = 18.4 / 2200;
  const expected = 1000 * base;
  // 1 / the variance of the factors: 100 of squared failures believe in 1 / 4, two bins have been seen.
  const alike = (100 + 2 * expected ** 2) / (100 / 4 + (10 - expected) ** 2 - expected + (8 - expected) ** 2 - expected);
  expect(alike).toBeGreaterThan(4);
  expect(alike).toBeLessThan(40);
  expect(dailyRate(state)).toBeCloseTo(base, 12);
  expect(healthyRate(state, 0)).toBeCloseTo((base * (alike + 10)) / (alike + expected), 12);
  expect(healthyRate(state, 6)).toBeCloseTo((base * (alike + 8)) / (alike + expected), 12);
});

test('where all times of day are alike, an hour of failures moves the rate less than where they are not', () => {
  const [alike, unlike] = [fresh(), fresh()];
  for (let day = 0; day < 14; day += 1) {
    for (let bin = 0; bin < 12; bin += 1) {
      for (let i = 0; i < 200; i += 1) {
        learn(alike, bin, i % 100 === 0);
        learn(unlike, bin, bin % 2 === 0 && i % 50 === 0);
      }
    }
  }
  for (const state of [alike, unlike]) keep(state);
  const before = [alike, unlike].map((state) => healthyRate(state, 0)) as [number, number];
  for (const state of [alike, unlike]) for (let i = 0; i < 10; i += 1) learn(state, 0, true);
  expect(healthyRate(alike, 0) / before[0]).toBeLessThan(1.2);
  expect(before[1]).toBeGreaterThan(0.015);
});

test('the chance that an episode goes on is learned from above, and never beyond that of a restart', () => {
  const state = fresh();
  expect(firstContinuation(state, 0.5)).toBe(0.5);
  for (let i = 0; i < 300; i += 1) learn(state, 3, true);
  const lone = firstContinuation(state, 0.5);
  expect(lone).toBeLessThan(0.06);
  expect(lone).toBeGreaterThan(0.03);
  for (let i = 0; i < 100; i += 1) learnPair(state);
  expect(firstContinuation(state, 0.5)).toBe(0.5);
});

test('the rate has a floor of 1e-4 and a cap of 2.2 %', () => {
  const [never, always] = [fresh(), fresh()];
  for (let i = 0; i < 20_000; i += 1) learn(never, 3, false);
  for (let i = 0; i < 20_000; i += 1) learn(always, 3, true);
  expect([healthyRate(never, 3), healthyRate(always, 3)]).toEqual([1e-4, 0.022]);
});

test('what was seen 14 days ago counts half', () => {
  const state = fresh();
  for (let i = 0; i < 100; i += 1) learn(state, 3, true);
  age(state, 0, 14 * dayMs);
  expect(state.binProbes[3]).toBeCloseTo(50, 9);
  expect(state.binFailures[3]).toBeCloseTo(50, 9);
});

test('a day has twelve bins of two hours', () => {
  expect([0, 2 * hourMs - 1, 2 * hourMs, dayMs - 1].map(binOf)).toEqual([0, 0, 1, 11]);
});

test('a 9:1 day is learned in two weeks', () => {
  const state = fresh();
  const source = random(11);
  for (let i = 0; i < 14 * 2880; i += 1) {
    const timeOfDay = (i * interval) % dayMs;
    const rate = timeOfDay >= 8 * hourMs && timeOfDay < 20 * hourMs ? 0.0054 : 0.0006;
    observe(usual, state, source.next() < rate, i * interval, timeOfDay);
  }
  expect(healthyRate(state, 6) / healthyRate(state, 0)).toBeGreaterThan(2);
});

test('a page takes back what the fault had taught', () => {
  const state = fresh();
  let i = 0;
  const go = (outcomes: string): void => {
    for (const outcome of outcomes) observe(usual, state, outcome === '1', i * interval, (i++ * interval) % dayMs);
  };
  go('0'.repeat(20_000));
  const before = { rate: dailyRate(state), probes: sum(state.binProbes) };
  go('10000'.repeat(3));
  expect(state.course).toBe('intermittent');
  expect(sum(state.binFailures)).toBe(0);
  expect(Math.abs(sum(state.binProbes) - before.probes)).toBeLessThanOrEqual(1);
  go('10000'.repeat(500));
  expect(dailyRate(state)).toBeCloseTo(before.rate, 9);
});

test('three weeks with twelve incidents of two hours leave the estimate as it was', () => {
  const state = fresh();
  let i = 0;
  const source = random(5);
  const rateAfter: number[] = [];
  for (let day = 0; day < 35; day += 1) {
    for (let probe = 0; probe < 2880; probe += 1, i += 1) {
      const ill = day >= 14 && day % 2 === 0 && probe >= 1000 && probe < 1240;
      observe(usual, state, ill ? source.next() < 0.3 : i % 1000 === 500, i * interval, (i * interval) % dayMs);
    }
    rateAfter.push(dailyRate(state));
  }
  expect(rateAfter[34]).toBeGreaterThan(0.9 * 0.001);
  expect(rateAfter[34]).toBeLessThan(1.1 * 0.001);
});

test('in an open incident only a young bin learns, and never more than a healthy rate', () => {
  const state = fresh();
  for (let i = 0; i < 1000; i += 1) learnYoung(state, 2, true, interval);
  expect(state.binFailures[2]).toBeLessThanOrEqual(0.022 * 1000 + 1);
  for (let i = 0; i < 5000; i += 1) learnYoung(state, 2, false, interval);
  expect(state.binProbes[2]).toBe((7 * 2 * hourMs) / interval);
});

test('what is learned tells how long it took, and what is supposed is as if it had been learned', () => {
  const state = fresh();
  expect(learnedOver(state, interval)).toBe(0);
  for (let i = 0; i < 12 * 2880; i += 1) observe(usual, state, i % 500 === 0, i * interval, (i * interval) % dayMs);
  expect(learnedOver(state, interval) / dayMs).toBeCloseTo(12, 0);
  const supposed = fresh();
  suppose(supposed, 0.002, interval, 12 * dayMs);
  expect(dailyRate(supposed)).toBeCloseTo(0.002, 9);
  expect(dailyRate(supposed) / dailyRate(state)).toBeCloseTo(1, 1);
  expect(supposed.spells / state.spells).toBeGreaterThan(0.75);
  expect(learnedOver(supposed, interval) / dayMs).toBeCloseTo(12, 6);
  for (const bin of [0, 5, 11]) expect(healthyRate(supposed, bin)).toBeCloseTo(0.002, 4);
});

test('what was learned over months counts as 60 days, however much it is', () => {
  const state = fresh();
  suppose(state, 0.002, interval, 1000 * dayMs);
  expect(learnedOver(state, interval)).toBe(60 * dayMs);
  expect(learnedOver(state, 10 * interval)).toBe(60 * dayMs);
});
