// What the benches probe: an HTTP server on loopback in a process of its own, which counts its answers.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Metered } from './metered.ts';

interface Listening {
  readonly port: number;
}

interface Answered {
  readonly answered: number;
}

export interface Target {
  readonly origin: string;
  /** Answers since it began. */
  answered(): Promise<number>;
  stop(): Promise<void>;
}

export async function startTarget(): Promise<Target> {
  const process = new Metered(import.meta.filename);
  const { port } = await process.next((message): message is Listening => isObject(message) && 'port' in message);
  return {
    origin: `http://127.0.0.1:${port}`,
    async answered() {
      const counted = process.next((message): message is Answered => isObject(message) && 'answered' in message);
      process.child.send('count');
      return (await counted).answered;
    },
    stop: () => process.stop(),
  };
}

function isObject(message: unknown): message is object {
  return typeof message === 'object' && message !== null;
}

function serve(): void {
  let answered = 0;
  const server = createServer((_request, response) => {
    answered += 1;
    response.end('all is well');
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    process.send?.({ port: (server.address() as AddressInfo).port } satisfies Listening);
  });
  process.on('message', (message) => {
    if (message === 'count') process.send?.({ answered } satisfies Answered);
  });
  process.once('disconnect', () => process.exit());
}

if (process.argv[1] === import.meta.filename) serve();
