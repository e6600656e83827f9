import { expect, test } from 'vitest';
import { Options } from './options.ts';

test('a minute is too far unless told otherwise', () => {
  expect(Options.parse({ address: 'time.example.org:123' })).toEqual({ address: 'time.example.org:123', max_offset: 60_000 });
});

test.each([
  [{ address: 'time.example.org' }],
  [{ address: 'time.example.org:123', max_offset: '0s' }],
  [{ address: 'time.example.org:123', tls: true }],
])('%o is a mistake', (options) => {
  expect(Options.safeParse(options).success).toBe(false);
});
