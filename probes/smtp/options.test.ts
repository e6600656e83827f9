import { expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { Options } from './options.ts';

const parse = (options: object) => Options.safeParse({ address: 'mail.example.org:587', ...options });
const auth = { username: 'holter', password: new Secret('a secret') };

test.each([
  [{}],
  [{ auth }],
  [{ security: 'tls', auth }],
  [{ security: 'opportunistic', tls: { insecure: true } }],
  [{ security: 'none' }],
])('%o is well', (options) => {
  expect(parse(options).success).toBe(true);
});

test.each([
  [{ security: 'none', auth }],
  [{ security: 'opportunistic', auth }],
  [{ security: 'none', tls: { insecure: true } }],
  [{ auth, tls: { insecure: true } }],
  [{ auth: { username: 'holter', password: 'written out' } }],
  [{ auth: { username: 'holter', password: new Secret('') } }],
  [{ name: 'a b\r\nMAIL FROM' }],
  [{ to: 'somebody@example.org' }],
])('%o is a mistake', (options) => {
  expect(parse(options).success).toBe(false);
});
