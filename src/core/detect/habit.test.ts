import { expect, test } from 'vitest';
import { dayMs, hourMs, minuteMs, secondMs } from '#model/time.ts';
import { compile, fresh, observe } from './detector.ts';

const interval = 30 * secondMs;
const usual = compile({ interval, falsePagesPerYear: 1, grace: minuteMs });
const perDay = dayMs / interval;

/** Plays days that have one run of failures each: [probe of the day at which it begins, its length]. Gives the number of pages of each day. */
function pagesByDay(days: readonly (readonly [number, number])[]): number[] {
  const state = fresh();
  return days.map(([from, length], day) => {
    let pages = 0;
    for (let i = 0; i < perDay; i += 1) {
      const at = (day * perDay + i) * interval;
      const before = state.course;
      observe(usual, state, i >= from && i < from + length, at, at % dayMs);
      if (before === 'up' && state.course !== 'up') pages += 1;
    }
    return pages;
  });
}

function every(count: number, ...day: readonly [number, number]): (readonly [number, number])[] {
  return Array.from({ length: count }, () => day);
}

const night = (3 * hourMs) / interval;

test('a daily restart of 90 s pages twice, then no more, also when it moves within the hour', () => {
  expect(pagesByDay([...every(3, night, 3), [night + 80, 3], [night - 30, 3], [night, 3], ...every(3, night, 3)])).toEqual([
    1, 1, 0, 0, 0, 0, 0, 0, 0,
  ]);
});

test('one that fits the grace never pages, and teaches nothing', () => {
  expect(pagesByDay([...every(6, night, 2), [night, 4]])).toEqual([0, 0, 0, 0, 0, 0, 1]);
});

test('an outage at that hour pages one probe after the restart should be over', () => {
  const state = fresh();
  const down: number[] = [];
  for (let i = 0; i < 8 * perDay; i += 1) {
    const [day, probe] = [Math.floor(i / perDay), i % perDay];
    const failed = probe >= night && probe < night + (day < 7 ? 3 : 100);
    const before = state.course;
    observe(usual, state, failed, i * interval, (i * interval) % dayMs);
    if (before === 'up' && state.course === 'down') down.push(probe - night + 1);
  }
  expect(down).toEqual([3, 3, 4]);
});

test('the same outage at another hour pages as ever', () => {
  expect(pagesByDay([...every(5, night, 3), [2 * night, 3], [night, 3]])).toEqual([1, 1, 0, 0, 0, 1, 0]);
});

test('a longer restart pages once and is learned; one of more than five minutes pages every day', () => {
  expect(pagesByDay([...every(4, night, 3), ...every(3, night, 5)])).toEqual([1, 1, 0, 0, 1, 0, 0]);
  expect(pagesByDay(every(5, night, 13))).toEqual([1, 1, 1, 1, 1]);
});

test('what is not seen for more than three days is forgotten', () => {
  expect(pagesByDay([...every(4, night, 3), ...every(2, 0, 0), ...every(2, night, 3)]).slice(-2)).toEqual([0, 0]);
  expect(pagesByDay([...every(4, night, 3), ...every(4, 0, 0), ...every(2, night, 3)]).slice(-2)).toEqual([1, 1]);
});
