// Packets by RFC 5905 7.3.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeReply, encodeRequest } from './wire.ts';

test('a request: version 4, a client, and a nonce in place of the time', () => {
  expect(encodeRequest(Buffer.from('0102030405060708', 'hex')).toString('hex')).toBe(`23${'00'.repeat(39)}0102030405060708`);
});

/** Stratum 1, GPS, at 2026-01-01T00:00:00.5Z. */
const packet = Buffer.from('240106ec0001000000008000475053000000000000000000aabbccddeeff0011ed00378080000000ed00378080000000', 'hex');

test('a reply', () => {
  expect(decodeReply(packet)).toEqual({
    leap: 0,
    version: 4,
    mode: 4,
    stratum: 1,
    rootDelay: 1,
    rootDispersion: 0.5,
    reference: 'GPS',
    originate: Buffer.from('aabbccddeeff0011', 'hex'),
    receivedAt: Date.UTC(2026, 0, 1) + 500,
    sentAt: Date.UTC(2026, 0, 1) + 500,
  });
});

test('the era after 2036 begins where the first bit is clear', () => {
  const later = Buffer.from(packet);
  later.writeUInt32BE(100, 32);
  expect(new Date(decodeReply(later)?.receivedAt ?? 0).toISOString()).toBe('2036-02-07T06:29:56.500Z');
});

test('a timestamp of zero is none', () => {
  const empty = Buffer.from(packet);
  empty.fill(0, 32, 40);
  expect(decodeReply(empty)?.receivedAt).toBeNaN();
});

test('the reference of higher strata is an address', () => {
  const second = Buffer.from(packet);
  second.writeUInt8(2, 1);
  expect(decodeReply(second)?.reference).toBe('71.80.83.0');
});

test('any bytes are decoded without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(decodeReply(Buffer.from(bytes)) === undefined).toBe(bytes.length < 48);
    }),
  );
});
