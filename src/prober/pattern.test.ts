import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileJsonPath, compilePattern, JsonTooDeep, jsonPath, pattern } from './pattern.ts';

describe('pattern', () => {
  test('matches anywhere, as RE2 reads it', () => {
    expect(compilePattern('(?i)welcome').test('<h1>Welcome</h1>')).toBe(true);
    expect(compilePattern('^well$').test('unwell')).toBe(false);
  });

  test('captures the first group of the first match, or the whole of it', () => {
    expect(compilePattern('a=(\\d)').capture('a=1 a=2')).toBe('1');
    expect(compilePattern('a=\\d').capture('b a=1')).toBe('a=1');
    expect(compilePattern('a=(x)?').capture('a=')).toBeUndefined();
    expect(compilePattern('a').capture('b')).toBeUndefined();
    expect(compilePattern('end').capture(`${'x'.repeat(1_000_000)}end`)).toBeUndefined();
  });

  test('what RE2 does not know is a mistake of the configuration, told in words', () => {
    for (const source of ['(?=ahead)', '(a)\\1', '[', '', 'x'.repeat(1001)]) expect(pattern().safeParse(source).success).toBe(false);
    expect(pattern().safeParse('[').error?.issues[0]?.message).toMatch(/^is not a regular expression in RE2's syntax/);
  });

  test('a compiled pattern prints as its source, for fingerprints', () => {
    expect(JSON.stringify({ matches: pattern().parse('a+') })).toBe('{"matches":"a+"}');
  });

  test('the text beyond a million characters is not looked at', () => {
    expect(compilePattern('end').test(`${'x'.repeat(1_000_000)}end`)).toBe(false);
  });

  test('an expression that freezes a backtracking engine does not freeze this one', () => {
    // /^(a+)+$/ takes longer than the age of the universe on this text.
    expect(compilePattern('^(a+)+$').test(`${'a'.repeat(100_000)}b`)).toBe(false);
  });
});

describe('JSONPath', () => {
  const document = {
    status: 'UP',
    checks: [
      { name: 'db', up: true },
      { name: 'queue', up: false },
    ],
  };

  test.each([
    ['$.status', ['UP']],
    ['$.checks[*].name', ['db', 'queue']],
    ['$.checks[?@.up==false].name', ['queue']],
    ['$..name', ['db', 'queue']],
    ["$['checks'][0]['up']", [true]],
    ["$.checks[?@['..']=='*']", []],
    ['$.nothing', []],
  ])('%s', (query, values) => {
    expect(jsonPath().parse(query).find(document, 100)).toEqual(values);
  });

  test('no more values are given than wanted', () => {
    expect(
      compileJsonPath('$[*]').find(
        Array.from({ length: 1000 }, (_, at) => at),
        3,
      ),
    ).toEqual([0, 1, 2]);
  });

  test.each([
    "$[?match(@.a, 'x')]",
    "$[?search(@.a, 'x')]",
    '$..a..b',
    '$[?count(@..*) > 1]',
    '$[?count($[*]) > 1]',
    '$[?@[?@.a]]',
    '$.a[',
    'a',
  ])('what is broken or costs more than linear time is a mistake: %s', (query) => {
    expect(jsonPath().safeParse(query).error?.issues[0]?.message).toMatch(/^is not a JSONPath query that may be used here/);
  });

  test('a document that is nested very deeply is told, not followed', () => {
    const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
    expect(() => compileJsonPath('$..a').find(deep, 10)).toThrow(JsonTooDeep);
  });

  test('any JSON at all is answered', () => {
    const query = compileJsonPath('$..[?@.a]');
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(Array.isArray(query.find(value, 10))).toBe(true);
      }),
    );
  });
});
