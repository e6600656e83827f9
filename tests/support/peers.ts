// The programs that peer tests run against, none of them ours: found, started on loopback, stopped.
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { describe, test } from 'vitest';

/** Full path of an installed program, named or by its path, or undefined. Debian's daemons live in folders that a user's PATH leaves out. */
export function peer(program: string): string | undefined {
  if (isAbsolute(program)) return isExecutable(program) ? program : undefined;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

/**
 * A suite against real programs. Where one of them is missing the suite is left out aloud; where `CI` is set it fails,
 * because a suite that silently never runs proves nothing.
 */
export function describeWithPeers(programs: readonly string[], title: string, body: () => void): void {
  const missing = programs.filter((program) => peer(program) === undefined);
  if (missing.length === 0) {
    describe(title, body);
    return;
  }
  const lack = `${missing.join(', ')} not installed`;
  if (process.env['CI']) {
    test(`${title}: ${lack}`, () => {
      throw new Error(`${lack}, and CI is set`);
    });
    return;
  }
  process.stderr.write(`LEFT OUT: ${title}: ${lack}\n`);
  describe.skip(`${title} (left out: ${lack})`, body);
}

/** A program under way. */
export interface RunningPeer {
  readonly pid: number;
  /** What it has written so far, both streams, the last 64 KB. */
  output(): string;
  /** Sends a signal to this one process. */
  signal(name: NodeJS.Signals): void;
  /** SIGSTOP, and waits until every thread stands still; SIGCONT lets it go on. */
  freeze(): Promise<void>;
  /** Ends it (SIGTERM, after 3 s SIGKILL) and waits until it is gone. */
  stop(): Promise<void>;
}

export interface PeerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Ready when this TCP port of 127.0.0.1 accepts. */
  readonly port?: number;
  /** Ready when the output matches. */
  readonly says?: RegExp;
}

/** Starts a program in the foreground and waits until it is ready, at most 10 s. */
export async function startPeer(command: PeerCommand): Promise<RunningPeer> {
  const path = peer(command.program);
  if (path === undefined) throw new Error(`${command.program} is not installed`);
  const child = spawn(path, command.args, {
    cwd: command.cwd ?? tmpdir(),
    env: { ...process.env, ...command.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const collect = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-65_536);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = async () => {
    await end(child, gone);
    if (command.port !== undefined) await vacated(command.port);
  };
  try {
    await ready(command, child, () => text);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, output: () => text, signal: (name) => child.kill(name), freeze: () => freeze(child), stop };
}

/** A signal is sent at once and obeyed a little later: under load a server could still answer in between. */
async function freeze(child: ChildProcess): Promise<void> {
  const threads = `/proc/${child.pid}/task`;
  const isStopped = (thread: string): boolean => /\) T /.test(readFileSync(join(threads, thread, 'stat'), 'utf8'));
  child.kill('SIGSTOP');
  for (let tries = 0; tries < 400; tries += 1) {
    if (readdirSync(threads).every(isStopped)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`process ${child.pid} did not stop within 10 s`);
}

// Each worker of the test runner draws from a lane of its own, in turn: a port that was given away is free until a server takes it, so a
// random draw can give it to two servers, and nginx then serves the first site for both without a word.
const lowestPort = 20_000;
const lanes = 8;
const laneWidth = 1500;
const lane = lowestPort + (Number(process.env['VITEST_POOL_ID'] ?? process.pid) % lanes) * laneWidth;
let turn = Math.floor(Math.random() * laneWidth);

/** A free TCP port of 127.0.0.1 below the range of outgoing connections; never the same one twice in a test file. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < laneWidth; tries += 1) {
    const port = lane + (turn % laneWidth);
    turn += 1;
    if (await isFree(port)) return port;
  }
  throw new Error('no free port found');
}

/** An empty folder, and how to remove it. */
export function temporaryFolder(name: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `holter-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

async function ready(command: PeerCommand, child: ChildProcess, output: () => string): Promise<void> {
  const until = performance.now() + 10_000;
  while (performance.now() < until) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${command.program} ended at once: ${output()}`);
    const open = command.port === undefined || (await accepts(command.port));
    if (open && (command.says === undefined || command.says.test(output()))) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${command.program} is not ready after 10 s: ${output()}`);
}

async function end(child: ChildProcess, gone: Promise<void>): Promise<void> {
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await gone;
  clearTimeout(killer);
}

/** A child of the program may hold the listening socket a little longer than the program lives, and reset who connects in between. */
async function vacated(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await isFree(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(1000, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run.
    return false;
  }
}
