// What all far ends of the tests have in common: where they are, what they saw, how they end.
import type { Server, Socket } from 'node:net';

/** A far end that runs on 127.0.0.1. */
export interface HostileEnd {
  readonly port: number;
  /** Connections or datagrams that came, from the start: more than one an attempt is a hidden retry. */
  accepted(): number;
  /** Connections open now. */
  connections(): number;
  /** Bytes that came. */
  received(): number;
  /** Bytes that the other side has taken: what an endless answer has cost it. */
  sent(): number;
  close(): Promise<void>;
}

export function listening(server: Server, port: number): Promise<number> {
  return new Promise((settle, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      settle(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

export function allClosed(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((settle) => {
    server.close(() => settle());
    for (const socket of sockets) socket.destroy();
  });
}

/** Settles when the condition holds; throws after `limitMs`, which is generous and never what a test is about. */
export async function eventually(condition: () => boolean, what: string, limitMs = 10_000): Promise<void> {
  const until = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > until) throw new Error(`never came true: ${what}`);
    await new Promise((settle) => setTimeout(settle, 5));
  }
}
