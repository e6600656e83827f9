// What befalls a prober must not befall its judgement: results late or twice, gaps, a stepped clock, reloads, maintenance at the wrong moment.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayMs, hourMs, minuteMs, secondMs } from '#model/time.ts';
import { compile, type DetectorState, fresh, maintain, miss, observe, restore, retune, tick } from './detector.ts';

const interval = 30 * secondMs;
const grace = minuteMs;
const usual = compile({ interval, falsePagesPerYear: 1, grace });
const stricter = compile({ interval, falsePagesPerYear: 0.01, grace });

/** Days that go well, then faults of every strength with health between them. */
const course = fc
  .tuple(
    fc.integer({ min: 50, max: 4000 }),
    fc.array(fc.tuple(fc.constantFrom(0.02, 0.1, 0.3, 0.5, 0.9, 1), fc.nat(150), fc.nat(400)), { minLength: 1, maxLength: 4 }),
    fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })),
  )
  .map(([calm, faults, dice]) => {
    const throwDie = () => dice.next().value as number;
    const outcomes: boolean[] = Array.from({ length: calm }, () => throwDie() < 0.002);
    for (const [share, ill, well] of faults) {
      for (let i = 0; i < ill; i += 1) outcomes.push(throwDie() < share);
      for (let i = 0; i < well; i += 1) outcomes.push(false);
    }
    return outcomes;
  });

/** What else happens before probe `i`: gives the state to go on with, most times the same. */
type Meanwhile = (state: DetectorState, i: number, at: number) => DetectorState;

/** The state after each probe as text. `offset`: how far the wall clock is off at probe `i`. */
function play(outcomes: readonly boolean[], meanwhile: Meanwhile = (state) => state, offset: (i: number) => number = () => 0): string[] {
  let state = fresh();
  return outcomes.map((failed, i) => {
    const at = i * interval;
    state = meanwhile(state, i, at);
    observe(usual, state, failed, at, (((at + offset(i)) % dayMs) + dayMs) % dayMs);
    return JSON.stringify(state);
  });
}

function coursesOf(states: readonly string[]): string[] {
  return states.map((text) => (JSON.parse(text) as DetectorState).course);
}

const moments = fc.uniqueArray(fc.nat(5000), { minLength: 1, maxLength: 40 });
const options = { numRuns: 25 };
/** Probes: longer than any restart that may have been learned as usual at this hour. */
const outage = 12;

test('results that come late, twice or out of order change not a bit', () => {
  fc.assert(
    fc.property(course, moments, fc.integer({ min: 0, max: 50 * minuteMs }), fc.boolean(), (outcomes, when, late, failed) => {
      const disordered = play(outcomes, (state, i, at) => {
        if (i > 0 && when.includes(i)) expect(observe(usual, state, failed, Math.max(0, at - interval - late), 0)).toBe(false);
        return state;
      });
      expect(disordered).toEqual(play(outcomes));
    }),
    options,
  );
});

test('missing probes and ticks between results, and restarts at any of them, change not a bit', () => {
  fc.assert(
    fc.property(course, moments, fc.integer({ min: 1, max: interval - 1 }), (outcomes, when, before) => {
      const disturbed = play(outcomes, (state, i, at) => {
        if (!when.includes(i)) return state;
        miss(usual, state, at - before);
        tick(usual, state, at - 1);
        return restore(JSON.parse(JSON.stringify(state)));
      });
      expect(disturbed).toEqual(play(outcomes));
    }),
    options,
  );
});

test('a reload that changes nothing changes not a bit, nor does a stricter dial that is taken back', () => {
  fc.assert(
    fc.property(course, moments, (outcomes, when) => {
      const reloaded = play(outcomes, (state, i) => {
        if (when.includes(i)) retune(usual, usual, state);
        if (when.includes(i - 1)) {
          retune(usual, stricter, state);
          retune(stricter, usual, state);
        }
        return state;
      });
      expect(reloaded).toEqual(play(outcomes));
    }),
    options,
  );
});

