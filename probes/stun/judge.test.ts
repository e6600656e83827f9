import { expect, test } from 'vitest';
import { judge } from './judge.ts';
import { Options } from './options.ts';

test('a wrong fingerprint is told', () => {
  const message = { type: 0x0101, id: Buffer.alloc(12), mapped: '192.0.2.1:32853', error: undefined, software: '', sound: true };
  expect(judge(message)).toBeUndefined();
  expect(judge({ ...message, sound: false })?.message).toBe('the fingerprint of the answer is wrong');
});

test('settings of TLS need TLS', () => {
  expect(Options.safeParse({ address: 'stun.example.org:3478', tls: {} }).success).toBe(false);
  expect(Options.safeParse({ address: 'stun.example.org:5349', transport: 'tls', tls: { insecure: true } }).success).toBe(true);
  expect(Options.parse({ address: 'stun.example.org:3478' })).toMatchObject({ transport: 'udp', fingerprint: true });
});
