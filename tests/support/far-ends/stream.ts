// Far ends that mean ill, over TCP and TLS: each counts what came, and is closed by the test.
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureContextOptions } from 'node:tls';
import { allClosed, type HostileEnd, listening } from './listen.ts';

/** What a far end does with one connection. Timers go by `far.later`, so that none outlives it. */
export type Behaviour = (socket: Socket, far: { later(delayMs: number, action: () => void): void }) => void;

export interface StreamOptions {
  /** Speaks TLS with these; the behaviour then begins after the handshake. */
  readonly tls?: SecureContextOptions;
  readonly port?: number;
}

/** Starts a far end on 127.0.0.1 that treats every connection in the same way. */
export async function startHostile(behaviour: Behaviour, options: StreamOptions = {}): Promise<HostileEnd> {
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let accepted = 0;
  let received = 0;
  let sent = 0;
  const far = {
    later(delayMs: number, action: () => void): void {
      const timer = setTimeout(() => {
        timers.delete(timer);
        action();
      }, delayMs);
      timers.add(timer);
    },
  };
  const track = (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', ignore);
    socket.once('close', () => {
      sockets.delete(socket);
      sent += socket.bytesWritten - socket.writableLength;
    });
  };
  const begin = (socket: Socket) => {
    socket.on('error', ignore);
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    behaviour(socket, far);
  };
  const server = listener(options, begin);
  server.on('connection', track);
  const port = await listening(server, options.port ?? 0);
  return {
    port,
    accepted: () => accepted,
    connections: () => sockets.size,
    received: () => received,
    sent: () => sent,
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      await allClosed(server, sockets);
    },
  };
}

function listener(options: StreamOptions, begin: (socket: Socket) => void): Server {
  if (options.tls === undefined) return createServer({ allowHalfOpen: true }, begin);
  const below = new Map<number, Socket>();
  const server = createTlsServer({ ...options.tls }, (secured) => {
    const socket = below.get(secured.remotePort ?? 0);
    // A socket of TLS has no connection of its own to reset. Not at once: Node 24.21 crashes when the connection goes away
    // underneath a callback of the handshake.
    secured.resetAndDestroy = () => {
      setImmediate(() => socket?.destroy());
      return secured;
    };
    begin(secured);
  });
  server.on('connection', (socket: Socket) => below.set(socket.remotePort ?? 0, socket));
  return server.on('tlsClientError', (_, secured) => secured.destroy());
}

/** A reset, or where the end was sent already a mere close: Node 24.21 never closes a socket that is reset after its end. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

function ignore(): void {}

/** Accepts and closes politely, without a word. */
export const closeAtOnce: Behaviour = (socket) => void socket.end();

/** Ends its half when the other side has ended its own, as servers do. Others keep what is half-open. */
export function politely(behaviour: Behaviour): Behaviour {
  return (socket, far) => {
    socket.once('end', () => socket.end());
    behaviour(socket, far);
  };
}

/** Ends a connection on which nothing was said for so long, asked twice: where the test itself stood still, what was said waits unread. */
export function endWhenQuiet(socket: Socket, quietMs: number): void {
  let said = -1;
  socket.on('timeout', () => {
    const now = socket.bytesRead + socket.bytesWritten;
    if (now === said) socket.end();
    else socket.setTimeout(quietMs / 2);
    said = now;
  });
  socket.setTimeout(quietMs / 2);
}

/** Accepts and resets. */
export const resetAtOnce: Behaviour = (socket) => void socket.resetAndDestroy();

/** Takes everything and never says a word. */
export const hang: Behaviour = (socket) => void socket.resume();

/** Takes nothing for a second, so that what is sent to it fills the buffers of the kernel; then it sees what became of the other side. */
export const hangUnread: Behaviour = (socket, far) => {
  socket.pause();
  far.later(1000, () => socket.resume());
};

/** Waits for the first bytes, then closes without an answer. */
export const closeAfterRequest: Behaviour = (socket) => void socket.once('data', () => socket.end());

/** Waits for the first bytes, then resets. */
export const resetAfterRequest: Behaviour = (socket) => void socket.once('data', () => socket.resetAndDestroy());

/** Sends these bytes at once, and keeps the connection open. */
export function say(bytes: Uint8Array): Behaviour {
  return (socket) => void socket.write(bytes);
}

/** Sends these bytes after the first that it got, then does with the connection as told. */
export function answer(bytes: Uint8Array, then: 'keep' | 'close' | 'reset' = 'keep'): Behaviour {
  return (socket) => {
    socket.once('data', () => {
      socket.write(bytes, () => {
        if (then === 'close') socket.end();
        if (then === 'reset') reset(socket);
      });
    });
  };
}

/** Sends one byte at a time, `everyMs` apart, again and again from the start. */
export function drip(bytes: Uint8Array, everyMs: number): Behaviour {
  return (socket, far) => {
    let at = 0;
    const next = () => {
      if (socket.destroyed) return;
      socket.write(bytes.subarray(at % bytes.length, (at % bytes.length) + 1));
      at += 1;
      far.later(everyMs, next);
    };
    next();
  };
}

/** Sends the head once and then the chunk without end, as fast as it is taken. */
export function endless(head: Uint8Array, chunk: Uint8Array): Behaviour {
  return (socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', more);
    socket.write(head);
    more();
  };
}

/** One step of a script. */
export type Step =
  | { readonly do: 'send'; readonly bytes: Uint8Array }
  /** Waits until something more came. */
  | { readonly do: 'await' }
  | { readonly do: 'close' }
  | { readonly do: 'reset' };

/** Plays the steps in order, then stays silent with the connection open. */
export function script(steps: readonly Step[]): Behaviour {
  return (socket) => {
    let at = 0;
    const play = () => {
      for (let step = steps[at]; step !== undefined && !socket.destroyed; step = steps[at]) {
        at += 1;
        if (step.do === 'await') {
          socket.once('data', play);
          return;
        }
        if (step.do === 'send') socket.write(step.bytes);
        if (step.do === 'close') socket.end();
        if (step.do === 'reset') reset(socket);
      }
    };
    play();
  };
}
