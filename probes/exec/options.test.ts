import { expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { attempt } from '../../tests/support/far-ends/attempt.ts';
import { Options } from './options.ts';
import { exec } from './probe.ts';

test.each([
  [{ command: ['/usr/lib/nagios/plugins/check_dummy', '0'] }],
  [{ command: ['/bin/true'], env: { A: 'b' }, perfdata: { 'a b': 'value_1' }, warning: 'fail' }],
])('%o is well', (options) => {
  expect(Options.safeParse(options).success).toBe(true);
});

test.each([
  [{ command: [] }],
  [{ command: ['true'] }],
  [{ command: '/bin/true' }],
  [{ command: ['/bin/true'], env: { 'A-B': 'c' } }],
  [{ command: ['/bin/true'], perfdata: { a: 'anything' } }],
  [{ command: ['/bin/true'], shell: true }],
])('%o is a mistake', (options) => {
  expect(Options.safeParse(options).success).toBe(false);
});

test('a secret reaches the program by its environment, and leaves it as three stars', async () => {
  const options = { command: ['/bin/sh', '-c', 'echo "FAILED with $PASSWORD"; exit 2'], env: { PASSWORD: new Secret('hunter2-hunter2') } };
  const result = await attempt(exec, options, 8000);
  expect(result).toMatchObject({ outcome: 'fail', reason: 'rejected', message: 'critical: FAILED with ***' });
  expect(JSON.stringify(result)).not.toContain('hunter2');
});

test('a plug-in that cannot tell counts for nothing', async () => {
  const result = await attempt(exec, { command: ['/bin/sh', '-c', 'echo "UNKNOWN - no right"; exit 3'] }, 8000);
  expect(result).toMatchObject({ outcome: 'fail', reason: 'internal' });
});
