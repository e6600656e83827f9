// When no file descriptor is left, no kind blames its endpoint: the result is missing, and says why. Afterwards all is as before.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { subjects } from './harness.ts';

const script = join(import.meta.dirname, '../support/without-descriptors.ts');
const limit = 256;

test('with no descriptor left every kind says that it is our own trouble', { timeout: 120_000 }, () => {
  const { stdout, stderr, status } = spawnSync('/bin/sh', ['-c', `ulimit -n ${limit} && exec "$0" "$1"`, process.execPath, script], {
    encoding: 'utf8',
    maxBuffer: 10_000_000,
  });
  expect(status, stderr).toBe(0);
  const results: unknown = JSON.parse(stdout);
  const expected = { before: 'ok', during: 'fail internal descriptors', after: 'ok' };
  const names = [...subjects.map(({ name }) => name), 'names asked of servers', 'names asked of the system'];
  expect(results).toEqual(Object.fromEntries(names.map((name) => [name, expected])));
});
