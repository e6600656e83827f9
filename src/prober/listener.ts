// The listening half of a simulator: one port of loopback that counts its connections and can refuse them.
import { createServer, type Server, type Socket } from 'node:net';

export interface Listener {
  readonly port: number;
  /** From now on connections are refused, or accepted again on the same port. */
  refuse(refused: boolean): void;
  /** Connections open now. */
  connections(): number;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1 (or on `port`) and hands every connection to `serve`, its errors already taken care of. */
export async function listenOnLoopback(serve: (socket: Socket) => void, port = 0): Promise<Listener> {
  const sockets = new Set<Socket>();
  const onConnection = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', ignore);
    socket.once('close', () => sockets.delete(socket));
    serve(socket);
  };
  let server = open(onConnection);
  const bound = await listen(server, port);
  let refused = false;
  return {
    port: bound,
    refuse: (wanted) => {
      if (wanted === refused) return;
      refused = wanted;
      if (refused) {
        server.close();
        return;
      }
      server = open(onConnection);
      // Another program may have taken the port meanwhile: it then stays refused.
      server.on('error', ignore);
      server.listen(bound, '127.0.0.1');
    },
    connections: () => sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      await new Promise<void>((settle) => server.close(() => settle()));
    },
  };
}

/** Half-open: what a far end does when its peer has finished is for `serve` to say. */
function open(onConnection: (socket: Socket) => void): Server {
  return createServer({ allowHalfOpen: true, noDelay: true }, onConnection);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((settle, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      settle(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

function ignore(): void {}
