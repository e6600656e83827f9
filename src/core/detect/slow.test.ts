import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayMs, hourMs, minuteMs, secondMs, yearMs } from '#model/time.ts';
import { random } from '../../../tests/bench/detect/random.ts';
import { freshLatency, learnLatency, logOf, upperAt } from './quantile.ts';
import {
  acquitSlow,
  compileSlow,
  describeSlow,
  hushSlow,
  notePhases,
  observeSlow,
  type SlowStep,
  slowRatio,
  slowShare,
  slowZeta,
} from './slow.ts';
import { bringSlowBack, freshSlow, restoreSlow, type SlowState } from './slowstate.ts';

const interval = 30 * secondMs;
const usual = compileSlow({ interval, falsePagesPerYear: 1 });

/** Lognormal lengths around 100 ms, seeded. */
function lengths(seed: number, count: number, factor: (i: number) => number = () => 1): number[] {
  const draw = random(seed);
  return Array.from({ length: count }, (_, i) => {
    const normal = Math.sqrt(-2 * Math.log(1 - draw.next())) * Math.cos(2 * Math.PI * draw.next());
    return 100 * Math.exp(0.4 * normal) * factor(i);
  });
}

/** Goes on with answers of these lengths; returns what each came to, where it is a step. */
function go(state: SlowState, answers: readonly number[], detector = usual): string[] {
  const steps: string[] = [];
  const from = state.bornAt < 0 ? 0 : (restored.get(state) ?? 0);
  for (const [i, duration] of answers.entries()) {
    const at = from + i * detector.settings.interval;
    const step = observeSlow(detector, state, duration, at, at % dayMs);
    notePhases(state, { processing: duration });
    if (step !== '') steps.push(`${i} ${step}`);
  }
  restored.set(state, from + answers.length * detector.settings.interval);
  return steps;
}
/** When the next answer of a state is due. */
const restored = new WeakMap<SlowState, number>();

const healthy = 10 * 2880;

function steady(seed = 1): SlowState {
  const state = freshSlow();
  expect(go(state, lengths(seed, healthy))).toEqual([]);
  return state;
}

/** Of probes that are 30 s apart: -1 to 1 over a day. */
const season = (i: number) => Math.sin((2 * Math.PI * i) / 2880);

const kinds = (steps: readonly string[]) => steps.map((step) => step.split(' ')[1]);
const placeOf = (steps: readonly string[]) => Number(steps[0]?.split(' ')[0]);

test('the threshold is the mean number of probes between false pages, over zeta, for a tenth of the budget', () => {
  expect(usual.threshold).toBeCloseTo(yearMs / interval / (slowShare * slowZeta), 6);
});

