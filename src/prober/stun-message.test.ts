// The samples of RFC 5769 2.2 to 2.4.
import { createHash, createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeStun,
  encodeStun,
  isSignedBy,
  type StunIntegrity,
  type StunMessage,
  softwareAttribute,
  stunAttribute,
  stunLength,
  stunRequest,
  xorAddressOf,
} from './stun-message.ts';

const sample = Buffer.from(
  '0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f722000200008' +
    '0001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96',
  'hex',
);

test('the response of RFC 5769 2.2', () => {
  expect(decodeStun(sample)).toMatchObject({
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

/** Short-term credentials of RFC 5769 2: the password is the key. */
const shortTerm: StunIntegrity = { hash: 'sha1', key: Buffer.from('VOkJxbRl1RmTxUk/WvJxBt') };

test('its signature is right, and wrong with another key or one changed byte', () => {
  expect(isSignedBy(read(sample), shortTerm)).toBe(true);
  expect(isSignedBy(read(sample), { hash: 'sha1', key: Buffer.from('another') })).toBe(false);
  expect(isSignedBy(read(sample), { ...shortTerm, hash: 'sha256' })).toBeUndefined();
  const changed = Buffer.from(sample);
  changed.writeUInt8(changed.readUInt8(30) ^ 1, 30);
  expect(isSignedBy(read(changed), shortTerm)).toBe(false);
});

// RFC 5769 2.4: the key is of the name, the realm and the password as SASLprep makes it (RFC 4013).
const longTerm: StunIntegrity = { hash: 'sha1', key: createHash('md5').update('マトリックス:example.org:TheMatrIX').digest() };
const longTermSample =
  '000100602112a44278ad3433c6ad72c029da412e' +
  '00060012e3839ee38388e383aae38383e382afe382b90000' +
  '0015001c662f2f3439396b39353464364f4c33346f4c39465354767936347341' +
  '0014000b6578616d706c652e6f726700' +
  '00080014f67024656dd64a3e02b8e0712e85c9a28ca89666';

test('the request of RFC 5769 2.4, to the byte', () => {
  const bytes = encodeStun({
    type: stunRequest.binding,
    id: Buffer.from('78ad3433c6ad72c029da412e', 'hex'),
    attributes: [
      [stunAttribute.username, Buffer.from('マトリックス')],
      [stunAttribute.nonce, Buffer.from('f//499k954d6OL34oL9FSTvy64sA')],
      [stunAttribute.realm, Buffer.from('example.org')],
    ],
    integrity: longTerm,
    fingerprint: false,
  });
  expect(bytes.toString('hex')).toBe(longTermSample);
  expect(isSignedBy(read(bytes), longTerm)).toBe(true);
});

test('a signature by SHA-256 is read back, also with a fingerprint behind it', () => {
  const integrity: StunIntegrity = { hash: 'sha256', key: Buffer.alloc(32, 7) };
  const draft = { type: stunRequest.allocate, id: Buffer.alloc(12, 1), attributes: [softwareAttribute('Holter/1.2.3')], integrity };
  for (const fingerprint of [true, false]) {
    const message = read(encodeStun({ ...draft, fingerprint }));
    expect(isSignedBy(message, integrity)).toBe(true);
    expect(isSignedBy(message, { ...integrity, key: Buffer.alloc(32, 8) })).toBe(false);
    expect(message.sound).toBe(true);
  }
});

test('a signature by SHA-256 may be cut to sixteen bytes, and no further', () => {
  const key = Buffer.alloc(32, 7);
  const cut = (length: number): StunMessage => {
    const before = Buffer.from(`000300002112a442${'01'.repeat(12)}`, 'hex');
    before.writeUInt16BE(4 + length, 2);
    const value = createHmac('sha256', key).update(before).digest().subarray(0, length);
    return read(Buffer.concat([before, Buffer.from([0, 0x1c, 0, length]), value]));
  };
  expect(isSignedBy(cut(16), { hash: 'sha256', key })).toBe(true);
  expect(isSignedBy(cut(12), { hash: 'sha256', key })).toBe(false);
  expect(isSignedBy(cut(0), { hash: 'sha256', key })).toBe(false);
});

test('of attributes of one type the first counts, and none behind the signature', () => {
  const first = [stunAttribute.realm, Buffer.from('first')] as const;
  const second = [stunAttribute.realm, Buffer.from('second')] as const;
  const draft = { type: stunRequest.allocate, id: Buffer.alloc(12), fingerprint: false };
  expect(String(read(encodeStun({ ...draft, attributes: [first, second] })).attributes.get(stunAttribute.realm))).toBe('first');
  const signed = encodeStun({ ...draft, attributes: [], integrity: shortTerm });
  const unsigned = encodeStun({ ...draft, attributes: [second] }).subarray(20);
  const message = Buffer.concat([signed, unsigned]);
  message.writeUInt16BE(message.length - 20, 2);
  expect(read(message).attributes.has(stunAttribute.realm)).toBe(false);
  expect(isSignedBy(read(message), shortTerm)).toBe(true);
});

test('a request is read back, with a fingerprint that is right', () => {
  const id = Buffer.from('0102030405060708090a0b0c', 'hex');
  for (const fingerprint of [true, false]) {
    const bytes = encodeStun({ type: stunRequest.binding, id, attributes: [softwareAttribute('Holter/1.2.3')], fingerprint });
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
      readAll(bytes);
      const header = Buffer.from(sample.subarray(0, 20));
      header.writeUInt16BE(bytes.length - (bytes.length % 4), 2);
      readAll(Buffer.concat([header, bytes.subarray(0, bytes.length - (bytes.length % 4))]));
    }),
    { numRuns: 3000 },
  );
});

function read(bytes: Buffer): StunMessage {
  const message = decodeStun(bytes);
  if (message === undefined) throw new Error('no message');
  return message;
}

function readAll(bytes: Buffer): void {
  const message = decodeStun(bytes);
  if (message === undefined) return;
  isSignedBy(message, shortTerm);
  xorAddressOf(message, stunAttribute.xorRelayedAddress);
}
