import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { amount, clock, listed, percent, percentRange, plain, span, stamp } from './words.ts';

test('a time is written as ISO 8601 has it, in UTC', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('1970-01-01'), max: new Date('2400-01-01'), noInvalidDate: true }), (date) => {
      const iso = date.toISOString();
      expect(stamp(date.getTime())).toBe(`${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`);
      expect(clock(date.getTime())).toBe(iso.slice(11, 19));
    }),
  );
});

test.each([
  [0, '0 s'],
  [45_000, '45 s'],
  [119_000, '119 s'],
  [120_000, '2 min'],
  [12 * 60_000 + 59_000, '12 min'],
  [7_200_000, '2 h'],
  [7_800_000, '2 h 10 min'],
  [86_400_000, '24 h'],
  [2 * 86_400_000, '2 d'],
  [3 * 86_400_000 + 4 * 3_600_000, '3 d 4 h'],
])('%d ms is %s', (length, text) => {
  expect(span(length)).toBe(text);
});

test.each([
  [0, '0 %'],
  [0.00001, 'under 0.01 %'],
  [0.0003, '0.03 %'],
  [0.003, '0.3 %'],
  [0.024, '2.4 %'],
  [0.02, '2 %'],
  [0.0994, '9.9 %'],
  [0.0999, '10 %'],
  [0.283, '28 %'],
  [0.999, 'over 99 %'],
  [1, '100 %'],
])('%d is %s', (share, text) => {
  expect(percent(share)).toBe(text);
});

test('a range names its sign once', () => {
  expect(percentRange(0.19, 0.39)).toBe('19 to 39 %');
  expect(percentRange(0.201, 0.202)).toBe('20 %');
});

test('thousands are parted, lists are read aloud', () => {
  expect([1, 999, 1000, 1_234_567].map(amount)).toEqual(['1', '999', '1,000', '1,234,567']);
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map((items) => listed(items))).toEqual(['', 'a', 'a and b', 'a, b and c']);
  expect(listed(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
});

test("other people's text is one line without control or direction characters", () => {
  expect(plain('a\r\n\tb\u0000\u202ec\u2028d\u200be\u001b[31m', 100)).toBe('a b c d e [31m');
});

test('a cut shows, keeps the bound and never halves a character', () => {
  expect(plain('abcdef', 4)).toBe('abc…');
  expect(plain('ab😀cd', 4)).toBe('ab…');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (text, limit) => {
      const line = plain(text, limit);
      expect(line.length).toBeLessThanOrEqual(limit);
      expect(line.isWellFormed()).toBe(true);
      expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});
