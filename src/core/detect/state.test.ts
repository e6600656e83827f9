import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayMs, secondMs } from '#model/time.ts';
import { compile, type DetectorState, describe, fresh, maintain, miss, observe, restore, retune, tick } from './detector.ts';
import { dailyRate } from './estimate.ts';

const grace = 60 * secondMs;
const detectors = [1, 10, 30, 300, 3600].map((seconds) => compile({ interval: seconds * secondMs, falsePagesPerYear: 1, grace }));
const usual = compile({ interval: 30 * secondMs, falsePagesPerYear: 1, grace });

/** One thing that may happen to an endpoint. */
type Step =
  | { readonly do: 'result'; readonly failed: boolean; readonly after: number; readonly timeOfDay: number }
  | { readonly do: 'miss' | 'tick' | 'open' | 'close'; readonly after: number }
  | { readonly do: 'retune'; readonly to: number };

const after = fc.oneof(
  { weight: 20, arbitrary: fc.constant(30_000) },
  { weight: 3, arbitrary: fc.integer({ min: -400_000, max: 4_000_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1e12, 1e14, 0) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      do: fc.constant('result' as const),
      failed: fc.boolean(),
      after,
      timeOfDay: fc.double({ min: -1, max: dayMs }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('miss', 'tick', 'open', 'close'), after }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retune' as const), to: fc.nat(detectors.length - 1) }) },
);
/** Mostly healthy probes first, so that faults stand out. */
const course = fc.tuple(fc.nat(400), fc.array(step, { maxLength: 300, size: 'max' }));

/** Plays a course; `save` may exchange the state between any two steps. Returns the state after each step as text. */
function play([calm, steps]: readonly [number, readonly Step[]], save: (state: DetectorState, i: number) => DetectorState): string[] {
  let state = fresh();
  let detector = usual;
  let at = 0;
  for (let i = 0; i < calm; i += 1, at += 30_000) observe(detector, state, false, at, at % dayMs);
  return steps.map((now, i) => {
    state = save(state, i);
    if (now.do === 'retune') {
      retune(detector, detectors[now.to] ?? usual, state);
      detector = detectors[now.to] ?? usual;
      return JSON.stringify(state);
    }
    const when = at + now.after;
    if (Number.isFinite(when) && when > at) at = when;
    if (now.do === 'result') observe(detector, state, now.failed, when, now.timeOfDay);
    else if (now.do === 'miss') miss(detector, state, when);
    else if (now.do === 'tick') tick(detector, state, when);
    else maintain(detector, state, now.do === 'open', when);
    return JSON.stringify(state);
  });
}

function numbers(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbers) : [];
}

test('a state that is saved and read back at any moment goes on with identical bits', () => {
  fc.assert(
    fc.property(course, fc.array(fc.nat(299), { minLength: 1, maxLength: 8 }), (steps, restarts) => {
      const whole = play(steps, (state) => state);
      const killed = play(steps, (state, i) => (restarts.includes(i) ? restore(JSON.parse(JSON.stringify(state))) : state));
      expect(killed).toEqual(whole);
    }),
    { numRuns: 150, seed: 1 },
  );
});

test('any course keeps every number finite, and -0 out', () => {
  fc.assert(
    fc.property(course, (steps) => {
      play(steps, (state) => {
        expect(numbers(state).every((value) => Number.isFinite(value) && !Object.is(value, -0))).toBe(true);
        const { failureRate, evidenceRatio } = describe(usual, state);
        expect(failureRate.low).toBeLessThanOrEqual(failureRate.high);
        expect(evidenceRatio >= 1).toBe(state.course !== 'up');
        return state;
      });
    }),
    { numRuns: 30, seed: 2 },
  );
});

test('a state is at most 512 bytes of numbers, its version aside', () => {
  const { version, ...known } = fresh();
  expect(version).toBe(3);
  expect(numbers(known).length * 8).toBeLessThanOrEqual(512);
});

test('a state from before daily restarts were learned is read whole', () => {
  const state = fresh();
  for (let i = 0; i < 3000; i += 1) observe(usual, state, i > 2990, i * 30_000, (i * 30_000) % dayMs);
  const { habit, ...older } = state;
  expect([habit, state.course]).toEqual([0, 'down']);
  expect(restore(older)).toEqual(state);
});

test('no two endpoints share an array', () => {
  const [one, two] = [fresh(), fresh()];
  const copy = restore(one);
  const arrays = [one, two, copy].flatMap((state) => Object.values(state).filter((value) => Array.isArray(value)));
  expect(new Set(arrays).size).toBe(arrays.length);
  const untouched = JSON.stringify(two);
  for (let i = 0; i < 50; i += 1) observe(usual, one, i % 3 === 0, i * 30_000, 0);
  expect(JSON.stringify(two)).toBe(untouched);
  expect(JSON.stringify(copy)).toBe(untouched);
});

test('an unknown version starts afresh, but keeps what was learned', () => {
  const state = fresh();
  for (let i = 0; i < 5000; i += 1) observe(usual, state, i % 500 === 250, i * 30_000, (i * 30_000) % dayMs);
  const later = restore({ ...state, version: 4 });
  expect(dailyRate(later)).toBe(dailyRate(state));
  expect([later.version, later.state, later.lastAt]).toEqual([3, 'unknown', -1]);
});

test('whatever is not a state is read as a fresh one', () => {
  const state = fresh();
  for (const garbage of [
    null,
    undefined,
    7,
    'x',
    [],
    {},
    { version: 1 },
    { ...state, evidence: [1] },
    { ...state, evidence: 'x' },
    { ...state, binProbes: state.binProbes.map(() => -1) },
    { ...state, binFailures: state.binFailures.map(() => null) },
    { ...state, course: 'sideways' },
    { ...state, state: 'down' },
    { ...state, lastAt: Number.NaN },
    { ...state, attempts: -3 },
    { ...state, evidence: Array.from({ length: 13 }, () => Number.POSITIVE_INFINITY) },
  ]) {
    expect(restore(garbage)).toEqual(state);
  }
  fc.assert(
    fc.property(fc.anything(), (anything) => numbers(restore(anything)).every(Number.isFinite)),
    { seed: 3 },
  );
});
