import { expect, test } from 'vitest';
import { decodeStun, encodeStun, type StunMessage, stunAttribute, stunRequest, successOf } from '#prober/door.ts';
import { judge } from './judge.ts';
import { Options } from './options.ts';

test('a wrong fingerprint is told', () => {
  const address = Buffer.from('0001a147e112a643', 'hex');
  const attributes = [[stunAttribute.xorMappedAddress, address]] as const;
  const bytes = encodeStun({ type: successOf(stunRequest.binding), id: Buffer.alloc(12), attributes, fingerprint: true });
  expect(judge(decodeStun(bytes) as StunMessage)).toBeUndefined();
  bytes.writeUInt8(bytes.readUInt8(30) ^ 1, 30);
  expect(judge(decodeStun(bytes) as StunMessage)?.message).toBe('the fingerprint of the answer is wrong');
});

test('settings of TLS need TLS', () => {
  expect(Options.safeParse({ address: 'stun.example.org:3478', tls: {} }).success).toBe(false);
  expect(Options.safeParse({ address: 'stun.example.org:5349', transport: 'tls', tls: { insecure: true } }).success).toBe(true);
  expect(Options.parse({ address: 'stun.example.org:3478' })).toMatchObject({ transport: 'udp', fingerprint: true });
});
