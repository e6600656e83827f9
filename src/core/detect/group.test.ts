import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { yearMs } from '#model/time.ts';
import {
  bringBack,
  closeGroup,
  compileGroup,
  contribute,
  explanation,
  freshGroup,
  goOn,
  groupZeta,
  hasCrossed,
  isShared,
  isSteady,
  openGroup,
  pass,
  restoreGroup,
  retuneGroup,
  saved,
  suspicion,
} from './group.ts';
import { stirring } from './tally.ts';

const round = 30_000;
const test200 = compileGroup({ round, falsePagesPerYear: 1.5 });
const rate = 0.002;

/** Rounds of `members` outcomes, so many of which fail. */
function play(state = freshGroup(), rounds: readonly number[] = [], members = 200, from = 0) {
  rounds.forEach((failures, i) => {
    for (let m = 0; m < members; m += 1) contribute(test200, state, (from + i) * round + m, rate, m < failures);
  });
  pass(test200, state, (from + rounds.length) * round);
  return state;
}

const repeat = (count: number, ...pattern: readonly number[]) => Array.from({ length: count }, (_, i) => pattern[i % pattern.length] ?? 0);

test('the threshold is the dial: the mean number of rounds between false pages, but for the slack that is given back', () => {
  expect(test200.threshold).toBeCloseTo(yearMs / round / (1.5 * groupZeta), 6);
});

test('what a healthy group shows gathers no evidence', () => {
  // 200 members at 0.2 % fail 0.4 times a round.
  expect(suspicion(test200, play(freshGroup(), repeat(500, 1, 0, 0, 1, 0)))).toBeLessThan(0.001);
});

test('one per cent more over two hundred members pages within some ten rounds', () => {
  const state = freshGroup();
  const rounds = repeat(40, 2, 3, 2, 2, 3).findIndex((failures, i) => suspicion(test200, play(state, [failures], 200, i)) >= 1);
  expect(rounds).toBeGreaterThanOrEqual(4);
  expect(rounds).toBeLessThanOrEqual(12);
});

test('one round in which everything fails, or two, never page: it is the prober that blinked', () => {
  expect(suspicion(test200, play(freshGroup(), [0, 200, 0]))).toBeLessThan(0.01);
  expect(suspicion(test200, play(freshGroup(), [0, 200, 200, 0, 0]))).toBeLessThan(1);
});

/** `members` outcomes of which so many fail; those that failed in the round before answer again, or fail once more. */
function playBlink(state = freshGroup(), failures: readonly number[] = [], stays = false) {
  const members = 200;
  failures.forEach((count, i) => {
    for (let m = 0; m < (failures[i - 1] ?? 0); m += 1) goOn(state, stays);
    const able = members - failures.slice(0, i).reduce((sum, before) => sum + before, 0);
    for (let m = 0; m < able; m += 1) contribute(test200, state, i * round + m, rate, m < count);
  });
  pass(test200, state, failures.length * round);
  return state;
}

describe('a round in which many begin to fail', () => {
  test.each([
    ['one round', [0, 200, 0, 0]],
    ['the border of two rounds', [0, 90, 110, 0, 0]],
    ['the border of two rounds, most of them in the second', [0, 20, 180, 0, 0]],
  ])('and answer at the next probe says nothing: %s', (_, failures) => {
    const before = play(freshGroup(), repeat(300, 0, 1));
    const sum = before.sum;
    const state = playBlink(play(freshGroup(), repeat(300, 0, 1), 200, -300), failures);
    expect(state.sum).toBeLessThan(2 * sum + 100);
    expect(explanation(state).score).toBeLessThan(1);
  });

  test('and go on to fail is evidence like any other', () => {
    const state = playBlink(freshGroup(), [0, 90, 0, 0], true);
    expect(explanation(state).score).toBeGreaterThan(50);
  });

  test('pages nobody before it is known what it was', () => {
    const state = play(freshGroup(), repeat(30, 4));
    expect(hasCrossed(test200, state)).toBe(true);
    play(state, [80], 200, 30);
    expect(hasCrossed(test200, state)).toBe(false);
    for (let m = 0; m < 80; m += 1) goOn(state, true);
    play(state, [0], 120, 31);
    expect(hasCrossed(test200, state)).toBe(true);
  });

  test('is told to whoever failed among them', () => {
    const state = playBlink(freshGroup(), [0, 90]);
    expect(isShared(test200, state, round + 10)).toBe(true);
    expect(isShared(test200, state, 10 * round)).toBe(false);
    expect(isShared(test200, playBlink(freshGroup(), [0, 2]), round + 1)).toBe(false);
  });
});

test('doubt comes back as quickly as proof came: V is bounded', () => {
  const state = open();
  play(state, repeat(500, 0), 200, 12);
  expect(state.recovery).toBe(test200.closing ** 2);
  play(state, repeat(2, 30), 200, 512);
  expect(state.recovery).toBeLessThan(test200.closing);
});

