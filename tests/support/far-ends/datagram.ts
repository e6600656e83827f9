// Far ends that mean ill, over UDP.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { HostileEnd } from './listen.ts';

/** What a far end does with one datagram. */
export type DatagramBehaviour = (message: Buffer, reply: (bytes: Uint8Array) => void, from: RemoteInfo) => void;

/** Starts a far end on UDP 127.0.0.1 that treats every datagram in the same way. */
export async function startHostileDatagrams(behaviour: DatagramBehaviour, port = 0): Promise<HostileEnd> {
  const socket = createSocket('udp4');
  let accepted = 0;
  let received = 0;
  let sent = 0;
  socket.on('message', (message, from) => {
    accepted += 1;
    received += message.length;
    const answer = (bytes: Uint8Array) => {
      sent += bytes.length;
      sendFrom(socket, bytes, from);
    };
    behaviour(message, answer, from);
  });
  await new Promise<void>((settle, reject) => {
    socket.once('error', reject);
    socket.bind(port, '127.0.0.1', () => {
      socket.off('error', reject);
      settle();
    });
  });
  return {
    port: socket.address().port,
    accepted: () => accepted,
    connections: () => 0,
    received: () => received,
    sent: () => sent,
    close: () => new Promise((settle) => socket.close(() => settle())),
  };
}

/** A far end by TCP and one by UDP on the same number of a port. Another program may hold that number by UDP: then both try another one. */
export async function startHostilePair(
  start: () => Promise<HostileEnd>,
  behaviour: DatagramBehaviour,
): Promise<{ readonly far: HostileEnd; readonly datagrams: HostileEnd }> {
  for (let tries = 1; ; tries += 1) {
    const far = await start();
    try {
      return { far, datagrams: await startHostileDatagrams(behaviour, far.port) };
    } catch (error) {
      await far.close();
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!isTaken || tries === 20) throw error;
    }
  }
}

function sendFrom(socket: Socket, bytes: Uint8Array, to: RemoteInfo): void {
  // The far side may be gone already: that is its right.
  socket.send(bytes, to.port, to.address, () => {});
}

/** Takes everything and never says a word. */
export const silent: DatagramBehaviour = () => {};

/** Sends the question back. */
export const echo: DatagramBehaviour = (message, send) => send(message);

/** Sends these bytes for every datagram. */
export function reply(bytes: Uint8Array): DatagramBehaviour {
  return (_, send) => send(bytes);
}

/** Sends these bytes `count` times for every datagram. */
export function storm(bytes: Uint8Array, count: number): DatagramBehaviour {
  return (_, send) => {
    for (let sent = 0; sent < count; sent += 1) send(bytes);
  };
}

/** Answers well, but from another port: nobody who asked may believe it. */
export function fromElsewhere(make: (message: Buffer) => Uint8Array): DatagramBehaviour {
  return (message, _, from) => {
    const other = createSocket('udp4');
    other.send(make(message), from.port, from.address, () => other.close());
  };
}
