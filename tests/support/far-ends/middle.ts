// Somebody between a prober and its far end who passes on what is said, and may change what the far end says.
import { createSocket } from 'node:dgram';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import type { DatagramBehaviour } from './datagram.ts';
import { type Behaviour, endWhenQuiet } from './stream.ts';

/** What becomes of one piece of an answer. */
export interface Changed {
  /** An empty one: what follows comes apart from what was before. */
  readonly pieces: readonly Buffer[];
  /** How it ends behind these pieces; absent: it goes on. */
  readonly end?: 'close' | 'reset';
  /** It is not what the far end said. */
  readonly changed?: boolean;
}

/** One connection, or one datagram with its answers. */
export interface Ear {
  pass(piece: Buffer): Changed;
  /** After a change the connection is closed when nobody has said anything for so long: each may now wait for the other. */
  readonly quietMs?: number;
}

/** Passes a connection on to this port. `inside`: it ends TLS on both sides. */
export function relay(port: number, inside: boolean, listen: () => Ear): Behaviour {
  return (socket) => {
    const ear = listen();
    const target = { host: '127.0.0.1', port, noDelay: true };
    const upstream = inside ? connectSecure({ ...target, rejectUnauthorized: false }) : connectPlain({ ...target, allowHalfOpen: true });
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => upstream.write(chunk));
    socket.once('end', () => upstream.end());
    socket.once('close', () => upstream.destroy());
    let said = Promise.resolve();
    let armed = false;
    const say = (chunk: Buffer) => {
      const changed = ear.pass(chunk);
      if (ear.quietMs !== undefined && changed.changed === true && !armed) {
        armed = true;
        endWhenQuiet(socket, ear.quietMs);
      }
      said = said.then(() => send(socket, changed));
    };
    // What stands before the first byte.
    say(Buffer.alloc(0));
    upstream.on('data', say);
    upstream.once('end', () => {
      said = said.then(() => void socket.end());
    });
    upstream.on('error', () => void socket.resetAndDestroy());
  };
}

async function send(socket: Socket, { pieces, end }: Changed): Promise<void> {
  for (const piece of pieces) {
    if (!socket.writable) return;
    if (piece.length > 0) socket.write(piece);
    else await new Promise((settle) => setImmediate(settle));
  }
  if (end === 'close') socket.end();
  if (end === 'reset' && !socket.writableEnded) socket.resetAndDestroy();
}

/** Passes datagrams on to this port; each question has a socket of its own, for this long. */
export function relayDatagrams(port: number, listen: () => Ear, forMs = 300): DatagramBehaviour {
  return (message, reply) => {
    const ear = listen();
    const upstream = createSocket('udp4');
    upstream.on('error', () => {});
    upstream.on('message', (answer) => {
      for (const datagram of datagramsOf(ear.pass(answer))) reply(datagram);
    });
    upstream.send(message, port, '127.0.0.1');
    setTimeout(() => upstream.close(), forMs).unref();
  };
}

/** Nothing is sent where nothing is left. */
function datagramsOf({ pieces }: Changed): readonly Buffer[] {
  const all: Buffer[][] = [[]];
  for (const piece of pieces) {
    if (piece.length === 0) all.push([]);
    else all.at(-1)?.push(piece);
  }
  return all.filter((parts) => parts.length > 0).map((parts) => Buffer.concat(parts));
}
