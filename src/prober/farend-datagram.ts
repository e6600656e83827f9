// Far ends over UDP for simulators: a kind gives its well and ill answers, and gets refusal and silence.
import { createSocket, type Socket } from 'node:dgram';
import type { EndpointReason } from '#model/reason.ts';
import type { Simulator } from '#model/simulator.ts';

/** What is sent back for one datagram; an empty list: nothing. */
export type Answer = (question: Buffer) => readonly Buffer[];

export interface DatagramFarEnd extends Pick<Simulator, 'kind' | 'overStream' | 'fragments' | 'plant'> {
  readonly options: (address: string) => Readonly<Record<string, unknown>>;
  /** What a probe must find, and what it is answered. `well` must be there; `refuses` and `silent` are added. */
  readonly modes: Readonly<Record<string, readonly ['ok' | EndpointReason, Answer]>>;
}

export function datagramSimulator({ modes, options, ...rest }: DatagramFarEnd): Simulator {
  const all: DatagramFarEnd['modes'] = { ...modes, refuses: ['refused', () => []], silent: ['timeout', () => []] };
  return {
    ...rest,
    way: 'datagram',
    modes: Object.fromEntries(Object.entries(all).map(([name, [expected]]) => [name, expected])),
    start: async () => {
      let answer: Answer = all['well']?.[1] ?? (() => []);
      const serve = (socket: Socket) => {
        socket.on('error', ignore);
        socket.on('message', (question, from) => {
          for (const datagram of answer(question)) socket.send(datagram, from.port, from.address);
        });
      };
      let socket: Socket | undefined = await open(0, serve);
      const { port } = socket.address();
      return {
        options: options(`127.0.0.1:${port}`),
        behave: (mode) => {
          const found = Object.hasOwn(all, mode) ? all[mode] : undefined;
          if (found === undefined) throw new Error(`no such mode: ${mode}`);
          answer = found[1];
          if (mode === 'refuses') {
            socket?.close();
            socket = undefined;
          } else if (socket === undefined) {
            socket = bind(port, serve);
          }
        },
        connections: () => 0,
        close: async () => {
          const closing = socket;
          socket = undefined;
          if (closing !== undefined) await new Promise<void>((settle) => closing.close(() => settle()));
        },
      };
    },
  };
}

function bind(port: number, serve: (socket: Socket) => void): Socket {
  const socket = createSocket('udp4');
  serve(socket);
  socket.bind(port, '127.0.0.1');
  return socket;
}

function open(port: number, serve: (socket: Socket) => void): Promise<Socket> {
  return new Promise((settle, reject) => {
    const socket = bind(port, serve);
    socket.once('error', reject);
    socket.once('listening', () => {
      socket.off('error', reject);
      settle(socket);
    });
  });
}

function ignore(): void {}
