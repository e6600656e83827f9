// Extra probes, as the detector takes them: nothing is found later for them, one blip counts once, and what is normal is learned without them.
import * as fc from 'fast-check';
import { expect, describe as group, test } from 'vitest';
import { dayMs, minuteMs, secondMs } from '#model/time.ts';
import {
  compile,
  type DetectorState,
  describe,
  followsSuccess,
  fresh,
  isExtra,
  isSuspected,
  maintain,
  observe,
  restore,
} from './detector.ts';
import { frozen, interrupted, maintained, repeated } from './marks.ts';

const interval = 30 * secondMs;
const usual = compile({ interval, falsePagesPerYear: 1, grace: minuteMs });
/** It never has evidence enough: five failures in a row alone page. */
const patient = compile({ interval, falsePagesPerYear: 1e-9, grace: 0 });

/** Goes on with `timing`, an outcome for each probe of the timing; of the two signs that may follow each, the extra probes 10 and 20 s later. */
function go(state: DetectorState, timing: string, detector = usual): string[] {
  const changes: string[] = [];
  let shown = state.state;
  let at = state.regularAt < 0 ? 0 : state.regularAt + interval;
  for (const [outcome = '', ...extras] of timing.split(' ')) {
    for (const [place, sign] of [outcome, ...extras].entries()) {
      if (sign !== '-') observe(detector, state, sign === '1', at + place * 10 * secondMs, at % dayMs);
      if (state.state !== shown) changes.push(`${(state.lastAt - start) / secondMs} s ${state.state}`);
      shown = state.state;
    }
    at += interval;
  }
  return changes;
}

const calmProbes = 5000;
/** When the first probe after the calm is due. */
const start = calmProbes * interval;

function times(count: number, signs: string): string {
  return Array.from({ length: count }, () => signs).join(' ');
}

/** Well for more than a day. */
function settled(): DetectorState {
  const state = fresh();
  go(state, times(calmProbes, '0'));
  return state;
}

const learned = ({ binFailures, binProbes, spells, pairs }: DetectorState) => ({ binFailures, binProbes, spells, pairs });

test('a probe is extra by its time alone', () => {
  const state = settled();
  const last = state.lastAt;
  expect([8000, 20_000, 26_000, 27_000, 30_000, 60_000].map((later) => isExtra(state, last + later, interval))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(isExtra(fresh(), 5, interval)).toBe(false);
});

group('what is down', () => {
  test('is found at the same probe as without extra ones', () => {
    const plain = go(settled(), times(6, '1'));
    expect(plain).toEqual(['60 s down']);
    expect(go(settled(), times(6, '111'))).toEqual(plain);
  });

  test('is not found sooner by sheer count, where an extra probe saw it first', () => {
    const state = settled();
    // The fifth failure of the timing in a row is that of 240 s; with that of 110 s it is the sixth.
    expect(go(state, `100 ${times(2, '000')} 001 ${times(6, '111')}`, patient)).toEqual(['240 s down']);
  });

  test('is not down while extra probes in between go well', () => {
    expect(go(settled(), times(6, '100'))[0]).toBe('60 s intermittent');
  });

  test('a run that an extra probe has seen the end of is over', () => {
    const state = settled();
    go(state, '111 111 11', patient);
    expect([state.run, state.marks & interrupted]).toEqual([3, 0]);
    observe(patient, state, false, start + 80 * secondMs, 0);
    expect(state.run).toBe(-1);
  });
});

group('one blip counts once', () => {
  test.each(['111 000', '101 100', '111 111', '110 010'])('%s: nobody is paged, however many failures there were', (blip) => {
    expect(go(settled(), `${blip} ${times(500, '000')}`)).toEqual([]);
  });

  test('failures in the first minute are one episode, and shown all the same', () => {
    const state = settled();
    go(state, '111 011');
    expect(state.episodes).toBe(1);
    expect([state.failures, state.attempts]).toEqual([5, 6]);
  });

  test('two blips are two failures as far as the page goes', () => {
    const state = settled();
    expect(go(state, `111 ${times(6, '000')} 111 ${times(3, '000')}`)).toEqual([]);
    expect(describe(usual, state)).toMatchObject({ failures: 6 });
    expect(go(state, times(4, '100'))).not.toEqual([]);
  });
});

group('what is normal', () => {
  test('is learned from the timing alone', () => {
    const [plain, again] = [settled(), settled()];
    const story = ['1', '0', '0', '0', '0', '0', '0', '1', '0', '0', '0'];
    go(plain, story.join(' '));
    go(again, story.map((sign) => `${sign}0${sign}`).join(' '));
    expect(learned(again)).toEqual(learned(plain));
  });

  test('a run that an extra probe began counts as the timing saw it', () => {
    const [plain, again] = [settled(), settled()];
    go(plain, `1 ${times(3, '0')} 1 0 0`, patient);
    go(again, `100 ${times(2, '000')} 001 100`, patient);
    expect(again.run).toBe(2);
    go(again, '000 000', patient);
    expect(learned(again)).toEqual(learned(plain));
  });

  test('a run that an extra probe began follows a success, for the groups too', () => {
    const state = settled();
    go(state, `100 ${times(2, '000')} 001`);
    expect([state.run, followsSuccess(state)]).toEqual([1, true]);
    go(state, '1');
    expect([state.run, followsSuccess(state)]).toEqual([2, false]);
  });

  test('whatever extra probes find, the outcomes of the timing count as many times', () => {
    const signs = fc.array(fc.tuple(fc.boolean(), fc.constantFrom('', '0', '1'), fc.constantFrom('', '0', '1')), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(signs, (drawn) => {
        const state = settled();
        const before = state.binProbes.reduce((sum, n) => sum + n, 0);
        go(state, drawn.map(([failed, one, two]) => `${failed ? 1 : 0}${one}${one === '' ? '' : two}`).join(' '));
        const after = state.binProbes.reduce((sum, n) => sum + n, 0);
        expect(after - before).toBeLessThanOrEqual(drawn.length);
        expect(state.episodes).toBeLessThanOrEqual(state.failures);
      }),
      { numRuns: 200, seed: 4 },
    );
  });
});

const suspected = (state: DetectorState) => isSuspected(state, usual.suspicious);

group('an endpoint is suspected', () => {
  test('after a failure, for ten minutes', () => {
    const state = settled();
    expect(suspected(state)).toBe(false);
    go(state, '1');
    expect(suspected(state)).toBe(true);
    go(state, times(19, '0'));
    expect(suspected(state)).toBe(true);
    go(state, '0');
    expect(suspected(state)).toBe(false);
  });

  test('no more once somebody is paged', () => {
    const state = settled();
    go(state, times(4, '1'));
    expect(state.course).toBe('down');
    expect(suspected(state)).toBe(false);
  });

  test('not in maintenance', () => {
    const state = settled();
    go(state, '1');
    maintain(usual, state, true, state.lastAt);
    expect(suspected(state)).toBe(false);
  });

  test('not where failing now and then is its way', () => {
    const state = fresh();
    go(state, times(200, `${'0 '.repeat(49)}1`));
    expect(state.course).toBe('up');
    expect(suspected(state)).toBe(false);
  });
});

test('a state that was saved before there were extra probes goes on', () => {
  const state = settled();
  go(state, '1 1');
  const old = { ...state, regularAt: undefined, marks: undefined, version: 2, maintenance: 0, frozen: 0 };
  const restored = restore(old);
  expect(restored).toEqual(state);
  expect(restore({ ...old, maintenance: 1, frozen: 1 }).marks).toBe(maintained | repeated | frozen);
});
