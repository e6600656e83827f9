// What becomes of a command whose output goes nowhere.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';

const program = `
  import { print, surviveClosedPipes } from ${JSON.stringify(import.meta.resolve('./output.ts'))};
  surviveClosedPipes();
  print('a page');
  setTimeout(() => print('another one'), 20);
  setTimeout(() => console.error('still here'), 40);
`;

/** A disk without space, for whoever writes to it. */
const full = '/dev/full';

test.runIf(existsSync(full))('a full disk behind the standard output ends no daemon, and shows in the exit status', () => {
  const out = openSync(full, 'w');
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', out, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(out);
  expect(stderr).toContain('the output could not be written (ENOSPC)');
  expect(stderr).toContain('still here');
  expect(status).toBe(3);
});
