import { expect, test } from 'vitest';
import { rollUp } from './rollup.ts';
import type { State } from './verdict.ts';

const cases: readonly (readonly [readonly State[], State])[] = [
  [[], 'unknown'],
  [['down', 'down'], 'down'],
  [['down', 'up'], 'intermittent'],
  [['down', 'unknown'], 'intermittent'],
  [['intermittent', 'recovering'], 'intermittent'],
  [['recovering', 'up'], 'recovering'],
  [['maintenance', 'maintenance'], 'maintenance'],
  [['maintenance', 'up'], 'up'],
  [['unknown', 'unknown'], 'unknown'],
  [['unknown', 'maintenance'], 'up'],
  [['up', 'unknown'], 'up'],
];

test.each(cases)('%j adds up to %s', (states, whole) => {
  expect(rollUp(states)).toBe(whole);
  expect(rollUp(states.toReversed())).toBe(whole);
});
