import { expect, test } from 'vitest';
import { HttpExpectations } from '#prober/assert.ts';
import { failedByPattern, judge } from './judge.ts';

const dayMs = 86_400_000;

interface Given {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function said(given: Given, expectations: object = {}, certificate?: { leastDays: number; leftDays?: number }): string {
  const { status = 200, body = '', headers = {} } = given;
  const answer = { status, body, url: 'https://a.example.org/', elapsed: 10, header: (name: string) => headers[name] ?? '' };
  const expected = {
    expect: HttpExpectations.parse(expectations),
    certificate: certificate && { expires_after: certificate.leastDays * dayMs },
  };
  const failure = judge(answer, expected, certificate?.leftDays === undefined ? undefined : certificate.leftDays * dayMs);
  return failure === undefined ? 'well' : `${failure.reason}: ${failure.message}`;
}

test.each([
  [200, 'well'],
  [204, 'well'],
  [302, 'content: HTTP 302, expected is 2xx'],
  [401, 'auth: HTTP 401: the server wants credentials, or refused ours'],
  [403, 'auth: HTTP 403: we are not allowed to do that'],
  [407, 'auth: HTTP 407: the server wants credentials, or refused ours'],
  [404, 'rejected: HTTP 404: understood and refused'],
  [429, 'rejected: HTTP 429: alive and shedding load'],
  [503, 'rejected: HTTP 503: alive and shedding load'],
  [500, 'rejected: HTTP 500: alive and broken inside'],
  [502, 'rejected: HTTP 502: alive and broken inside'],
  [495, 'auth: HTTP 495: the server refused or missed our client certificate'],
  [496, 'auth: HTTP 496: the server refused or missed our client certificate'],
  [400, 'rejected: HTTP 400: understood and refused'],
  [999, 'rejected: HTTP 999: alive and broken inside'],
])('%i is %s', (status, wanted) => {
  expect(said({ status })).toBe(wanted);
});

test('a status that is expected is well, whatever it usually means', () => {
  expect(said({ status: 401 }, { status: [200, 401] })).toBe('well');
  expect(said({ status: 200 }, { status: 401 })).toBe('content: HTTP 200, expected is 401');
});

test('a number of Retry-After is told, anything else is not repeated', () => {
  expect(said({ status: 503, headers: { 'retry-after': '30' } })).toMatch(/, retry after 30 s$/);
  expect(said({ status: 503, headers: { 'retry-after': '<script>' } })).toMatch(/shedding load$/);
});

const page = (text: string) => `<html><title>400 ${text}</title></html>`;

test('what nginx says of client certificates is auth', () => {
  expect(said({ status: 400, body: page('No required SSL certificate was sent') })).toMatch(/^auth: /);
  expect(said({ status: 400, body: page('The SSL certificate error') })).toMatch(/^auth: /);
});

test('an expectation that does not hold is told after the status', () => {
  expect(said({ status: 500 }, { contains: ['x'] })).toMatch(/^rejected: /);
  expect(said({}, { contains: ['x'] })).toBe('content: text 1 of contains is not in the body');
});

test('a failure by a text, a header or an expression is counted as such, any other is not', () => {
  const answer = { status: 200, body: 'portal', url: '', elapsed: 900, header: () => '' };
  const counted = (expectations: object) => {
    const wanted = HttpExpectations.parse(expectations);
    return failedByPattern(answer, wanted, judge(answer, { expect: wanted }, undefined));
  };
  expect(counted({ contains: ['portal'] })).toBe(0);
  expect(counted({ contains: ['Welcome'] })).toBe(1);
  expect(counted({ not_matches: ['p.rtal'] })).toBe(1);
  expect(counted({ headers: { 'x-a': '.' } })).toBe(1);
  expect(counted({ json: [{ path: '$.a', exists: true }] })).toBe(0);
  expect(counted({ within: '500ms' })).toBe(0);
  expect(counted({ status: 404, contains: ['Welcome'] })).toBe(0);
});

test('a certificate that expires sooner than wanted fails, without TLS there is none', () => {
  expect(said({}, {}, { leastDays: 14, leftDays: 13.5 })).toBe('certificate: a certificate expires in 13.5 days, wanted are 14.0');
  expect(said({}, {}, { leastDays: 14, leftDays: 14 })).toBe('well');
  expect(said({}, {}, { leastDays: 14 })).toBe('well');
});
