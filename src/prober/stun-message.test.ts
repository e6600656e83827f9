// The sample response of RFC 5769 2.2 and 2.3.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeStun, encodeBinding, stunLength } from './stun-message.ts';

const sample = Buffer.from(
  '0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f722000200008' +
    '0001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96',
  'hex',
);

test('the response of RFC 5769 2.2', () => {
  expect(decodeStun(sample)).toEqual({
    type: 0x0101,
    id: Buffer.from('b7e7a701bc34d686fa87dfae', 'hex'),
    mapped: '192.0.2.1:32853',
    error: undefined,
    software: 'test vector',
    sound: true,
  });
});

test('one changed byte makes its fingerprint wrong', () => {
  const changed = Buffer.from(sample);
  changed.writeUInt8(changed.readUInt8(47) ^ 1, 47);
  expect(decodeStun(changed)?.sound).toBe(false);
});

test('a request is read back, with a fingerprint that is right', () => {
  const id = Buffer.from('0102030405060708090a0b0c', 'hex');
  for (const fingerprint of [true, false]) {
    const bytes = encodeBinding(id, 'Holter/1.2.3', fingerprint);
    expect(stunLength(bytes)).toBe(bytes.length);
    expect(decodeStun(bytes)).toMatchObject({ type: 1, id, software: 'Holter/1.2.3', sound: true });
  }
});

test('an address of IPv6 is unmasked by cookie and id', () => {
  // RFC 5769 2.3: 2001:db8:1234:5678:11:2233:4455:6677, port 32853.
  const attributes = Buffer.from('002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9', 'hex');
  const header = Buffer.from(sample.subarray(0, 20));
  header.writeUInt16BE(attributes.length, 2);
  expect(decodeStun(Buffer.concat([header, attributes]))?.mapped).toBe('[2001:db8:1234:5678:11:2233:4455:6677]:32853');
});

test('any bytes are decoded without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (raw) => {
      const bytes = Buffer.from(raw);
      stunLength(bytes);
      decodeStun(bytes);
      const header = Buffer.from(sample.subarray(0, 20));
      header.writeUInt16BE(bytes.length - (bytes.length % 4), 2);
      decodeStun(Buffer.concat([header, bytes.subarray(0, bytes.length - (bytes.length % 4))]));
    }),
    { numRuns: 3000 },
  );
});
