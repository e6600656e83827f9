import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProbeFailure } from './contract.ts';
import type { HttpRequest } from './http-message.ts';
import { nextRequest } from './redirect.ts';

const request: HttpRequest = {
  url: new URL('https://portal.example.org/login?a=1'),
  method: 'GET',
  headers: [
    { name: 'accept', value: '*/*' },
    { name: 'Authorization', value: 'Bearer t' },
    { name: 'Cookie', value: 'a=b' },
    { name: 'x-api-key', value: 'k', secret: true },
    { name: 'Host', value: 'portal' },
  ],
};
const post: HttpRequest = {
  ...request,
  method: 'POST',
  body: 'x=1',
  headers: [...request.headers, { name: 'Content-Type', value: 'text/plain' }],
};

function next(status: number, location: string, from = request, allowDowngrade = false): HttpRequest {
  return nextRequest(from, status, location, allowDowngrade);
}

function names(of: HttpRequest): readonly string[] {
  return of.headers.map((header) => header.name);
}

test('a relative address is resolved, and its fragment is not sent', () => {
  expect(next(302, '../home?b=2#top').url.href).toBe('https://portal.example.org/home?b=2');
  expect(next(302, '//other.example.org/').url.href).toBe('https://other.example.org/');
});

test('an address in raw UTF-8 is encoded once', () => {
  expect(next(302, Buffer.from('/Übersicht').toString('latin1')).url.pathname).toBe('/%C3%9Cbersicht');
});

describe('what crosses to another origin', () => {
  test('on the same origin everything stays', () => {
    expect(names(next(302, '/home'))).toEqual(names(request));
  });

  test.each(['https://other.example.org/', 'https://portal.example.org:8443/', '//portal.example.org:444'])(
    'to %s nothing secret goes',
    (location) => {
      expect(names(next(302, location))).toEqual(['accept']);
    },
  );

  test('user and password of a Location are not taken', () => {
    expect(next(302, 'https://user:pass@other.example.org/').url.href).toBe('https://other.example.org/');
  });

  test('a secret body does not go', () => {
    expect(() => next(307, 'https://other.example.org/', { ...post, secretBody: true })).toThrow(/secret body/);
    expect(next(307, '/elsewhere', { ...post, secretBody: true }).body).toBe('x=1');
  });
});

test.each([
  [301, 'GET', undefined],
  [302, 'GET', undefined],
  [303, 'GET', undefined],
  [307, 'POST', 'x=1'],
  [308, 'POST', 'x=1'],
])('%i turns a POST into %s (RFC 9110 15.4)', (status, method, body) => {
  const followed = next(status, '/next', post);
  expect([followed.method, followed.body]).toEqual([method, body]);
  expect(names(followed).includes('Content-Type')).toBe(body !== undefined);
});

test('HEAD stays HEAD', () => {
  expect(next(303, '/next', { ...request, method: 'HEAD' }).method).toBe('HEAD');
});

test('from https to http is content unless allowed', () => {
  expect(() => next(302, 'http://portal.example.org/')).toThrow('it redirects from https to http');
  expect(next(302, 'http://portal.example.org/', request, true).url.protocol).toBe('http:');
});

test.each(['javascript:alert(1)', 'file:///etc/passwd', 'ftp://x/', 'data:text/html,x'])('to %s it is not followed', (location) => {
  expect(() => next(302, location)).toThrow(expect.objectContaining({ reason: 'content' }));
});

test.each(['http://[::', 'https://', 'http://a b/', 'https://x:99999/', '/'.padEnd(10_000, 'x')])(
  'garbage is protocol: %.20s',
  (location) => {
    expect(() => next(302, location)).toThrow(expect.objectContaining({ reason: 'protocol' }));
  },
);

test('any Location at all gives an http address without credentials, or a failure', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.webUrl(),
        fc.string().map((text) => `//${text}`),
      ),
      (location) => {
        try {
          const { url } = next(302, location);
          expect(['https:']).toContain(url.protocol);
          expect(url.username + url.password + url.hash).toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(ProbeFailure);
        }
      },
    ),
  );
});
