import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBody } from './body.ts';

test.each([
  ['text/html; charset=utf-8', Buffer.from('Übersicht'), 'Übersicht'],
  ['text/html; charset="UTF-8"', Buffer.from('Übersicht'), 'Übersicht'],
  ['text/html; charset=iso-8859-1', Buffer.from('Übersicht', 'latin1'), 'Übersicht'],
  ['text/html; charset=windows-1252', Buffer.from([0x80]), '€'],
  ['text/html; charset=utf-16le', Buffer.from('hi', 'utf16le'), 'hi'],
  ['text/html; charset=no-such', Buffer.from('plain'), 'plain'],
  ['', Buffer.from('\uFEFF{"a":1}'), '{"a":1}'],
])('%s', (contentType, bytes, text) => {
  expect(decodeBody(bytes, contentType)).toBe(text);
});

test('any bytes of any type are a text', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.string(), (bytes, charset) => {
      expect(typeof decodeBody(Buffer.from(bytes), `text/html; charset=${charset}`)).toBe('string');
    }),
  );
});
