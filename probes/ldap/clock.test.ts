import { expect, test } from 'vitest';
import { clockDistance } from './clock.ts';

const noon = Date.UTC(2026, 10, 25, 12, 0, 0);

test.each([
  // Whole seconds say no more than that: from 12:00:00.000 to 12:00:00.999.
  ['20261125120000.0Z', noon + 100, noon + 150, 0],
  ['20261125120000.0Z', noon - 400, noon + 100, 0],
  ['20261125120000.0Z', noon + 1500, noon + 1600, 500],
  ['20261125120000.0Z', noon - 2100, noon - 2000, 2000],
  ['20261125120000Z', noon + 61_000, noon + 61_100, 60_000],
  ['20261125120000,25Z', noon + 300, noon + 400, 50],
  ['20261125130000.0Z', noon, noon + 10, 3_599_990],
])('a server that says %s between %i and %i is %s ms away at least', (text, sentAt, receivedAt, expected) => {
  expect(clockDistance(text, sentAt, receivedAt)).toBe(expected);
});

test.each([[''], ['now'], ['202611251200Z'], ['20261125120000+0100'], ['2026-11-25T12:00:00Z']])('%j is no time', (text) => {
  expect(clockDistance(text, noon, noon)).toBeUndefined();
});
