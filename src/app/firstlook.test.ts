import { expect, test } from 'vitest';
import { createEngine, freshState, step } from '#core/engine.ts';
import { hourMs, secondMs } from '#model/time.ts';
import { planOf } from '../../tests/support/plan.ts';
import { failResult, okResult } from '../../tests/support/results.ts';
import { lookFirst } from './firstlook.ts';

const now = Date.UTC(2026, 5, 1, 12);

test('what is seldom probed and was not probed lately is looked at within half a minute, the rest is left alone', () => {
  const plan = planOf([
    { service: 'a', name: 'seldom' },
    { service: 'a', name: 'seen' },
    { service: 'a', name: 'often' },
  ]);
  const timed = {
    ...plan,
    endpoints: plan.endpoints.map((endpoint) => ({
      ...endpoint,
      timing: { kind: 'every' as const, interval: endpoint.name === 'often' ? 10 * secondMs : hourMs },
    })),
  };
  const engine = createEngine(timed);
  const state = freshState(engine);
  step(engine, state, { type: 'result', result: { ...okResult('a/seen'), scheduledAt: now - 60 * secondMs } });
  const wishes: { readonly id: string; readonly at: number }[] = [];
  lookFirst(timed, state, { request: (id, at) => void wishes.push({ id, at }), pause: () => {} }, now);
  expect(wishes.map((wish) => wish.id)).toEqual(['a/seldom']);
  for (const { at } of wishes) {
    expect(at).toBeGreaterThanOrEqual(now);
    expect(at).toBeLessThan(now + 30 * secondMs);
  }
});

test('who refused our credentials stays left alone', () => {
  const plan = planOf([
    { service: 'a', name: 'refuses', pausesAfterAuth: true },
    { service: 'a', name: 'admits', pausesAfterAuth: true },
  ]);
  const engine = createEngine(plan);
  const state = freshState(engine);
  for (const back of [60, 30]) {
    const scheduledAt = now - back * secondMs;
    step(engine, state, { type: 'result', result: failResult('a/refuses', 'auth', { scheduledAt }) });
    step(engine, state, { type: 'result', result: okResult('a/admits', { scheduledAt }) });
  }
  const pauses: unknown[] = [];
  lookFirst(plan, state, { request: () => {}, pause: (id, until) => void pauses.push([id, (until - now) / secondMs]) }, now);
  expect(pauses).toEqual([['a/refuses', 15 * 60 - 30]]);
});