test('the best explanation names the excess and since when', () => {
  const state = play(freshGroup(), [...repeat(100, 0, 1, 0, 0), ...repeat(20, 2, 3, 2, 2, 3)]);
  expect(explanation(state)).toMatchObject({ excess: 0.01 });
  expect(explanation(state).since / round).toBeGreaterThanOrEqual(96);
  expect(explanation(state).since / round).toBeLessThanOrEqual(102);
});

/** Twelve rounds of thirty failures each, and then open. */
function open() {
  const state = play(freshGroup(), repeat(12, 30));
  openGroup(state);
  return state;
}

describe('an open incident', () => {
  test('is not over while it goes on', () => {
    expect(isSteady(play(open(), repeat(60, 30), 200, 12))).toBe(false);
  });

  test('is over after a quarter of an hour without excess, and not before', () => {
    const state = open();
    play(state, repeat(20, 0, 1), 200, 12);
    expect(isSteady(state)).toBe(false);
    play(state, repeat(20, 0, 1), 200, 32);
    expect(isSteady(state)).toBe(true);
  });

  test('in which thousands begin to fail in one round, and answer in the next ones, is over like any other', () => {
    const state = open();
    play(state, [4000, 0, 4000], 5000, 12);
    play(state, repeat(20, 0), 5000, 15);
    expect(isSteady(state)).toBe(false);
    play(state, repeat(60, 0), 5000, 35);
    expect(isSteady(state)).toBe(true);
  });

  test('that comes in spells needs a calm twice as long as the longest between them', () => {
    const state = open();
    let at = 12;
    const go = (rounds: readonly number[]) => {
      play(state, rounds, 200, at);
      at += rounds.length;
      return isSteady(state);
    };
    go(repeat(25, 0));
    go(repeat(10, 30));
    go(repeat(25, 0));
    go(repeat(10, 30));
    expect(go(repeat(40, 0))).toBe(false);
    expect(go(repeat(20, 0))).toBe(true);
  });

  test('once closed leaves nothing behind', () => {
    const state = open();
    closeGroup(state);
    const { tally, ...rest } = state;
    expect({ ...rest, round: -1, shared: freshGroup().shared, tally: freshGroup().tally }).toEqual(freshGroup());
    expect(tally[stirring]).toBe(0);
  });
});

test('the round goes on when the members are asked at another pace', () => {
  const state = play(freshGroup(), repeat(20, 0, 1), 200, 100_000);
  const slower = compileGroup({ round: 2 * round, falsePagesPerYear: 1.5 });
  for (let i = 0; i < 40; i += 1) for (let m = 0; m < 200; m += 1) contribute(slower, state, (100_020 + 2 * i) * round + m, rate, m < 30);
  expect(suspicion(slower, state)).toBeGreaterThan(1);
});

test('a lower threshold pages nobody by itself: one more round that speaks for it does', () => {
  const state = play(freshGroup(), repeat(4, 3));
  const loose = compileGroup({ round, falsePagesPerYear: 1500 });
  expect(state.sum).toBeGreaterThan(loose.threshold);
  expect(state.sum).toBeLessThan(test200.threshold);
  const strict = structuredClone(state);
  retuneGroup(loose, test200, strict);
  expect(strict).toEqual(state);
  retuneGroup(test200, loose, state);
  expect(state.sum).toBeLessThan(loose.threshold);
  for (let m = 0; m < 200; m += 1) contribute(loose, state, 4 * round + m, rate, m < 3);
  expect(suspicion(loose, state)).toBeGreaterThan(1);
});

test('a clock that was set back while nobody ran leaves nobody deaf', () => {
  const state = restoreGroup(saved(play(freshGroup(), repeat(20, 0, 1), 200, 2880))) ?? freshGroup();
  bringBack(state, 100 * round);
  expect(suspicion(test200, play(state, repeat(20, 30), 200, 100))).toBeGreaterThan(1);
});

describe('a saved state', () => {
  test('goes on as the uninterrupted one', () => {
    const story = [...repeat(30, 0, 1), ...repeat(8, 3)];
    const whole = play(freshGroup(), story);
    const half = play(freshGroup(), story.slice(0, 20));
    const restored = restoreGroup(JSON.parse(JSON.stringify(saved(half)))) ?? freshGroup();
    play(restored, story.slice(20), 200, 20);
    expect(saved(restored)).toEqual(saved(whole));
  });

  test('counts nothing twice that is replayed', () => {
    const half = play(freshGroup(), repeat(20, 3));
    const restored = restoreGroup(JSON.parse(JSON.stringify(saved(half)))) ?? freshGroup();
    play(restored, repeat(20, 3));
    expect(restored.evidence).toEqual(half.evidence);
  });

  test('that is none is told apart, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(restoreGroup(value)).toBeUndefined();
      }),
    );
    expect(restoreGroup({ ...saved(freshGroup()), evidence: [1] })).toBeUndefined();
    expect(restoreGroup({ ...saved(freshGroup()), sum: 'much' })).toBeUndefined();
  });
});
