import { expect, test } from 'vitest';
import type { Failure } from '#prober/door.ts';
import { compilePattern } from '#prober/pattern.ts';
import { isExpected, judgeClose, judgeMessages, messagesLimit } from './judge.ts';

const said = (failure: Failure | undefined) => (failure === undefined ? 'ok' : `${failure.reason}: ${failure.message}`);

test.each([
  [0, false, 'ok'],
  [messagesLimit - 1, false, 'ok'],
  [messagesLimit, false, 'content: receive: 20 messages, none of which matches'],
  [0, true, 'timeout: receive: no message in time'],
  [1, true, 'content: receive: 1 message, none of which matches'],
  [2, true, 'content: receive: 2 messages, none of which matches'],
])('%i other messages, at the deadline: %s', (others, late, expected) => {
  expect(said(judgeMessages(others, late))).toBe(expected);
});

test.each([
  [1000, 'ok'],
  [1001, 'ok'],
  [1005, 'ok'],
  [1006, 'ok'],
  [1002, 'rejected: close: the server says that we break the protocol (close code 1002)'],
  [1011, 'rejected: close: an error of the server (close code 1011)'],
  [1013, 'rejected: close: alive, and turning connections away for now (close code 1013)'],
  [4000, 'rejected: close: the server closed the connection (close code 4000)'],
])('closed with %i', (code, expected) => {
  expect(said(judgeClose(code))).toBe(expected);
});

test('a message is text, whatever its bytes', () => {
  expect(isExpected(Buffer.from('Grüezi'), compilePattern('^Grüezi$'))).toBe(true);
  expect(isExpected(Buffer.of(0xff, 0x00), compilePattern('a'))).toBe(false);
});
