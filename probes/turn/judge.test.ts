import { expect, test } from 'vitest';
import { decodeStun, encodeStun, errorOf, type StunMessage, stunAttribute, stunRequest, successOf } from '#prober/door.ts';
import { isStale, judgeAllocation, judgeChallenge, judgeForm, judgeLogin, judgeRelease } from './judge.ts';
import type { Login } from './wire.ts';

const { allocate, refresh } = stunRequest;
const login: Login = { integrity: { hash: 'sha1', key: Buffer.from('key') }, attributes: [] };
type Attribute = readonly [number, Buffer];

function message(type: number, attributes: readonly Attribute[] = [], signedBy?: Login): StunMessage {
  const bytes = encodeStun({ type, id: Buffer.alloc(12), attributes, integrity: signedBy?.integrity, fingerprint: true });
  const read = decodeStun(bytes);
  if (read === undefined) throw new Error('no message');
  return read;
}

const code = (number: number): Attribute => [stunAttribute.errorCode, Buffer.from([0, 0, Math.floor(number / 100), number % 100])];
const relayed: Attribute = [stunAttribute.xorRelayedAddress, Buffer.from('0001e12e5e12a443', 'hex')];
const lifetime = (seconds: number): Attribute => [stunAttribute.lifetime, Buffer.from([0, 0, 0, seconds])];

test('a success must be signed, an error may be; a wrong signature is never believed', () => {
  const other: Login = { integrity: { hash: 'sha1', key: Buffer.from('another') }, attributes: [] };
  expect(judgeForm('allocate', message(successOf(allocate), [], login), login)).toBeUndefined();
  expect(judgeForm('allocate', message(errorOf(allocate)), login)).toBeUndefined();
  expect(judgeForm('allocate', message(errorOf(allocate), [], login), login)).toBeUndefined();
  expect(judgeForm('challenge', message(successOf(allocate)), undefined)).toBeUndefined();
  expect(judgeForm('allocate', message(successOf(allocate)), login)?.message).toBe('allocate: the answer is not signed');
  for (const type of [successOf(allocate), errorOf(allocate)])
    expect(judgeForm('allocate', message(type, [], other), login)?.message).toBe('allocate: the signature of the answer is wrong');
});

test('an answer to another method, and an indication, are none', () => {
  for (const type of [successOf(refresh), errorOf(refresh), allocate, allocate | 0x0010])
    expect(judgeForm('allocate', message(type, [], login), login)).toEqual({
      reason: 'protocol',
      message: 'allocate: the answer is not one to this request',
    });
  expect(judgeForm('release', message(successOf(refresh), [], login), login)).toBeUndefined();
});

test('the first answer must be 401', () => {
  expect(judgeChallenge(message(errorOf(allocate), [code(401)]))).toBeUndefined();
  expect(judgeChallenge(message(successOf(allocate)))?.reason).toBe('content');
  expect(judgeChallenge(message(errorOf(allocate), [code(403)]))).toEqual({ reason: 'auth', message: 'challenge: forbidden (403)' });
});

test('we must be able to log in', () => {
  const challenge = { realm: Buffer.from('r'), nonce: Buffer.from('n') };
  expect(judgeLogin('challenge', challenge, login)).toBeUndefined();
  expect(judgeLogin('challenge', undefined, undefined)?.message).toContain('does not send REALM and NONCE');
  expect(judgeLogin('challenge', challenge, undefined)?.message).toContain('no password algorithm but ones that we do not know');
});

test.each([
  [300, 'rejected', 'the server sends us to another one (300)'],
  [400, 'rejected', 'bad request (400)'],
  [401, 'auth', 'wrong user name, password or shared secret, or clocks that differ (401)'],
  [437, 'rejected', 'the server has another idea of which allocation is ours (437)'],
  [438, 'rejected', 'the server calls the nonce stale that it has just given out (438)'],
  [441, 'auth', 'wrong credentials for this allocation (441)'],
  [486, 'rejected', 'busy: the quota of allocations is reached (486)'],
  [508, 'rejected', 'busy: the server has no capacity left (508)'],
  [599, 'rejected', 'refused (599)'],
  [0, 'protocol', 'the server refuses, and does not say why'],
])('error %i is %s', (number, reason, words) => {
  expect(judgeAllocation(message(errorOf(allocate), [code(number)]))).toEqual({ reason, message: `allocate: ${words}` });
  expect(judgeRelease(message(errorOf(refresh), [code(number)]))).toEqual({ reason, message: `release: ${words}` });
});

test('an allocation has an address and a lifetime', () => {
  expect(judgeAllocation(message(successOf(allocate), [relayed, lifetime(60)]))).toBeUndefined();
  expect(judgeAllocation(message(successOf(allocate), [lifetime(60)]))?.message).toBe('allocate: the answer names no relayed address');
  expect(judgeAllocation(message(successOf(allocate), [relayed]))?.message).toBe('allocate: the answer names no lifetime');
});

test('a release leaves no lifetime', () => {
  expect(judgeRelease(message(successOf(refresh), [lifetime(0)]))).toBeUndefined();
  expect(judgeRelease(message(successOf(refresh)))).toBeUndefined();
  expect(judgeRelease(message(successOf(refresh), [lifetime(60)]))?.reason).toBe('content');
});

test('only an error is stale', () => {
  expect(isStale(message(errorOf(allocate), [code(438)]))).toBe(true);
  expect(isStale(message(successOf(allocate), [code(438)]))).toBe(false);
  expect(isStale(message(errorOf(allocate), [code(401)]))).toBe(false);
});