test('a wall clock that steps by whole days changes not a bit; by any time it pages nobody who is well', () => {
  fc.assert(
    fc.property(course, moments, fc.integer({ min: -3, max: 3 }), fc.integer({ min: -dayMs, max: dayMs }), (outcomes, when, days, any) => {
      const stepped = (by: number) => (i: number) => by * when.filter((moment) => moment <= i).length;
      expect(play(outcomes, undefined, stepped(days * dayMs))).toEqual(play(outcomes));
      const well = outcomes.map(() => false);
      expect(new Set(coursesOf(play(well, undefined, stepped(any))))).toEqual(new Set(['up']));
    }),
    options,
  );
});

function feed(to: DetectorState, failed: boolean, at: number): void {
  observe(usual, to, failed, at, at % dayMs);
}

test('a hole pages nobody; after it an outage pages as soon as without one, after a very long one as soon as on a new endpoint', () => {
  const hole = fc.oneof(fc.integer({ min: 2 * interval + 2, max: dayMs }), fc.integer({ min: dayMs, max: 90 * dayMs }));
  fc.assert(
    fc.property(fc.integer({ min: 2880, max: 9000 }), hole, (calm, silence) => {
      const state = fresh();
      for (let i = 0; i < calm; i += 1) feed(state, false, i * interval);
      const from = calm * interval + silence;
      const rest = structuredClone(state);
      for (let i = 0; i < 200; i += 1) feed(rest, false, from + i * interval);
      expect(rest.course).toBe('up');
      const courses = [0, 1, 2, 3, 4].map((i) => {
        feed(state, true, from + i * interval);
        return state.course;
      });
      expect(courses.slice(0, 2)).toEqual(['up', 'up']);
      expect(courses[silence <= dayMs ? 2 : 4]).toBe('down');
    }),
    options,
  );
});

test('maintenance at the wrong moment: nothing pages or worsens inside, nothing is learned, and an outage at its end pages one grace later', () => {
  fc.assert(
    fc.property(course, fc.nat(5000), fc.integer({ min: 1, max: 600 }), (outcomes, start, length) => {
      const opens = start % outcomes.length;
      const state = fresh();
      const observeAt = (failed: boolean, i: number) => observe(usual, state, failed, i * interval, (i * interval) % dayMs);
      for (let i = 0; i < opens; i += 1) observeAt(outcomes[i] === true, i);
      maintain(usual, state, true, opens * interval);
      const learned = JSON.stringify([state.binFailures, state.spells, state.pairs]);
      const before = state.course;
      for (let i = opens; i < opens + length; i += 1) {
        const was = state.course;
        observeAt(outcomes[i] === true, i);
        if (was === 'up') expect(state.course).toBe('up');
        if (was !== 'down') expect(state.course).not.toBe('down');
      }
      if (before === 'up') expect(JSON.stringify([state.binFailures, state.spells, state.pairs])).toBe(learned);
      maintain(usual, state, false, (opens + length) * interval);
      if (state.course !== 'up') return;
      const needed = [0, 1, 2, 3, 4].map((i) => {
        observeAt(true, opens + length + i);
        return state.course;
      });
      // Three failures, or up to five where such runs are usual.
      expect(needed.slice(0, 2)).toEqual(['up', 'up']);
      expect(needed[4]).toBe('down');
    }),
    options,
  );
});

test('results of an hour ago or more tell of a clock that was set back: one outcome is lost, and an outage still pages', () => {
  fc.assert(
    fc.property(course, fc.integer({ min: hourMs + 1, max: 300 * dayMs }), (outcomes, back) => {
      const state = restore(JSON.parse(play(outcomes).at(-1) ?? ''));
      if (state.course !== 'up') return;
      const from = Math.max(0, state.lastAt - back);
      if (from >= state.lastAt - hourMs) return;
      expect(observe(usual, state, false, from, 0)).toBe(false);
      for (let i = 1; i <= outage; i += 1) expect(observe(usual, state, true, from + i * interval, 0)).toBe(true);
      expect(state.course).not.toBe('up');
    }),
    options,
  );
});
