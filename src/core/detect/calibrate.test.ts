import { expect, test } from 'vitest';
import { dayMs, minuteMs, secondMs, yearMs } from '#model/time.ts';
import { closeFactor, closeThreshold, leastRun, pageThreshold, raise, slack, zeta } from './calibrate.ts';

const usual = { interval: 30 * secondMs, falsePagesPerYear: 1, grace: minuteMs };

test('the threshold is the mean number of probes between false pages of the page test, over zeta', () => {
  expect(pageThreshold(usual)).toBeCloseTo(yearMs / usual.interval / (0.7 * zeta), 6);
  expect(pageThreshold({ ...usual, falsePagesPerYear: 2 })).toBeCloseTo(pageThreshold(usual) / 2, 6);
});

test('evidence counts for more on quieter endpoints, within bounds', () => {
  expect([0.022, 0.02, 1e-4].map(slack)).toEqual([1, 1, 2.2]);
  expect(slack(0.02 / 16)).toBeCloseTo(2, 12);
});

test('recovery needs the probes of seven days, five times that where the pattern is steady', () => {
  expect(closeThreshold(usual)).toBe((7 * dayMs) / usual.interval);
  expect([closeFactor(0), closeFactor(1)]).toEqual([1, 5]);
});

test('down needs three failures, or one more than fit into the grace', () => {
  const runs = [1, 10, 30, 60, 3600].map((seconds) => leastRun(seconds * secondMs, minuteMs));
  expect(runs).toEqual([61, 7, 3, 3, 3]);
  expect(leastRun(30 * secondMs, 90 * secondMs)).toBe(4);
});

test.each([
  // rate, share of episodes that go on, raised by
  [1e-4, 0.25, 0],
  [1e-3, 0.25, 0],
  [1e-3, 0.9, 1],
  [0.005, 0.25, 1],
  [0.02, 0.1, 2],
  [0.02, 0.5, 2],
])('an endpoint that fails with %d, and goes on with %d, needs %i more in a row', (rate, continuation, raised) => {
  expect(raise(usual, rate, continuation)).toBe(raised);
});

test('never raised by more than two, whatever is asked', () => {
  expect(raise({ ...usual, falsePagesPerYear: 1e-9 }, 0.02, 1)).toBe(2);
});
