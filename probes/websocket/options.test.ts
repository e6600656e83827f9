import { describe, expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { Options } from './options.ts';

const url = 'wss://visits.example.org/ws';
const token = new Secret('Bearer x');

/** Paths of the problems, or `ok`. */
function problems(options: object): string {
  const parsed = Options.safeParse({ url, ...options });
  return parsed.success ? 'ok' : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}

describe('what is well', () => {
  test.each([
    {},
    { url: 'ws://visits.example.org:8080/ws?room=1' },
    { url: 'wss://[::1]:8443/' },
    { subprotocols: ['sip', 'v10.stomp'], origin: 'https://visits.example.org' },
    { send: 'ping', expect: '^pong$' },
    { expect: 'welcome' },
    { headers: { Authorization: token } },
    { url: 'ws://127.0.0.1:8080/', send: token, expect: 'x' },
    { tls: { min_version: 'TLSv1.3' } },
  ])('%o', (options) => {
    expect(problems(options)).toBe('ok');
  });
});

describe('what is refused', () => {
  test.each<readonly [object, RegExp]>([
    [{ url: 'https://visits.example.org/' }, /^url: is not a ws:\/\/ or wss:\/\/ address/],
    [{ url: 'wss://me:secret@visits.example.org/' }, /^url: /],
    [{ url: 'wss://visits.example.org/#room' }, /^url: /],
    [{ url: 'visits.example.org:443' }, /^url: /],
    [{ headers: { 'Sec-WebSocket-Protocol': 'sip' } }, /^headers\.Sec-WebSocket-Protocol: /],
    [{ headers: { Upgrade: 'h2c' } }, /^headers\.Upgrade: /],
    [{ headers: { Origin: 'https://a' } }, /^headers\.Origin: /],
    [{ headers: { Cookie: 'a\r\nb: c' } }, /^headers\.Cookie: is not the value of a header/],
    [{ subprotocols: [] }, /^subprotocols: /],
    [{ subprotocols: ['a', 'a'] }, /^subprotocols: the same subprotocol twice/],
    [{ subprotocols: ['a, b'] }, /^subprotocols\.0: is not the name of a subprotocol/],
    [{ origin: 'a\nb' }, /^origin: is not an origin/],
    [{ send: 'hello' }, /^send: needs `expect`/],
    [{ send: 'é'.repeat(40_000), expect: 'x' }, /^send: at most 64 KiB/],
    [{ expect: '(?<=x)y' }, /^expect: is not a regular expression/],
    [{ message_limit: 10 }, /^message_limit: /],
    [{ url: 'ws://visits.example.org/', tls: {} }, /^tls: needs a wss:\/\/ address/],
    [{ url: 'ws://visits.example.org/', headers: { Authorization: token } }, /^url: secrets are sent over wss/],
    [{ url: 'ws://visits.example.org/', send: token, expect: 'x' }, /^url: secrets are sent over wss/],
    [{ headers: { Authorization: token }, tls: { insecure: true } }, /^url: secrets are sent over wss/],
  ])('%o', (options, expected) => {
    expect(problems(options)).toMatch(expected);
  });
});
