// Replies by RFC 5321 4.2.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeReply, extensionsOf, plainResponse, replyEnd } from './wire.ts';

test.each([
  ['', undefined],
  ['22', undefined],
  ['220 mail', undefined],
  ['220 mail\r\n', 10],
  ['220\r\n', 5],
  ['220 mail\n', 9],
  ['250-a\r\n250 b\r\n250 c\r\n', 14],
  ['250-a\r\n', undefined],
  ['hello\r\n', -1],
  ['22x\r\n', -1],
  ['220x\r\n', -1],
  ['250-a\r\nhello\r\n', -1],
  ['250-a\r\n'.repeat(200), -1],
])('%j ends at %s', (text, end) => {
  expect(replyEnd(Buffer.from(text))).toBe(end);
});

test('a reply is one code and its lines', () => {
  expect(decodeReply(Buffer.from('250-mail\r\n250 SIZE 1\r\n'))).toEqual({ code: 250, lines: ['mail', 'SIZE 1'] });
  expect(decodeReply(Buffer.from('250-mail\r\n251 SIZE\r\n'))).toBeUndefined();
  expect(decodeReply(Buffer.from('999 what\r\n'))).toBeUndefined();
});

test('extensions, whatever their case and their sign of equality', () => {
  const reply = { code: 250, lines: ['mail.example.org', 'STARTTLS', 'auth=PLAIN login', 'SIZE 1000'] };
  expect(Object.fromEntries(extensionsOf(reply))).toEqual({ STARTTLS: '', AUTH: 'PLAIN LOGIN', SIZE: '1000' });
});

test('AUTH PLAIN (RFC 4616)', () => {
  expect(Buffer.from(plainResponse('tim', 'tanstaaftanstaaf'), 'base64').toString()).toBe('\0tim\0tanstaaftanstaaf');
});

test('any bytes are looked at without an error, and an end once found stays', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 100 }), fc.string({ maxLength: 20 }), (text, more) => {
      const end = replyEnd(Buffer.from(text, 'latin1'));
      decodeReply(Buffer.from(text, 'latin1'));
      if (end !== undefined) expect(replyEnd(Buffer.from(text + more, 'latin1'))).toBe(end);
    }),
    { numRuns: 2000 },
  );
});
