import { expect, test } from 'vitest';
import { type Line, readLines } from './lines.ts';

async function* chunks(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

async function lines(limit: number, ...texts: readonly string[]): Promise<Line[]> {
  return Array.fromAsync(readLines(chunks(...texts), limit));
}

test('lines are whole however the stream was cut', async () => {
  expect(await lines(100, 'a', 'b\nc', '\r\n', '\nlast')).toEqual([
    { number: 1, text: 'ab' },
    { number: 2, text: 'c' },
    { number: 3, text: '' },
    { number: 4, text: 'last' },
  ]);
});

test('a line over the bound is told and skipped, the next ones are read', async () => {
  expect(await lines(3, 'abcd', 'efg\nok\n')).toEqual([
    { number: 1, tooLong: true },
    { number: 2, text: 'ok' },
  ]);
});

test('a character that is cut between two chunks stays whole', async () => {
  const bytes = Buffer.from('é\n');
  async function* cut(): AsyncGenerator<Buffer> {
    yield bytes.subarray(0, 1);
    yield bytes.subarray(1);
  }
  expect(await Array.fromAsync(readLines(cut(), 10))).toEqual([{ number: 1, text: 'é' }]);
});

test('nothing gives nothing', async () => {
  expect(await lines(3)).toEqual([]);
});
