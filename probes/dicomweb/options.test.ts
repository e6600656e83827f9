import { expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { Options } from './options.ts';

const secret = new Secret('a secret');
const takes = (url: string, more: object = {}) => Options.safeParse({ url, ...more }).success;

test.each([[{ bearer: secret }], [{ basic: { username: 'holter', password: secret } }]])(
  '%o goes over https with a verified certificate, or to loopback only',
  (auth) => {
    expect([takes('https://pacs.example.org/rs', { auth }), takes('http://[::1]:8042/rs', { auth })]).toEqual([true, true]);
    expect(takes('http://pacs.example.org/rs', { auth })).toBe(false);
    expect(takes('https://pacs.example.org/rs', { auth, tls: { insecure: true } })).toBe(false);
    expect(takes('http://pacs.example.org/rs')).toBe(true);
  },
);

test.each([
  [{ patient: '*' }],
  [{ patient: 'AB' }],
  [{ patient: 'HOLTER-1&limit=100' }],
  [{ auth: {} }],
  [{ auth: { bearer: 'written out' } }],
  [{ auth: { bearer: secret, basic: { username: 'a', password: secret } } }],
])('%o is a mistake', (options) => {
  expect(takes('https://pacs.example.org/rs', options)).toBe(false);
});
