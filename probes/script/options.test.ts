import { expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { Options } from './options.ts';
import { script } from './probe.ts';

const url = 'https://rx.example.org/script';
const least = { url, transaction: 'get_message', consent: 'contract 4711', test_mailbox: true, to: 'NETWORK', from: 'HOLTER-TEST' };
const account = { username: 'holter', password: new Secret('secret') };
const problems = (options: object) =>
  Options.safeParse(options).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

test.each([
  [{ url }],
  [{ url, expect_status: [403], basic: account }],
  [least],
  [{ ...least, transaction: 'status', test_mailbox: false, relates_to: 'CERT-1' }],
  [{ ...least, transaction: 'verify', test_mailbox: false, relates_to: 'CERT-1', username_token: account }],
  [{ ...least, expect: ['900', '900:4010'], version: '2023011', release: '20230115' }],
])('%o is well', (options) => {
  expect(problems(options)).toEqual([]);
});

test('a mailbox is asked only when it is vouched for', () => {
  expect(problems({ ...least, test_mailbox: false })).toEqual([
    'transaction: takes messages out of a mailbox: say test_mailbox: true where it is a test mailbox that stays empty',
  ]);
});

test.each(['NewRx', 'new_rx', 'CancelRx', 'RxChangeRequest', 'RxFill', 'rx_renewal'])('%s does not exist', (transaction) => {
  expect(problems({ ...least, transaction })[0]).toMatch(/^transaction: /);
});

test.each([
  [{ ...least, consent: undefined }, 'consent: is needed with transaction: get_message'],
  [{ ...least, to: undefined }, 'to: is needed with transaction: get_message'],
  [{ ...least, from: 'two words' }, 'from: must be printable ASCII without spaces'],
  [{ ...least, transaction: 'status', test_mailbox: false }, 'relates_to: is needed with transaction: status'],
  [{ ...least, relates_to: 'CERT-1' }, 'relates_to: belongs to transaction: status and verify'],
  [{ url, username_token: account }, 'username_token: has no place in the empty request of transaction: reach'],
  [{ url, to: 'NETWORK' }, 'to: has no place in the empty request of transaction: reach'],
  [{ url, expect: ['900'] }, 'expect: has no place in the empty request of transaction: reach'],
  [{ url, release: '20170715' }, 'release: has no place in the empty request of transaction: reach'],
  [{ url, test_mailbox: true }, 'test_mailbox: has no place in the empty request of transaction: reach'],
  [{ ...least, expect_status: [400] }, 'expect_status: belongs to transaction: reach'],
  [{ ...least, transaction: 'status', relates_to: 'CERT-1' }, 'test_mailbox: belongs to transaction: get_message'],
  [
    { url: 'http://rx.example.org/script', basic: account },
    'url: secrets are sent over https with verified certificates, or to loopback, only',
  ],
  [
    { ...least, tls: { insecure: true }, username_token: account },
    'url: secrets are sent over https with verified certificates, or to loopback, only',
  ],
  [
    { ...least, username_token: { ...account, password: 'secret' } },
    'username_token.password: must be !env NAME or !file path, never the secret itself',
  ],
  [{ ...least, expect: ['90'] }, 'expect.0: must be an error code, perhaps with its description code: "900:4010"'],
])('%o is a mistake', (options, expected) => {
  expect(problems(options)).toEqual([expected]);
});

test('caps count by host and port, and nobody is named', () => {
  expect(script.host(Options.parse({ url }))).toBe('rx.example.org:443');
  expect(script.patients(Options.parse(least))).toEqual([]);
});
