import { describe, expect, test } from 'vitest';
import { judgeReply, judgeSerials } from './judge.ts';
import { Options, parseServer } from './options.ts';
import type { Reply } from './wire.ts';

const record = (value: string, ttlSeconds = 60) => ({ name: 'a.example.org', type: 'A', ttlSeconds, value });

function reply(more: Partial<Reply> = {}): Reply {
  const records = [record('192.0.2.1'), record('192.0.2.2')];
  return {
    rcode: 'NOERROR',
    flags: { aa: true, tc: false, ra: true, ad: false },
    records,
    answers: 2,
    authorities: 0,
    additionals: 0,
    nsid: '',
    ...more,
  };
}

const judge = (expectation: object, more: Partial<Reply> = {}) =>
  judgeReply(reply(more), Options.parse({ servers: ['192.0.2.53'], name: 'a.example.org', expect: expectation }));

test.each([
  ['nothing special', {}],
  ['the exact records in any order', { answers: ['192.0.2.2', '192.0.2.1'] }],
  ['one of them', { contains: ['192.0.2.1'] }],
  ['an expression', { matches: ['^192\\.'] }],
  ['no record of a kind', { not_matches: ['^10\\.'] }],
  ['flags', { flags: ['aa', 'ra'] }],
  ['lifetimes', { ttl: { least: '1m', most: '1m' } }],
])('well: %s', (_, expectation) => {
  expect(judge(expectation)).toBeUndefined();
});

test.each([
  ['SERVFAIL', {}, { rcode: 'SERVFAIL' }, 'rejected'],
  ['REFUSED', {}, { rcode: 'REFUSED' }, 'rejected'],
  ['a code without a name', {}, { rcode: 'RCODE4095' }, 'rejected'],
  ['NXDOMAIN', {}, { rcode: 'NXDOMAIN' }, 'content'],
  ['success where none may be', { rcode: ['NXDOMAIN'] }, {}, 'content'],
  ['no data', {}, { records: [] }, 'content'],
  ['too few', { least_records: 3 }, {}, 'content'],
  ['one too many', { answers: ['192.0.2.1'] }, {}, 'content'],
  ['one missing', { contains: ['192.0.2.9'] }, {}, 'content'],
  ['no authority', { flags: ['aa'] }, { flags: { aa: false, tc: false, ra: true, ad: false } }, 'content'],
  ['no recursion', { flags: ['ra'] }, { flags: { aa: true, tc: false, ra: false, ad: false } }, 'content'],
  ['not validated', { flags: ['ad'] }, {}, 'content'],
  ['an expression that nothing matches', { matches: ['^10\\.'] }, {}, 'content'],
  ['an expression that must not match', { not_matches: ['^192\\.'] }, {}, 'content'],
  ['too short a life', { ttl: { least: '2m' } }, {}, 'content'],
  ['too long a life', { ttl: { most: '30s' } }, {}, 'content'],
])('ill: %s', (_, expectation, more, reason) => {
  expect(judge(expectation, more)?.reason).toBe(reason);
});

test('flags of a refusal are not looked at: the refusal is what counts', () => {
  expect(judge({ flags: ['aa'] }, { rcode: 'REFUSED', flags: { aa: false, tc: false, ra: false, ad: false } })?.reason).toBe('rejected');
});

test('a referral is told apart from a name without records', () => {
  const flags = { aa: false, tc: false, ra: false, ad: false };
  expect(judge({}, { records: [], answers: 0, authorities: 2, flags })?.message).toContain('referral');
});

test('no message quotes a record', () => {
  const records = [record('ZZMARKER')];
  for (const expectation of [
    { answers: ['x'] },
    { contains: ['x'] },
    { matches: ['x'] },
    { not_matches: ['Z'] },
    { ttl: { most: '1s' } },
  ]) {
    expect(judge(expectation, { records })?.message).not.toContain('ZZMARKER');
  }
});

const soa = (serial: object) => Options.parse({ servers: ['192.0.2.53'], name: 'example.org', type: 'SOA', expect: { serial } });
const at = (serial: number) => reply({ records: [{ ...record('x'), type: 'SOA', serial }] });

describe('serials', () => {
  test('servers must agree where that is asked for', () => {
    expect(judgeSerials([7, 7], soa({ equal: true }))).toBeUndefined();
    expect(judgeSerials([7, 8], soa({}))).toBeUndefined();
    expect(judgeSerials([7, 8], soa({ equal: true }))?.message).toBe('the servers hold 2 different serials: 7, 8');
  });

  test('a serial that is behind fails', () => {
    expect(judgeReply(at(41), soa({ least: 42 }))?.reason).toBe('content');
    expect(judgeReply(at(42), soa({ least: 42 }))).toBeUndefined();
  });
});

test.each([
  ['192.0.2.53', { host: '192.0.2.53', port: 53 }],
  ['ns1.example.org:5353', { host: 'ns1.example.org', port: 5353 }],
  ['[2001:db8::53]', { host: '2001:db8::53', port: 53 }],
  ['[2001:db8::53]:5353', { host: '2001:db8::53', port: 5353 }],
  ['two words', undefined],
  ['', undefined],
])('the server %j', (text, place) => {
  expect(parseServer(text)).toEqual(place);
});

test.each([
  ['a serial of other records', { expect: { serial: { equal: true } } }],
  ['no server', { servers: [] }],
  ['a name with a space', { name: 'a b' }],
  ['a label that is too long', { name: `${'a'.repeat(64)}.org` }],
  ['a type that nobody asks for', { type: 'ANY' }],
])('%s is a mistake', (_, options) => {
  expect(Options.safeParse({ servers: ['192.0.2.53'], name: 'a.example.org', ...options }).success).toBe(false);
});
