import { expect, test } from 'vitest';
import { Options } from './options.ts';

test.each([['ehr.example.org'], ['10.0.0.1'], ['fe80::1']])('the host %s is well', (host) => {
  expect(Options.parse({ host })).toEqual({ host, count: 3, max_loss: 0.99, program: '/bin/ping' });
});

test.each([
  [{ host: '-f' }],
  [{ host: 'a b' }],
  [{ host: '' }],
  [{ host: 'a', count: 100 }],
  [{ host: 'a', program: 'ping' }],
  [{ host: 'a', interval: 0 }],
])('%o is a mistake', (options) => {
  expect(Options.safeParse(options).success).toBe(false);
});
