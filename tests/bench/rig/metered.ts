// A Node program in a process of its own that can be asked what it uses.
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { isReading, type Question, type Reading } from './meter.ts';

export interface MeteredOptions {
  readonly args?: readonly string[];
  /** Keep the program on one processor, where the machine can do that. */
  readonly onOneCore?: boolean;
  /** Further flags of Node: a profile, for instance. */
  readonly flags?: readonly string[];
}

const meter = join(import.meta.dirname, 'meter.ts');
const stopLimitMs = 20_000;

/** Whether a program can be kept on one processor here. */
export const canPin = spawnSync('taskset', ['-c', '0', 'true']).status === 0;

export class Metered {
  readonly child: ChildProcess;
  readonly #exit: Promise<unknown>;
  #stderr = '';

  constructor(program: string, { args = [], onOneCore = false, flags = [] }: MeteredOptions = {}) {
    const nodeFlags = ['--disable-warning=ExperimentalWarning', '--expose-gc', '--import', meter, ...flags];
    const pinned = onOneCore && canPin;
    this.child = fork(program, [...args], {
      execPath: pinned ? 'taskset' : process.execPath,
      execArgv: pinned ? ['-c', '0', process.execPath, ...nodeFlags] : nodeFlags,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-65_536);
    });
    this.#exit = once(this.child, 'exit');
  }

  /** The last of what it wrote on its standard error. */
  get stderr(): string {
    return this.#stderr;
  }

  async ask(question: Question): Promise<Reading> {
    const reading = this.next(isReading);
    this.child.send(question);
    return reading;
  }

  /** The next message of this form. Rejects when the program ends first. */
  async next<T>(isIt: (message: unknown) => message is T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const onMessage = (message: unknown): void => {
      if (isIt(message)) resolve(message);
    };
    const onExit = (): void => reject(new Error(`${this.child.spawnfile} ended: ${this.#stderr}`));
    this.child.on('message', onMessage);
    this.child.once('exit', onExit);
    try {
      return await promise;
    } finally {
      this.child.off('message', onMessage);
      this.child.off('exit', onExit);
    }
  }

  /** Ends it by SIGTERM, and by SIGKILL when it does not listen. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const last = setTimeout(() => this.child.kill('SIGKILL'), stopLimitMs);
    this.child.kill('SIGTERM');
    await this.#exit;
    clearTimeout(last);
  }
}

export async function pause(seconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, seconds * 1000);
  await promise;
}
