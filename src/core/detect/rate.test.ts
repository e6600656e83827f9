import { expect, test } from 'vitest';
import { learnedRate, rateSince } from './rate.ts';

test('17 of 60 is about 28 %, and the lower bound leaves out the two failures that chose the stretch', () => {
  const { mean, low, high } = rateSince(17, 60);
  expect(mean).toBeCloseTo(0.283, 3);
  expect(low).toBeCloseTo(0.172, 2);
  expect(high).toBeCloseTo(0.387, 2);
});

test('the interval reaches 1 where all failed, and narrows as evidence comes', () => {
  expect(rateSince(3, 3).high).toBe(1);
  const [few, many] = [rateSince(20, 100), rateSince(200, 1000)];
  expect(many.high - many.low).toBeLessThan((few.high - few.low) / 2);
});

test('nothing seen is no rate, with the widest interval', () => {
  expect(rateSince(0, 0)).toMatchObject({ mean: 0, high: 1 });
});

test('a learned rate lies within its interval, also at its floor', () => {
  for (const rate of [1e-4, 0.002]) {
    const { mean, low, high } = learnedRate({ failures: 0.4, successes: 1e6 }, rate);
    expect(mean).toBe(rate);
    expect(low <= rate && rate <= high).toBe(true);
  }
});

test('failures in spells say less than their number: one spell leaves open how seldom it may come back', () => {
  const [spell, lone] = [rateSince(4, 4, 1), rateSince(4, 4)];
  expect(spell.low).toBeLessThan(0.1);
  expect(lone.low).toBeGreaterThan(3 * spell.low);
  expect(spell.high).toBe(1);
});

test('failures each for itself have the interval that they would have without spells', () => {
  expect(rateSince(20, 100, 20)).toEqual(rateSince(20, 100));
  expect(rateSince(0, 50, 0)).toEqual(rateSince(0, 50));
});

test('an outage of an hour is an outage: its interval is narrow although it is one spell', () => {
  expect(rateSince(120, 120, 1).low).toBeGreaterThan(0.85);
});
