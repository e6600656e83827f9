import { expect, test } from 'vitest';
import { judgeAbort, judgeAcceptance, judgeReject, judgeResponse } from './judge.ts';

test.each([
  [1, 1, 3, 'the association was rejected for good: our AE title is not configured there'],
  [1, 1, 7, 'the association was rejected for good: the called AE title is not known there'],
  [2, 3, 1, 'the association was rejected for now: temporary congestion'],
  [2, 3, 2, 'the association was rejected for now: too many associations'],
  [1, 2, 2, 'the association was rejected for good: the protocol version is not supported'],
  [1, 9, 9, 'the association was rejected for good: source 9, reason 9'],
])('a rejection %i/%i/%i', (result, source, reason, message) => {
  expect(judgeReject({ result, source, reason })).toEqual({ reason: 'rejected', message });
});

test('aborts tell who aborted', () => {
  expect(judgeAbort({ source: 0, reason: 0 }).message).toContain('is our AE title permitted');
  expect(judgeAbort({ source: 2, reason: 6 }).message).toContain('by the protocol layer (reason 6)');
});

test.each([
  [0, undefined],
  [3, 'rejected'],
  [4, 'rejected'],
  [9, 'rejected'],
  [undefined, 'protocol'],
])('a context with result %s', (result, reason) => {
  expect(judgeAcceptance({ result, maximum: 0, implementation: '', version: '' })?.reason).toBe(reason);
});

test('a malformed acceptance is the wrong protocol', () => {
  expect(judgeAcceptance(undefined)?.reason).toBe('protocol');
});

const asked = { command: 0x8020, messageId: 7 };
test.each([
  [{ command: 0x8020, messageId: 7, status: 0 }, 'ok'],
  [{ command: 0x8020, messageId: 7, status: 0xff00 }, 'content: patient data where none may be: 1 row'],
  [{ command: 0x8020, messageId: 7, status: 0xff01 }, 'content: patient data where none may be: 1 row'],
  [{ command: 0x8020, messageId: 7, status: 0xa701 }, 'rejected: the service failed with status A701H: out of resources'],
  [
    { command: 0x8020, messageId: 7, status: 0xa900 },
    'rejected: the service failed with status A900H: the identifier does not match the SOP class',
  ],
  [{ command: 0x8020, messageId: 7, status: 0xc001 }, 'rejected: the service failed with status C001H: unable to process'],
  [{ command: 0x8020, messageId: 7, status: 0x0122 }, 'rejected: the service failed with status 0122H: SOP class not supported'],
  [{ command: 0x8020, messageId: 7, status: 1 }, 'rejected: the service failed with status 0001H'],
  [{ command: 0x8020, messageId: 8, status: 0 }, 'protocol: the answer is to another message'],
  [{ command: 0x8030, messageId: 7, status: 0 }, 'protocol: the answer is another command (8030H)'],
  [{ command: 0x8020, messageId: 7, status: undefined }, 'protocol: the answer has no status'],
  [{ command: undefined, messageId: 7, status: 0 }, 'protocol: the answer holds no command'],
  [undefined, 'protocol: the answer holds no command'],
])('the response %o', (response, expected) => {
  const failure = judgeResponse(response, asked);
  expect(failure === undefined ? 'ok' : `${failure.reason}: ${failure.message}`).toBe(expected);
});
