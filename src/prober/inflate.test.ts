import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { inflate } from './inflate.ts';

const { signal } = new AbortController();
const text = Buffer.from('all is well, all is well, all is well');

test.each([
  ['gzip', gzipSync(text)],
  ['x-gzip', gzipSync(text)],
  [' GZIP ', gzipSync(text)],
  ['deflate', deflateSync(text)],
  ['deflate', deflateRawSync(text)],
  ['br', brotliCompressSync(text)],
  ['identity', text],
  ['', text],
])('%s is undone', async (coding, body) => {
  expect(await inflate(body, coding, 1000, signal)).toEqual(text);
});

test('a body that was not sent needs no inflation', async () => {
  expect(await inflate(Buffer.alloc(0), 'gzip', 1000, signal)).toHaveLength(0);
});

test.each([
  ['gzip', gzipSync(Buffer.alloc(50_000_000))],
  ['deflate', deflateSync(Buffer.alloc(50_000_000))],
  ['br', brotliCompressSync(Buffer.alloc(50_000_000), { params: { 1: 1 } })],
])('a bomb in %s is content', async (coding, body) => {
  await expect(inflate(body, coding, 1_000_000, signal)).rejects.toMatchObject({ reason: 'content' });
});

test.each(['gzip, gzip', 'br, gzip', 'zstd', 'compress', 'nonsense'])('the coding %s is protocol', async (coding) => {
  await expect(inflate(text, coding, 1000, signal)).rejects.toMatchObject({ reason: 'protocol' });
});

test('a body that is cut short is protocol', async () => {
  await expect(inflate(gzipSync(text).subarray(0, 20), 'gzip', 1000, signal)).rejects.toMatchObject({ reason: 'protocol' });
});

test('at the signal nobody waits for the thread pool any more', async () => {
  const stop = new AbortController();
  const inflating = inflate(gzipSync(Buffer.alloc(10_000_000)), 'gzip', 20_000_000, stop.signal);
  stop.abort(new Error('over'));
  await expect(inflating).rejects.toThrow('over');
});

test('any bytes at all are inflated within the limit, or refused with a reason', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.constantFrom('gzip', 'deflate', 'br'), async (bytes, coding) => {
      const found = await inflate(Buffer.from(bytes), coding, 1000, signal).catch((error: { readonly reason?: string }) => error.reason);
      expect(Buffer.isBuffer(found) ? found.length <= 1000 : found === 'protocol' || found === 'content').toBe(true);
    }),
  );
});