describe('what is slow', () => {
  test.each([
    ['all ten times as slow', () => 10, 20],
    ['all twice as slow', () => 2, 120],
    ['every tenth ten times as slow', (i: number) => (i % 10 === 0 ? 10 : 1), 130],
  ])('%s pages once, and is over when it is', (_, factor, within) => {
    const state = steady();
    const steps = go(state, lengths(2, 400, factor));
    expect(kinds(steps)).toEqual(['opened']);
    expect(placeOf(steps)).toBeLessThan(within);
    expect(slowRatio(usual, state)).toBeGreaterThanOrEqual(1);
    expect(kinds(go(state, lengths(3, 400)))).toEqual(['closed']);
    expect(slowRatio(usual, state)).toBeLessThan(1);
  });

  test('the median delay on every tenth answer ten times as slow is half of what one grade alone needs', () => {
    const delays = Array.from({ length: 9 }, (_, seed) =>
      placeOf(
        go(
          steady(seed),
          lengths(50 + seed, 600, (i) => ((i * 7919 + seed) % 10 === 0 ? 10 : 1)),
        ),
      ),
    );
    expect(delays.toSorted((a, b) => a - b)[4]).toBeLessThan(100);
  });

  test('three slow answers, however slow and however far apart, do not page; nor does a spell of three minutes', () => {
    const lone = [...lengths(4, 10), 60_000, ...lengths(5, 10), 60_000, ...lengths(6, 10), 60_000, ...lengths(7, 300)];
    for (const answers of [lone, [...lengths(8, 6, () => 1000), ...lengths(9, 300)]]) expect(go(steady(), answers)).toEqual([]);
  });

  test('a difference that nobody would feel is none: from 2 ms to 5 ms, with a tail', () => {
    const state = freshSlow();
    go(
      state,
      lengths(1, healthy).map((length) => length / 50),
    );
    expect(
      go(
        state,
        lengths(2, 2000).map((length) => length / 20),
      ),
    ).toEqual([]);
  });

  test('an endpoint that is born slow, or whose day is three times its night, is not slow', () => {
    expect(
      go(
        freshSlow(),
        lengths(1, healthy, () => 40),
      ),
    ).toEqual([]);
    expect(
      go(
        freshSlow(),
        lengths(1, 6 * healthy, (i) => 3 ** (0.5 * season(i))),
      ),
    ).toEqual([]);
  });

  test('in the first day only what takes three times as long counts, and from the 120th answer on', () => {
    const state = freshSlow();
    go(state, lengths(1, 60));
    expect(
      go(
        state,
        lengths(2, 59, () => 100),
      ),
    ).toEqual([]);
    const young = freshSlow();
    go(young, lengths(1, 240));
    expect(
      kinds(
        go(
          young,
          lengths(2, 60, () => 20),
        ),
      ),
    ).toEqual(['opened']);
  });

  test('what has been slow for seven days is usual from then on', () => {
    const state = steady();
    const week = (7 * dayMs) / interval;
    expect(
      kinds(
        go(
          state,
          lengths(2, week + 200, () => 5),
        ),
      ),
    ).toEqual(['opened', 'adopted']);
    expect(
      go(
        state,
        lengths(3, healthy, () => 5),
      ),
    ).toEqual([]);
  });

  test('other trouble makes what was suspected forgotten, and leaves what is open', () => {
    const state = steady();
    const steps = go(
      state,
      lengths(2, 6, () => 10),
    );
    expect(steps).toEqual([]);
    expect(slowRatio(usual, state)).toBeGreaterThan(1e-4);
    hushSlow(state);
    expect(slowRatio(usual, state)).toBe(0);
    go(
      state,
      lengths(3, 60, () => 10),
    );
    hushSlow(state);
    expect(state.open).toBe(1);
    acquitSlow(state);
    expect([state.open, state.attempts, slowRatio(usual, state)]).toEqual([0, 0, 0]);
  });
});

test('what a page quotes: counted since the first slow answer, with lengths in milliseconds', () => {
  const state = steady();
  go(
    state,
    lengths(2, 60, (i) => (i % 4 === 0 ? 20 : 1)),
  );
  const { since, attempts, slow, share, limit, typical, usual: before, phases } = describeSlow(state, 0);
  // A slow answer just before may have hushed the first two minutes.
  expect(since - healthy * interval).toBeLessThanOrEqual(2 * minuteMs);
  expect(attempts).toBeGreaterThanOrEqual(56);
  expect(slow).toBeGreaterThanOrEqual(14);
  expect(slow).toBeLessThanOrEqual(18);
  expect(share.low < slow / attempts && slow / attempts < share.high).toBe(true);
  expect(limit).toBeGreaterThan(180);
  expect(limit).toBeLessThan(300);
  expect(typical).toBeGreaterThan(1200);
  expect(before).toBeGreaterThan(90);
  expect(before).toBeLessThan(115);
  expect(phases).toEqual([{ name: 'processing', share: 1 }]);
});

describe('the percentile', () => {
  test('is the 98th, at every time of day, within a tenth of a standard deviation on average', () => {
    const errors = Array.from({ length: 12 }, (_, seed) => {
      const latency = freshLatency();
      for (const [i, length] of lengths(seed, 20 * 2880).entries())
        learnLatency(latency, logOf(length) + 0.4 * 2 * season(i), (i * interval) % dayMs);
      return [0, 5, 11, 17].map((hour) => (upperAt(latency, hour * hourMs) - Math.log(100)) / 0.4 - 2.054 - 2 * season(hour * 120));
    }).flat();
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeCloseTo(0, 0.5);
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(0.6);
  });

  test('is moved no further by an absurd answer than by a slow one', () => {
    const [one, other] = [freshLatency(), freshLatency()];
    for (const [i, length] of lengths(1, 5000).entries()) for (const latency of [one, other]) learnLatency(latency, logOf(length), i);
    learnLatency(one, logOf(Number.MAX_VALUE), 0);
    learnLatency(other, logOf(10_000), 0);
    expect(one).toEqual(other);
    expect(Number.isFinite(logOf(-5)) && Number.isFinite(logOf(Number.NaN)) && Number.isFinite(logOf(Number.POSITIVE_INFINITY))).toBe(true);
  });
});

