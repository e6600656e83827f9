import { expect, test } from 'vitest';
import { StandstillWatch } from './standstill.ts';

/** Ticks every 50 ms until `until`, except inside of the spells. */
function watched(until: number, spells: readonly (readonly [from: number, to: number])[] = []): StandstillWatch {
  let now = 0;
  const watch = new StandstillWatch(() => now);
  while (now < until) {
    const due = now + 50;
    const spell = spells.find(([from, to]) => due >= from && due < to);
    now = spell === undefined ? due : spell[1];
    watch.tick();
  }
  return watch;
}

test('an undisturbed process never stood still', () => {
  expect(watched(10_000).since(0)).toBe(0);
});

test('short delays are the noise of a busy process', () => {
  expect(
    watched(10_000, [
      [1000, 1150],
      [2000, 2150],
      [3000, 3150],
    ]).since(0),
  ).toBe(0);
});

test('tells the longest stretch since then, and of an older one the part that reaches into it', () => {
  const watch = watched(10_000, [
    [1000, 3000],
    [5000, 5600],
  ]);
  expect(watch.since(0)).toBe(2000);
  expect(watch.since(2500)).toBe(600);
  expect(watch.since(5300)).toBe(300);
  expect(watch.since(6000)).toBe(0);
});

test('what lasts until this very moment counts: the timer that tells of it may come after the one who asks', () => {
  let now = 0;
  const watch = new StandstillWatch(() => now);
  now = 50;
  watch.tick();
  now = 900;
  expect(watch.since(0)).toBe(800);
  // And it is told once.
  now = 950;
  watch.tick();
  expect(watch.since(901)).toBe(0);
});
