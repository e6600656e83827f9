// A listener whose queue is full and whose owner is stopped: the kernel drops every further SYN, as a dead firewall does.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

export interface FrozenListener {
  readonly port: number;
  close(): Promise<void>;
}

const owner = `
const { workerData, parentPort } = require('node:worker_threads');
const server = require('node:net').createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  // Once the message has left, nothing is accepted any more.
  setImmediate(() => Atomics.wait(new Int32Array(workerData), 0, 0));
});
`;

/** Nothing that connects to `port` is ever accepted or refused. */
export async function startFrozenListener(): Promise<FrozenListener> {
  const gate = new SharedArrayBuffer(4);
  const worker = new Worker(owner, { eval: true, workerData: gate });
  const [port] = (await once(worker, 'message')) as [number];
  const fillers = await fill(port);
  return {
    port,
    close: async () => {
      for (const socket of fillers) socket.destroy();
      Atomics.notify(new Int32Array(gate), 0);
      await worker.terminate();
    },
  };
}

/** Connects until a connection is not taken any more: a backlog of one holds two. */
async function fill(port: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  for (let tries = 0; tries < 8; tries += 1) {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => {});
    sockets.push(socket);
    const taken = await Promise.race([
      new Promise<boolean>((settle) => socket.once('connect', () => settle(true))),
      new Promise<boolean>((settle) => setTimeout(() => settle(false), 300)),
    ]);
    if (!taken) return sockets;
  }
  throw new Error('the queue of the frozen listener does not fill');
}
