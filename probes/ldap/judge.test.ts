// Codes by RFC 4511 appendix A; texts as Active Directory (2003 to 2022), Samba, 389 Directory Server and slapd write them.
import { expect, test } from 'vitest';
import { hostOf, judgeEntry, judgeResult, judgeUnasked, type Step, type Verdict } from './judge.ts';
import type { LdapResult } from './wire.ts';

const result = (code: number, diagnostic = ''): LdapResult => ({ code, diagnostic, referrals: [], name: '' });
const text = (verdict: Verdict | undefined) => (verdict === undefined ? 'ok' : `${verdict.reason}: ${verdict.message}`);
const context = (data: string, build = 'v4563') =>
  `80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data ${data}, ${build}`;

test.each<readonly [Step, number, string]>([
  ['search', 0, 'ok'],
  ['starttls', 0, 'ok'],
  ['starttls', 2, 'content: starttls: StartTLS is not offered (2)'],
  ['starttls', 52, 'rejected: starttls: StartTLS is not possible at present: has the server a certificate? (52)'],
  ['rootdse', 8, 'auth: rootdse: the server wants a log-in, or a stronger one: signing or TLS (8)'],
  ['bind', 13, 'auth: bind: the server wants TLS first (13)'],
  ['bind', 49, 'auth: bind: the name or the password was refused (49)'],
  ['bind', 53, 'rejected: bind: the server is not willing: is the account inactive? (53)'],
  ['search', 10, 'content: search: the server does not hold it, and sends us to another one (10)'],
  ['search', 32, 'content: search: there is no such entry: is the base right, and may we see it? (32)'],
  ['bind', 32, 'auth: bind: there is no such account (32)'],
  ['search', 50, 'auth: search: this is not allowed to us (50)'],
  ['search', 51, 'rejected: search: the server is busy (51)'],
  ['bind', 80, 'rejected: bind: the server has an error of its own (80)'],
  ['search', 121, 'rejected: search: the server refused (121)'],
  ['search', -5, 'rejected: search: the server refused (-5)'],
])('%s answered by %i', (step, code, expected) => {
  expect(text(judgeResult(step, result(code, 'whatever the server says')))).toBe(expected);
});

test.each([
  [context('52e'), 'the name or the password is wrong (49, data 52e)', false],
  // Samba squashes its own status to a code of Windows.
  ['80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 775, v1db1', 'the account is locked (49, data 775)', true],
  [context('525', 'vece\0'), 'there is no such account (49, data 525)', false],
  [context('530'), 'the account may not log in at this hour (49, data 530)', false],
  [context('531'), 'the account may not log in from this machine (49, data 531)', false],
  [context('532'), 'the password has expired (49, data 532)', false],
  [context('533'), 'the account is disabled (49, data 533)', false],
  [context('701'), 'the account has expired (49, data 701)', false],
  [context('773'), 'the password must be changed first (49, data 773)', false],
  // Nothing of what is not known is repeated.
  [context('19700101'), 'the name or the password was refused (49)', false],
  [context('abc'), 'the name or the password was refused (49)', false],
  [context('constructor'), 'the name or the password was refused (49)', false],
  ['', 'the name or the password was refused (49)', false],
])('a bind refused with %j', (diagnostic, words, locked) => {
  const verdict = judgeResult('bind', result(49, diagnostic));
  expect(text(verdict)).toBe(`auth: bind: ${words}`);
  expect(verdict?.locked ?? false).toBe(locked);
});

test('the codes of Windows are looked for in refused binds alone', () => {
  expect(text(judgeResult('search', result(49, context('775'))))).toContain('the name or the password was refused (49)');
  expect(text(judgeResult('bind', result(51, context('775'))))).toContain('busy (51)');
});

test.each([
  [49, 0, 'auth: bind: the password has expired (49)', false],
  [49, 1, 'auth: bind: the account is locked (49)', true],
  // 389 Directory Server: "Exceed password retry limit. Please try later."
  [19, 1, 'auth: bind: the account is locked (19)', true],
  [0, 2, 'auth: bind: the password must be changed first (0)', false],
  [49, 77, 'auth: bind: the name or the password was refused (49)', false],
  // Expired, and let in by one of the last log-ins.
  [0, 0, 'ok', false],
])('a bind answered by %i with error %i of the password policy', (code, error, expected, locked) => {
  const verdict = judgeResult('bind', result(code), { error });
  expect(text(verdict)).toBe(expected);
  expect(verdict?.locked ?? false).toBe(locked);
});

test.each([
  [
    '000004DC: LdapErr: DSID-0C090A5A, comment: In order to perform this operation a successful bind must be completed, data 0, v4f7c',
    'auth',
  ],
  ['Operation unavailable without authentication', 'auth'],
  ['00000057: LdapErr: DSID-0C090A5A, comment: Error in attribute conversion operation, data 0, v4f7c', 'rejected'],
])('an operations error that says %j', (diagnostic, reason) => {
  expect(judgeResult('search', result(1, diagnostic))?.reason).toBe(reason);
});

test('the server ends the session', () => {
  const notice = (code: number, name = '1.3.6.1.4.1.1466.20036') => judgeUnasked({ type: 'extended', result: { ...result(code), name } });
  expect(text(notice(52))).toBe('rejected: the server ends the session: the server is unavailable: it starts, stops, or is cut off (52)');
  expect(text(notice(99))).toBe('rejected: the server ends the session: it does not say why (99)');
  expect(notice(52, '1.2.3').reason).toBe('protocol');
  expect(judgeUnasked({ type: 'bind', result: result(0) }).reason).toBe('protocol');
});

test('an entry is there, and as expected', () => {
  const entry = new Map([['description', ['first', 'second']]]);
  expect(judgeEntry('search', entry, { Description: 'second' })).toBeUndefined();
  expect(text(judgeEntry('search', entry, { description: 'Second' }))).toBe('content: search: the attribute description has another value');
  expect(text(judgeEntry('search', entry, { mail: 'x' }))).toBe('content: search: the attribute mail is not there, or not for us');
  expect(text(judgeEntry('search', undefined))).toBe('content: search: no entry: is it there, and may we see it?');
  expect(text(judgeEntry('rootdse', undefined))).toBe('content: rootdse: the server does not show its root DSE');
});

test.each([
  [['ldap://other.example.org:3268/dc=example,dc=org??sub'], 'other.example.org:3268'],
  [['ldaps://[::1]/', 'ldap://b/'], '[::1]'],
  [['http://x/'], ''],
  [[], ''],
])('the host of %j', (referrals, host) => {
  expect(hostOf(referrals)).toBe(host);
});
