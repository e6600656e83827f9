// The daemon as a process, and the two things around it: a service that is well or ill as told, and a receiver that can be down.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const waitLimitMs = 30_000;

/** A folder of this test's own, removed by `clean`. */
export function scratch(): { readonly path: (name: string) => string; write(name: string, text: string): string; clean(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'holter-e2e-'));
  const path = (name: string): string => join(folder, name);
  return {
    path,
    write(name, text) {
      writeFileSync(path(name), text);
      return path(name);
    },
    clean: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One run of the command line. */
export class Holter {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown[]>;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {}) {
    this.#child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...options.env }, stdio: 'pipe' });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#child.stdin?.on('error', () => {
      // A command that does not read its input may end before it is written.
    });
    this.#child.stdin?.end(options.input ?? '');
    this.#exit = once(this.#child, 'close');
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async end(): Promise<Ended> {
    await this.#exit;
    const { exitCode: code, signalCode: signal } = this.#child;
    return { code, signal, stdout: this.#stdout, stderr: this.#stderr };
  }

  /** The address from the line that the daemon logs when everything runs. */
  async url(): Promise<string> {
    await until('the daemon has started', () => {
      if (this.ended) throw new Error(`the daemon ended: ${this.#stderr}`);
      return this.#stderr.includes('"msg":"started"');
    });
    const line = this.#stderr.split('\n').find((text) => text.includes('"msg":"started"')) ?? '';
    return (JSON.parse(line) as { readonly url: string }).url;
  }
}

/** Runs a command to its end. */
export async function holter(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<Ended> {
  return new Holter(args, options).end();
}

/** Waits until it holds; says what was waited for when it never does. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = waitLimitMs): Promise<void> {
  for (let waited = 0; waited < limitMs; waited += 50) {
    if (await holds()) return;
    await pause(50);
  }
  throw new Error(`waited in vain for: ${what}`);
}

export function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, ms);
  return promise;
}

/** An HTTP service on loopback whose answers the test decides, request by request. */
export class Service {
  requests = 0;
  answer: (request: number) => 'well' | 'ill' = () => 'well';
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Service> {
    const server = createServer((_request, response) => service.#serve(response));
    const service = new Service(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return service;
  }

  get url(): string {
    return urlOf(this.#server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(response: ServerResponse): void {
    this.requests += 1;
    if (this.answer(this.requests) === 'well') response.end('well');
    else response.writeHead(503).end('ill');
  }
}

/** One alert as the webhook got it. */
export interface Received {
  /** The `webhook-id` header: what a receiver de-duplicates by. */
  readonly message: string;
  /** Of the alert. */
  readonly id: string;
  readonly event: string;
}

/** A webhook receiver that takes what comes, or is down: refuses with 503 or cuts the connection. */
export class Pager {
  readonly received: Received[] = [];
  attempts = 0;
  isUp: () => boolean = () => true;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Pager> {
    const server = createServer((request, response) => void pager.#take(request, response));
    const pager = new Pager(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return pager;
  }

  get url(): string {
    return urlOf(this.#server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.attempts += 1;
    if (!this.isUp()) {
      if (this.attempts % 2 === 0) request.socket.destroy();
      else response.writeHead(503).end();
      return;
    }
    let text = '';
    try {
      for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
    } catch {
      // The daemon was killed while it was sending: it will send again.
      return;
    }
    const { data } = JSON.parse(text) as { readonly data: { readonly id: string; readonly event: string } };
    this.received.push({ message: String(request.headers['webhook-id']), id: data.id, event: data.event });
    response.end();
  }
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return `http://127.0.0.1:${address.port}/`;
}
