import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Listener, listenOnLoopback } from './listener.ts';

let listener: Listener;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await listener.close();
});

/** 'open', or the code of the error. */
function dialPort(port: number): Promise<string> {
  return new Promise((settle) => {
    const socket = connect({ port, host: '127.0.0.1' });
    sockets.push(socket);
    socket.once('connect', () => settle('open'));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? ''));
  });
}

test('it refuses when told, and accepts again on the same port', async () => {
  listener = await listenOnLoopback((socket) => socket.resume());
  expect(await dialPort(listener.port)).toBe('open');
  listener.refuse(true);
  expect(await dialPort(listener.port)).toBe('ECONNREFUSED');
  listener.refuse(false);
  expect(await dialPort(listener.port)).toBe('open');
});

test('it counts the connections that are open now', async () => {
  const closed = Promise.withResolvers<void>();
  listener = await listenOnLoopback((socket) => {
    socket.resume();
    socket.once('end', () => socket.end());
    socket.once('close', () => closed.resolve());
  });
  await dialPort(listener.port);
  await expect.poll(() => listener.connections()).toBe(1);
  sockets.at(-1)?.end();
  await closed.promise;
  expect(listener.connections()).toBe(0);
});

test('it closes with connections open, and also while it refuses', async () => {
  listener = await listenOnLoopback((socket) => socket.resume());
  await dialPort(listener.port);
  listener.refuse(true);
  await listener.close();
  expect(await dialPort(listener.port)).toBe('ECONNREFUSED');
});
