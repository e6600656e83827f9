import { expect, test } from 'vitest';
import { type Alive, judge } from './judge.ts';
import { Options } from './options.ts';

const usual = Options.parse({ address: 'pbx.example.org:5060' }).alive;

const said = (code: number, alive: readonly Alive[], retryAfter?: number) => {
  const failure = judge({ code, retryAfter }, alive);
  return failure === undefined ? 'ok' : `${failure.reason}: ${failure.message}`;
};

test.each([200, 202, 302, 401, 403, 404, 405, 407, 480, 483, 486, 488, 501, 600, 603])('%i proves life by default', (code) => {
  expect(said(code, usual)).toBe('ok');
});

test.each([
  [400, 'rejected: understood, and refused (400)'],
  [408, 'rejected: the proxy answers, but what stands behind it did not in time (408)'],
  [500, 'rejected: the server broke inside (500)'],
  [502, 'rejected: the proxy answers, but what stands behind it answered nonsense (502)'],
  [503, 'rejected: alive, and turning requests away: overloaded or in maintenance (503)'],
  [504, 'rejected: the proxy answers, but what stands behind it did not in time (504)'],
  [513, 'rejected: the server says that it failed (513)'],
])('%i does not', (code, expected) => {
  expect(said(code, usual)).toBe(expected);
});

test('a server that asks to be left alone for a time is quoted', () => {
  expect(said(503, usual, 30)).toMatch(/\(503\); asks to come back after 30 s$/);
});

test.each([401, 403, 407])('%i is auth where it does not prove life', (code) => {
  expect(said(code, [])).toMatch(new RegExp(`^auth: .*\\(${code}\\)$`));
  expect(said(code, ['4xx'])).toBe('ok');
});

test('an agreed code is well, and 2xx always', () => {
  expect(said(503, [503])).toBe('ok');
  expect(said(483, [])).toBe('rejected: understood, and refused (483)');
  expect(said(200, [])).toBe('ok');
});
