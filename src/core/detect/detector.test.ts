import { expect, test } from 'vitest';
import { dayMs, secondMs } from '#model/time.ts';
import { compile, describe, fresh, observe } from './detector.ts';

const interval = 30 * secondMs;
const detector = compile({ interval, falsePagesPerYear: 1, grace: 60 * secondMs });

/** Plays outcomes in the notation of traces, and returns the states after each. */
function play(outcomes: string) {
  const state = fresh();
  const shown: string[] = [];
  for (let i = 0; i < outcomes.length; i += 1) {
    if (outcomes[i] !== '?') observe(detector, state, outcomes[i] === '1', i * interval, (i * interval) % dayMs);
    shown.push(state.state);
  }
  return { state, shown };
}

test('one failing probe in five pages once as intermittent', () => {
  const { state, shown } = play('0'.repeat(1000) + '10000'.repeat(40));
  const changes = shown.filter((now, i) => i > 0 && now !== shown[i - 1]);
  expect(changes).toEqual(['intermittent']);
  const verdict = describe(detector, state);
  expect(verdict.failureRate.mean).toBeCloseTo(0.2, 1);
  expect(verdict.pattern?.kind).toBe('steady');
});

test('three failures in a row over the grace page as down', () => {
  const { shown } = play(`${'0'.repeat(1000)}111`);
  expect(shown.slice(-3)).toEqual(['up', 'up', 'down']);
});