/** One thing that may happen. */
const happening = fc.oneof(
  { weight: 12, arbitrary: fc.record({ duration: fc.constantFrom(80, 95, 100, 105, 120, 130), after: fc.constant(interval) }) },
  { weight: 6, arbitrary: fc.record({ duration: fc.constantFrom(900, 2000, 50_000), after: fc.constant(interval) }) },
  { weight: 1, arbitrary: fc.record({ duration: fc.double(), after: fc.integer({ min: -hourMs, max: 8 * dayMs }) }) },
);
const course = fc.tuple(fc.nat(600), fc.array(happening, { maxLength: 400, size: 'max' }));

function play(
  [calm, happenings]: readonly [number, readonly { readonly duration: number; readonly after: number }[]],
  save: (state: SlowState, i: number) => SlowState,
): unknown[] {
  let state = freshSlow();
  let at = 0;
  for (const length of lengths(calm, calm)) observeSlow(usual, state, length, (at += interval), at % dayMs);
  return happenings.map(({ duration, after }, i) => {
    state = save(state, i);
    at = Math.max(0, at + after);
    const step: SlowStep = observeSlow(usual, state, duration, at, at % dayMs);
    notePhases(state, { resolve: Math.abs(duration) / 2, connect: 5 });
    return [step, JSON.stringify(state)];
  });
}

function numbers(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbers) : [];
}

describe('the state', () => {
  test('saved and read back at any moment goes on with identical bits', () => {
    fc.assert(
      fc.property(course, fc.array(fc.nat(399), { minLength: 1, maxLength: 8 }), (steps, restarts) => {
        const killed = play(steps, (state, i) => (restarts.includes(i) ? restoreSlow(JSON.parse(JSON.stringify(state))) : state));
        expect(killed).toEqual(play(steps, (state) => state));
      }),
      { numRuns: 60, seed: 1, endOnFailure: true },
    );
  });

  test('any course keeps every number finite, and -0 out', () => {
    fc.assert(
      fc.property(course, (steps) => {
        play(steps, (state) => {
          expect(numbers(state).every((value) => Number.isFinite(value) && !Object.is(value, -0))).toBe(true);
          expect(numbers(describeSlow(state, 5 * minuteMs)).every(Number.isFinite)).toBe(true);
          expect(slowRatio(usual, state) >= 1).toBe(state.open === 1);
          return state;
        });
      }),
      { numRuns: 20, seed: 2, endOnFailure: true },
    );
  });

  test('whatever is not a state is read as a fresh one', () => {
    const state = steady();
    for (const garbage of [
      null,
      'x',
      [],
      {},
      { ...state, version: 2 },
      { ...state, evidence: [1] },
      { ...state, evidence: state.evidence.map(() => -1) },
      { ...state, offsets: 'x' },
      { ...state, open: 2 },
      { ...state, latest: 3 },
      { ...state, seen: -1 },
      { ...state, seen: 5 },
      { ...state, first: [1] },
      { ...state, median: Number.NaN },
      { ...state, phases: null },
      { ...state, phases: { ...state.phases, typical: [] } },
      { ...state, phases: { ...state.phases, names: [1] } },
    ]) {
      expect(restoreSlow(garbage)).toEqual(freshSlow());
    }
    expect(restoreSlow(JSON.parse(JSON.stringify(state)))).toEqual(state);
    fc.assert(
      fc.property(fc.anything(), (anything) => numbers(restoreSlow(anything)).every(Number.isFinite)),
      { seed: 3 },
    );
  });

  test('shares no array with another, and is at most 45 numbers and two for each of twelve phases', () => {
    const [one, two] = [steady(), restoreSlow(steady())];
    const arrays = [one, two].flatMap((state) => [...Object.values(state), ...Object.values(state.phases)].filter(Array.isArray));
    expect(new Set(arrays).size).toBe(arrays.length);
    for (let i = 0; i < 50; i += 1) notePhases(one, { [`step ${i}`]: 5 });
    expect(one.phases.names).toHaveLength(12);
    expect(numbers(one).length).toBeLessThanOrEqual(45 + 1 + 2 * 12);
  });

  test('of a clock that was set back while nobody ran nothing lies ahead', () => {
    const state = steady();
    go(
      state,
      lengths(2, 60, () => 10),
    );
    bringSlowBack(state, 1000);
    expect([state.openedAt, state.bornAt, state.countedAt, state.onset]).toEqual([1000, 0, 1000, 1000]);
  });
});
