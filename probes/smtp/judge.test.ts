import { expect, test } from 'vitest';
import { judgeReply } from './judge.ts';

test.each([
  ['banner', 220, 220, 'ok'],
  ['banner', 554, 220, 'rejected: banner: it does not talk to us: is our address blocked? (554)'],
  ['banner', 421, 220, 'rejected: banner: alive, and turning us away for now (421)'],
  ['ehlo', 450, 250, 'rejected: ehlo: refused for now (450)'],
  ['ehlo', 502, 250, 'rejected: ehlo: refused (502)'],
  ['auth', 535, 235, 'auth: auth: the user name or password was refused (535)'],
  ['auth', 454, 235, 'rejected: auth: it cannot check passwords at present (454)'],
  ['noop', 530, 250, 'auth: noop: it wants a log-in (530)'],
  ['quit', 250, 221, 'protocol: quit: code 250 came where 221 was due'],
])('%s answered by %i where %i is due', (step, code, wanted, expected) => {
  const failure = judgeReply(step, { code, lines: ['whatever the server says'] }, wanted);
  expect(failure === undefined ? 'ok' : `${failure.reason}: ${failure.message}`).toBe(expected);
});

test('no reply is the wrong protocol', () => {
  expect(judgeReply('banner', undefined, 220)?.reason).toBe('protocol');
});
