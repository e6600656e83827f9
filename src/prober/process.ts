// One program of this machine as a probe: without a shell, in a group of its own, with a clean environment, and gone in every outcome.
import { type ChildProcess, spawn } from 'node:child_process';
import { type DurationMs, secondMs } from '#model/time.ts';
import { classifyDeadline } from './classify.ts';
import { type ProbeContext, ProbeFailure } from './contract.ts';
import { selfwatch } from './selfwatch.ts';

export interface Program {
  /** Full path. */
  readonly path: string;
  readonly args: readonly string[];
  /** All that it finds beside PATH and LC_ALL. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ProgramEnd {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Most bytes of either output; a program that writes more is ended. */
const outputLimit = 65_536;
/** From SIGTERM to SIGKILL, for the whole group. */
const patience: DurationMs = secondMs;
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Runs it to its end. At the deadline, or when it writes more than 64 KB, its whole group gets SIGTERM and a second later SIGKILL; ProbeFailure
 * `timeout` or `content`. Throws the system's error where it cannot be started (ENOENT, EACCES): that is our own trouble.
 */
export function runProgram(program: Program, context: ProbeContext): Promise<ProgramEnd> {
  context.signal.throwIfAborted();
  context.enter('reply');
  const child = spawn(program.path, program.args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    env: { PATH: path, LC_ALL: 'C', ...program.env },
  });
  selfwatch.openProcesses += 1;
  return new Promise((settle, reject) => {
    const fail = (error: Error) => {
      endGroup(child);
      reject(error);
    };
    const onAbort = () => {
      const { reason, message } = classifyDeadline('request');
      fail(new ProbeFailure(reason, message));
    };
    context.signal.addEventListener('abort', onAbort, { once: true });
    const overflow = () => fail(new ProbeFailure('content', `it writes more than ${outputLimit} bytes`));
    const outputs = [child.stdout, child.stderr].map((stream) => gather(stream, overflow));
    child.once('error', (error) => {
      selfwatch.openProcesses -= 1;
      context.signal.removeEventListener('abort', onAbort);
      reject(error);
    });
    child.once('close', (status) => {
      if (child.pid === undefined) return;
      selfwatch.openProcesses -= 1;
      context.signal.removeEventListener('abort', onAbort);
      const [stdout = () => '', stderr = () => ''] = outputs;
      settle({ status, stdout: stdout(), stderr: stderr() });
    });
  });
}

function gather(stream: ChildProcess['stdout'], overflow: () => void): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  stream?.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= outputLimit) chunks.push(chunk);
    else {
      stream.destroy();
      overflow();
    }
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Children of the program are in its group: none of them stays behind. */
function endGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), patience);
  timer.unref();
  child.once('close', () => {
    clearTimeout(timer);
    signalGroup(pid, 'SIGKILL');
  });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // The group is gone.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
