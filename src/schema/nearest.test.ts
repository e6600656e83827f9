// The nearest right word.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { didYouMean, editDistance, nearest } from './nearest.ts';

test.each([
  ['timout', ['timeout', 'every'], 'timeout'],
  ['host-rate', ['host_rate', 'host_concurrency'], 'host_rate'],
  ['SERVICES', ['services'], 'services'],
  ['socla', ['norcal', 'socal'], 'socal'],
  ['xyz', ['timeout', 'every'], undefined],
  ['', ['a'], undefined],
  ['a'.repeat(65), ['a'.repeat(64)], undefined],
])('%s means %s', (word, candidates, expected) => {
  expect(nearest(word, candidates)).toBe(expected);
});

test('the hint is a question, and none is asked when nothing is near', () => {
  expect(didYouMean('urll', ['url'])).toBe('did you mean "url"?');
  expect(didYouMean('password', ['url'])).toBeUndefined();
});

test('the distance is that of the textbook', () => {
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('ab', 'ba')).toBe(1);
  expect(editDistance('', 'abc')).toBe(3);
  expect(editDistance('ca', 'abc')).toBe(3);
});

test('the distance is symmetric, zero only for equals, and never above the longer length', () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (left, right) => {
      const distance = editDistance(left, right);
      expect(distance).toBe(editDistance(right, left));
      expect(distance === 0).toBe(left === right);
      expect(distance).toBeLessThanOrEqual(Math.max(left.length, right.length));
    }),
  );
});
