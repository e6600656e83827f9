import { expect, test } from 'vitest';
import { Secret } from '#prober/door.ts';
import { Options } from './options.ts';

const address = 'turn.example.org:3478';
const auth = { username: 'holter', password: new Secret('of-the-probe') };
const rest = { secret: new Secret('shared') };

function wrongs(options: object): string {
  return (Options.safeParse(options).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}

test('an account or a shared secret, and no more', () => {
  expect(Options.parse({ address, auth })).toMatchObject({ transport: 'udp', auth });
  expect(Options.parse({ address, rest })).toMatchObject({ rest: { id: 'holter', valid: 3_600_000 } });
  expect(wrongs({ address })).toBe(': needs one of `auth` and `rest`');
  expect(wrongs({ address, auth, rest })).toBe(': needs one of `auth` and `rest`');
});

test('names and passwords that no server takes', () => {
  for (const password of ['two\nlines', 'x'.repeat(509)])
    expect(wrongs({ address, auth: { ...auth, password: new Secret(password) } })).toMatch(
      /^auth.password: is longer than 508 bytes or has/,
    );
  expect(wrongs({ address, auth: { ...auth, username: 'ü'.repeat(255) } })).toMatch(/^auth.username: is longer than/);
  expect(wrongs({ address, auth: { ...auth, username: 'ü'.repeat(254) } })).toBe('');
  expect(wrongs({ address, auth: { ...auth, password: 'written out' } })).toContain('!env NAME or !file path');
  expect(wrongs({ address, auth: { ...auth, username: '' } })).toBe('auth.username: is empty');
  expect(wrongs({ address, rest: { ...rest, id: 'two words' } })).toContain('rest.id: must be 1 to 128 printable characters');
  expect(wrongs({ address, rest: { ...rest, valid: '1s' } })).toContain('rest.valid: must be between 1m and 7d');
});

test('settings of TLS need TLS, and check the certificate', () => {
  expect(wrongs({ address, auth, tls: {} })).toBe('tls: needs transport: tls');
  expect(wrongs({ address, auth, transport: 'tls', tls: {} })).toBe('');
  expect(wrongs({ address, auth, transport: 'tls', tls: { insecure: true } })).toContain('tls: cannot be insecure here');
});
