import { expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { Options } from './options.ts';

const parse = (options: object) => Options.safeParse({ address: 'dc1.example.org:389', ...options });
const messages = (options: object) => parse(options).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
const bind = { dn: 'cn=holter,dc=example,dc=org', password: new Secret('a secret') };
const base = 'cn=holter,dc=example,dc=org';

test.each([
  [{}],
  [{ security: 'none' }],
  [{ security: 'ldaps', bind }],
  [{ bind: { ...bind, dn: new Secret('holter@example.org') } }],
  [{ security: 'none', search: { base } }],
  [{ bind, search: { base, expect: { department: 'Monitoring', '2.5.4.3': 'holter' } } }],
  [{ bind, search: { base, scope: 'one', filter: { attribute: 'uid', equals: 'holter' } } }],
  [{ search: { base: '', expect: { isSynchronized: 'TRUE' } } }],
  [{ tls: { insecure: true } }],
])('%o is well', (options) => {
  expect(messages(options)).toBeUndefined();
});

test.each([
  [
    { bind: { ...bind, password: new Secret('') } },
    'bind.password: is empty: some servers accept that without looking, and it proves nothing',
  ],
  [{ bind: { ...bind, dn: '' } }, 'bind.dn: is empty: that would be an anonymous bind; leave `bind` out'],
  [{ bind: { ...bind, dn: 'x'.repeat(1001) } }, 'bind.dn: is longer than 1000 characters'],
  [{ bind: { ...bind, password: new Secret('x'.repeat(1001)) } }, 'bind.password: is longer than 1000 characters'],
  [{ bind: { ...bind, password: 'written out' } }, 'bind.password: must be !env NAME or !file path, never the secret itself'],
  [{ security: 'none', bind }, 'bind: needs security: starttls or ldaps: a password is never sent in plain'],
  [{ bind, tls: { insecure: true } }, 'bind: cannot stand beside tls.insecure: the password could go to anybody'],
  [{ security: 'none', tls: {} }, 'tls: cannot stand beside security: none'],
  [{ search: { base, scope: 'one' } }, 'search.filter: is required with scope: one'],
])('%o is a mistake', (options, expected) => {
  expect(messages(options)).toEqual([expected]);
});

test.each([
  [{ search: { base, scope: 'sub', filter: { attribute: 'uid', equals: 'holter' } } }],
  [{ search: { base: 'x'.repeat(1001) } }],
  [{ search: {} }],
  [{ search: { base, filter: { attribute: 'uid=*)(uid', equals: 'x' } } }],
  [{ search: { base, expect: { 'no name': 'x' } } }],
  [{ search: { base, expect: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`a${index}`, 'x'])) } }],
  [{ modify: {} }],
])('%o is refused', (options) => {
  expect(parse(options).success).toBe(false);
});
