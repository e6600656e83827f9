import { describe, expect, test } from 'vitest';
import { type Answer, HttpExpectations, parseStatusSet, statusSet, unmetExpectation } from './assert.ts';

interface Given extends Partial<Omit<Answer, 'header'>> {
  readonly headers?: Readonly<Record<string, string>>;
}

/** `well`, or `reason: message`. */
function check(expectations: object, { headers = {}, ...given }: Given = {}): string {
  const answer: Answer = {
    status: 200,
    body: '',
    url: 'https://a.example.org/',
    elapsed: 10,
    header: (name) => headers[name] ?? '',
    ...given,
  };
  const failure = unmetExpectation(answer, HttpExpectations.parse(expectations));
  return failure === undefined ? 'well' : `${failure.reason}: ${failure.message}`;
}

describe('status set', () => {
  test.each([
    [['2xx'], [200, 204, 299], [199, 300]],
    [[200], [200], [201]],
    [
      ['200-204', 401],
      [200, 204, 401],
      [205, 400, 402],
    ],
  ])('%j', (parts, well, ill) => {
    const set = parseStatusSet(parts);
    expect(well.every((status) => set.has(status))).toBe(true);
    expect(ill.some((status) => set.has(status))).toBe(false);
  });

  test('is written as a number, a text or a list, and prints as written', () => {
    expect(JSON.stringify([statusSet().parse(200), statusSet().parse('2xx'), statusSet().parse(['2xx', 401])])).toBe(
      '["200","2xx","2xx, 401"]',
    );
    for (const wrong of [99, 600, '2x', '6xx', '200-', [], '200 - 204', true]) expect(statusSet().safeParse(wrong).success).toBe(false);
  });
});

test('without expectations every answer is well but for its status, which the kind judges', () => {
  expect(check({})).toBe('well');
});

test.each([
  [{ contains: ['portal', 'Welcome'] }, 'content: text 2 of contains is not in the body'],
  [{ contains: ['portal'] }, 'well'],
  [{ not_contains: ['error', 'portal'] }, 'content: text 2 of not_contains is in the body'],
  [{ not_contains: ['error'] }, 'well'],
  [{ matches: ['^the', 'tal$'] }, 'well'],
  [{ matches: ['^portal'] }, 'content: expression 1 of matches does not match the body'],
  [{ not_matches: ['(?i)ERROR', '(?i)PORTAL'] }, 'content: expression 2 of not_matches matches the body'],
])('%j of the body "the portal" is %s', (expectations, wanted) => {
  expect(check(expectations, { body: 'the portal' })).toBe(wanted);
});

test.each([
  [{ headers: { 'Content-Type': 'json' } }, 'well'],
  [{ headers: { 'content-type': '^text/' } }, 'content: the header content-type does not match'],
  [{ headers: { 'X-None': '.' } }, 'content: the header X-None is missing'],
  [{ not_headers: { 'Content-Type': 'json' } }, 'content: the header Content-Type matches what it must not'],
  [{ not_headers: { 'x-none': '.' } }, 'well'],
  [{ max_age: '1m' }, 'content: the answer is 90 s old, allowed are 60 s'],
  [{ max_age: '2m' }, 'well'],
])('%j of the headers is %s', (expectations, wanted) => {
  expect(check(expectations, { headers: { 'content-type': 'application/json', age: '90' } })).toBe(wanted);
});

test('the final address tells a redirect to a login page', () => {
  expect(check({ final_url: '^https://a\\.example\\.org/home$' }, { url: 'https://a.example.org/login?next=/home' })).toBe(
    'content: it ended at another address than final_url',
  );
});

test('an answer that came too late is timeout', () => {
  expect(check({ within: '500ms' }, { elapsed: 812.4 })).toBe('timeout: answered after 812 ms, allowed are 500 ms');
  expect(check({ within: '500ms' }, { elapsed: 500 })).toBe('well');
});

describe('json', () => {
  const body = '{"status":"UP","n":3,"list":[{"ok":true},{"ok":false}],"none":null}';

  test.each([
    [{ path: '$.status', equals: 'UP' }, 'well'],
    [{ path: '$.status', equals: 'DOWN' }, 'content: json 1 ($.status): the value is another than wanted'],
    [{ path: '$.none', equals: null }, 'well'],
    [{ path: '$.list[*].ok', equals: true }, 'content: json 1 ($.list[*].ok): the value is another than wanted'],
    [{ path: '$.n', equals: '3' }, 'content: json 1 ($.n): the value is another than wanted'],
    [{ path: '$.n', matches: '^3$' }, 'well'],
    [{ path: '$.list[*].ok', matches: 'true' }, 'content: json 1 ($.list[*].ok): the value does not match'],
    [{ path: '$.list[0]', matches: '.' }, 'content: json 1 ($.list[0]): the value does not match'],
    [{ path: '$.list[?@.ok==false]', count: 0 }, 'content: json 1 ($.list[?@.ok==false]): it gives 1 values, wanted are 0'],
    [{ path: '$.status', exists: true }, 'well'],
    [{ path: '$.gone', exists: true }, 'content: json 1 ($.gone): it gives no value'],
    [{ path: '$.status', exists: false }, 'content: json 1 ($.status): it gives a value'],
  ])('%j is %s', (wish, wanted) => {
    expect(check({ json: [wish] }, { body })).toBe(wanted);
  });

  test('a body that is no JSON says what it is, not what it says', () => {
    const wish = { json: [{ path: '$.a', exists: true }] };
    expect(check(wish, { body: '<html>patient 4711</html>' })).toBe('content: the body is HTML or XML where JSON belongs');
    expect(check(wish, { body: 'patient 4711' })).toBe('content: the body is not JSON');
    expect(check(wish, { body: '' })).toBe('content: the body is not JSON');
  });

  test('a body nested without end is told', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(check({ json: [{ path: '$..a', exists: false }] }, { body: deep })).toBe(
      'content: json 1 ($..a): the document is nested too deeply',
    );
  });

  test('a wish that wishes nothing is a mistake', () => {
    expect(HttpExpectations.safeParse({ json: [{ path: '$.a' }] }).success).toBe(false);
  });
});
