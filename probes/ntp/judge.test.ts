import { expect, test } from 'vitest';
import { delayOf, judge, offsetOf } from './judge.ts';
import type { Reply } from './wire.ts';

const well: Reply = {
  leap: 0,
  version: 4,
  mode: 4,
  stratum: 2,
  rootDelay: 0,
  rootDispersion: 0,
  reference: '10.0.0.1',
  originate: Buffer.alloc(8),
  receivedAt: 0,
  sentAt: 0,
};

test('offset and delay by the four times', () => {
  // Sent at 1000, there at 1500 by a clock that is 400 ahead after 100 on the way, answered at 1510, back at 1210.
  const reply = { ...well, receivedAt: 1500, sentAt: 1510 };
  expect(offsetOf(reply, 1000, 1210)).toBe(400);
  expect(delayOf(reply, 1000, 1210)).toBe(200);
});

test.each<[string, Partial<Reply>, number, string]>([
  ['well', {}, 20, 'ok'],
  ['just within', {}, -60_000, 'ok'],
  ['ahead', {}, 61_000, "content: the server's clock is 61 s ahead of ours: one of them is wrong"],
  ['behind', {}, -60_001, "content: the server's clock is 60 s behind ours: one of them is wrong"],
  ['unsynchronised by its leap indicator', { leap: 3 }, 0, 'content: the server is not synchronised: its time is a guess'],
  ['unsynchronised by its stratum', { stratum: 16 }, 0, 'content: the server is not synchronised: its time is a guess'],
  ['a kiss', { stratum: 0, reference: 'RATE' }, 0, "rejected: the server asks to be asked less often (kiss-o'-death RATE)"],
  ['starting', { stratum: 0, reference: 'INIT' }, 0, 'content: the server is not synchronised: its time is a guess'],
  ['a client', { mode: 3 }, 0, "protocol: the answer is not a server's (mode 3)"],
  ['without a time', {}, Number.NaN, 'protocol: the answer has no time in it'],
])('%s', (_, reply, offset, expected) => {
  const failure = judge({ ...well, ...reply }, offset, 60_000);
  expect(failure === undefined ? 'ok' : `${failure.reason}: ${failure.message}`).toBe(expected);
});
