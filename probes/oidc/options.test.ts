import { expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { Options } from './options.ts';

const parse = (options: object) => Options.safeParse({ issuer: 'https://login.example.org', ...options });
const secret = new Secret('a secret');

test.each([
  [{}],
  [{ client: { id: 'holter', secret } }],
  [{ client: { id: 'holter', key: secret, algorithm: 'RS384' }, scope: 'a b', verify: false }],
])('%o is well', (options) => {
  expect(parse(options).success).toBe(true);
});

test.each([
  [{ issuer: 'login.example.org' }],
  [{ client: { id: 'holter' } }],
  [{ client: { id: 'holter', secret, key: secret } }],
  [{ client: { id: 'holter', secret: 'written out' } }],
  [{ client: { id: 'holter', secret: new Secret('') } }],
  [{ client: { id: 'holter', key: secret, algorithm: 'none' } }],
  [{ scope: 'a' }],
  [{ client: { id: 'holter', secret }, audience: 'a', verify: false }],
])('%o is a mistake', (options) => {
  expect(parse(options).success).toBe(false);
});

test('a client is named over https with a verified certificate, or to loopback only', () => {
  const takes = (issuer: string, more: object = {}) => parse({ issuer, client: { id: 'holter', secret }, ...more }).success;
  expect([takes('https://login.example.org'), takes('http://127.0.0.1:9000')]).toEqual([true, true]);
  expect([takes('http://login.example.org'), takes('https://login.example.org', { tls: { insecure: true } })]).toEqual([false, false]);
  expect(parse({ issuer: 'http://login.example.org' }).success).toBe(true);
});
