import { describe, expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { Options } from './options.ts';
import { http } from './probe.ts';

const secret = new Secret('s3cret');

test('an address is enough, and what is then asked is safe', () => {
  expect(Options.parse({ url: 'https://a.example.org/' })).toMatchObject({
    method: 'GET',
    follow_redirects: true,
    allow_downgrade: false,
    http_version: 'http1',
    body_limit: 1_048_576,
    expect: { status: { text: '2xx' } },
  });
});

test.each([
  ['a POST that nobody vouched for', { method: 'POST' }],
  ['a method that changes things', { method: 'DELETE' }],
  ['a body without POST', { body: 'a' }],
  ['a body that is too large', { method: 'POST', idempotent: true, body: 'x'.repeat(65_537) }],
  ['an address with a password in it', { url: 'https://u:p@a.example.org/' }],
  ['an address that is not http', { url: 'ftp://a.example.org/' }],
  ['a header of the connection', { headers: { 'Content-Length': '3' } }],
  ['a header that is none', { headers: { 'a b': 'c' } }],
  ['a header that splits the request', { headers: { 'x-a': 'b\r\nx-evil: c' } }],
  ['a user name that holds a colon', { auth: { basic: { username: 'a:b', password: secret } } }],
  ['too many headers', { headers: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`x-${at}`, 'v'])) }],
  ['a token that is written out', { headers: { Authorization: 'Bearer abc' } }],
  ['a key that is written out', { headers: { 'X-API-Key': 'abc' } }],
  ['a password that is written out', { auth: { basic: { username: 'u', password: 'p' } } }],
  ['two kinds of credentials', { auth: { basic: { username: 'u', password: secret }, bearer: secret } }],
  ['no kind of credentials', { auth: {} }],
  ['HTTP/2 without TLS', { url: 'http://a.example.org/', http_version: 'http2' }],
  ['a resolver that is no address', { resolver: ['ns.example.org'] }],
  ['a resolver beyond all addresses', { resolver: ['999.1.1.1'] }],
  ['a certificate without its key', { tls: { cert: 'PEM' } }],
  ['only our authorities without any', { tls: { ca_only: true } }],
  ['an unknown key', { expects: {} }],
])('%s is a mistake', (_, more) => {
  expect(Options.safeParse({ url: 'https://a.example.org/', ...more }).success).toBe(false);
});

describe('secrets', () => {
  const carriers = [{ auth: { bearer: secret } }, { headers: { 'x-api-key': secret } }, { method: 'POST', idempotent: true, body: secret }];

  test.each(carriers)('%j go over https or to loopback only', (carrier) => {
    const takes = (url: string, more: object = {}) => Options.safeParse({ url, ...carrier, ...more }).success;
    expect(takes('https://a.example.org/')).toBe(true);
    expect(takes('http://127.0.0.1:8080/')).toBe(true);
    expect(takes('http://localhost/')).toBe(true);
    expect(takes('http://[::1]/')).toBe(true);
    expect(takes('http://a.example.org/')).toBe(false);
    expect(takes('http://127.example.org/')).toBe(false);
    expect(takes('https://a.example.org/', { tls: { insecure: true } })).toBe(false);
  });

  test('do not show when options are printed', () => {
    expect(JSON.stringify(Options.parse({ url: 'https://a.example.org/', auth: { bearer: secret } }))).not.toContain('s3cret');
  });
});

const host = (url: string) => http.host(Options.parse({ url }));

test('what the caps count by is host and port', () => {
  expect(host('https://a.example.org/x')).toBe('a.example.org:443');
  expect(host('http://a.example.org/')).toBe('a.example.org:80');
  expect(host('http://[::1]:8080/')).toBe('[::1]:8080');
});

const patients = (url: string) => http.patients(Options.parse({ url }));

test('an identifier of a patient in the address is one that must be synthetic', () => {
  expect(patients('https://fhir.example.org/r4/Patient?identifier=urn:mrn|7')).toEqual(['7']);
  expect(patients('https://portal.example.org/health')).toEqual([]);
});
