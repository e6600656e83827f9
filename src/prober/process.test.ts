import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../tests/support/far-ends/listen.ts';
import { attemptRun, summary } from '../../tests/support/probing.ts';
import { type ProgramEnd, runProgram } from './process.ts';
import { selfwatch } from './selfwatch.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holter-process-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function shell(script: string, timeoutMs = 15_000, env: Record<string, string> = {}) {
  let end: ProgramEnd | undefined;
  const result = await attemptRun(
    async (context) => {
      end = await runProgram({ path: '/bin/sh', args: ['-c', script], env }, context);
    },
    { timeoutMs },
  );
  await eventually(() => selfwatch.openProcesses === 0, 'no program runs');
  return { said: summary(result), end };
}

test('status and both outputs of a program', async () => {
  expect((await shell('echo out; echo err >&2; exit 2')).end).toEqual({ status: 2, stdout: 'out\n', stderr: 'err\n' });
});

test('its environment is clean but for what is given', async () => {
  const { end } = await shell('env | sort', 15_000, { GIVEN: 'yes' });
  const names = end?.stdout.split('\n').map((line) => line.split('=')[0]);
  expect(names).toEqual(expect.arrayContaining(['GIVEN', 'LC_ALL', 'PATH']));
  expect(names).not.toContain('HOME');
});

test('at the deadline it is ended with its children', async () => {
  const file = join(folder, 'child');
  expect((await shell(`sleep 60 & echo $! > ${file}; wait`, 300)).said).toBe('timeout: connected, but no answer in time');
  const child = Number(readFileSync(file, 'utf8'));
  await eventually(() => !isAlive(child), 'the child is gone');
});

test('one that ignores SIGTERM is killed', async () => {
  expect((await shell("trap '' TERM; while :; do sleep 0.1; done", 300)).said).toMatch(/^timeout: /);
});

test('one that never stops writing is ended', async () => {
  expect((await shell('yes')).said).toBe('content: it writes more than 65536 bytes');
});

test('one that cannot be started is our own trouble', async () => {
  const result = await attemptRun(async (context) => void (await runProgram({ path: '/no/such/program', args: [] }, context)));
  expect(result).toMatchObject({ outcome: 'fail', reason: 'internal' });
  expect(selfwatch.openProcesses).toBe(0);
});

test('one that a signal ends has no status', async () => {
  expect((await shell('kill -9 $$')).end?.status).toBeNull();
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    // Gone.
    return false;
  }
}
