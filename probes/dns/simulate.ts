// A name server on loopback, UDP and TCP on one port, well or ill as told.
import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram';
import type { Socket } from 'node:net';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet, RECURSION_AVAILABLE, TRUNCATED_RESPONSE } from 'dns-packet';
import { type Listener, listenOnLoopback, type Simulator } from '#prober/door.ts';
import { frame } from './wire.ts';

const name = 'ehr.holter.test';
const addresses = ['192.0.2.1', '192.0.2.2'];
const rcodes = { noerror: 0, servfail: 2, nxdomain: 3, refused: 5 } as const;

/** What it says: of a question the bytes to send back, or nothing. */
interface Manner {
  readonly datagram: (query: Packet) => Buffer | undefined;
  /** What it does with a connection; default: the same answers, framed. */
  readonly stream?: (socket: Socket) => void;
}

export const dnsSimulator: Simulator = {
  kind: 'dns',
  way: 'datagram',
  overStream: { transport: 'tcp' },
  modes: {
    well: 'ok',
    truncated: 'ok',
    refuses: 'refused',
    silent: 'timeout',
    truncated_then_silent: 'timeout',
    truncated_then_resets: 'reset',
    servfail: 'rejected',
    refused: 'rejected',
    nxdomain: 'content',
    no_data: 'content',
    wrong_data: 'content',
    lame: 'content',
    short_lived: 'content',
    garbage: 'protocol',
    wrong_id: 'protocol',
    wrong_question: 'protocol',
    echo: 'protocol',
    truncated_then_lies: 'content',
  },
  start: async () => {
    let manner: Manner = answering();
    const serve = (socket: Socket) => {
      socket.once('end', () => socket.end());
      (manner.stream ?? ((connection) => serveStream(connection, manner)))(socket);
    };
    const { listener, bell } = await openBoth(serve, (query) => manner.datagram(query));
    return {
      options: {
        servers: [`127.0.0.1:${listener.port}`],
        name,
        expect: { answers: addresses, flags: ['aa'], ttl: { least: '30s' } },
      },
      behave: (mode) => {
        manner = mannerOf(mode);
        listener.refuse(mode === 'refuses');
        bell.refuse(mode === 'refuses');
      },
      connections: () => listener.connections(),
      close: () => closeBoth(listener, bell),
    };
  },
};

/** A port that is free by TCP may be another program's by UDP: then both try another one. */
async function openBoth(
  serve: (socket: Socket) => void,
  answer: Manner['datagram'],
): Promise<{ readonly listener: Listener; readonly bell: Doorbell }> {
  for (let tries = 1; ; tries += 1) {
    const listener = await listenOnLoopback(serve);
    const bell = new Doorbell(listener.port, answer);
    try {
      await bell.open();
      return { listener, bell };
    } catch (error) {
      await listener.close();
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!isTaken || tries === 20) throw error;
    }
  }
}

async function closeBoth(listener: Listener, bell: Doorbell): Promise<void> {
  bell.refuse(true);
  await listener.close();
}

function mannerOf(mode: string): Manner {
  if (!Object.hasOwn(dnsSimulator.modes, mode)) throw new Error(`no such mode: ${mode}`);
  return manners[mode] ?? answering();
}

interface Wording {
  readonly rcode?: number;
  readonly values?: readonly string[];
  readonly ttlSeconds?: number;
  readonly flags?: number;
  readonly edit?: (packet: Packet) => Packet;
}

/** A reply to the question, in these words. */
function answering(wording: Wording = {}): Manner {
  return { datagram: (query) => encode((wording.edit ?? same)(compose(query, wording))) };
}

function compose(query: Packet, { rcode = 0, values = addresses, ttlSeconds = 60, flags = AUTHORITATIVE_ANSWER }: Wording): Packet {
  const answers = values.map((data): Answer => ({ type: 'A', name, ttl: ttlSeconds, data }));
  return {
    type: 'response',
    id: query.id ?? 0,
    flags: flags | RECURSION_AVAILABLE | rcode,
    questions: query.questions ?? [],
    answers: rcode === rcodes.noerror ? answers : [],
  };
}

function same(packet: Packet): Packet {
  return packet;
}

const truncated: Manner = answering({ values: [], flags: AUTHORITATIVE_ANSWER | TRUNCATED_RESPONSE });

const manners: Readonly<Record<string, Manner>> = {
  truncated: { ...truncated, stream: (socket) => serveStream(socket, answering()) },
  truncated_then_silent: { ...truncated, stream: (socket) => void socket.resume() },
  truncated_then_resets: { ...truncated, stream: (socket) => void socket.resetAndDestroy() },
  // Announces 64 KB and sends a little.
  truncated_then_lies: { ...truncated, stream: (socket) => void socket.resume().write(Buffer.from('ffff0000', 'hex')) },
  silent: { datagram: () => undefined, stream: (socket) => void socket.resume() },
  servfail: answering({ rcode: rcodes.servfail }),
  refused: answering({ rcode: rcodes.refused, flags: 0 }),
  nxdomain: answering({ rcode: rcodes.nxdomain }),
  no_data: answering({ values: [] }),
  wrong_data: answering({ values: ['192.0.2.1', '198.51.100.9'] }),
  lame: answering({ flags: 0 }),
  short_lived: answering({ ttlSeconds: 1 }),
  garbage: { datagram: () => Buffer.from('these bytes are no name server') },
  wrong_id: answering({ edit: (packet) => ({ ...packet, id: ((packet.id ?? 0) + 1) & 0xffff }) }),
  wrong_question: answering({ edit: (packet) => ({ ...packet, questions: [{ type: 'A', name: 'other.holter.test' }] }) }),
  echo: { datagram: (query) => encode(query) },
};

/** Answers each framed question (RFC 7766); a far side that sends no DNS is cut off. */
function serveStream(socket: Socket, manner: Manner): void {
  let heard = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    heard = Buffer.concat([heard, chunk]);
    if (heard.length < 2 || heard.length < 2 + heard.readUInt16BE()) return;
    const query = parse(heard.subarray(2, 2 + heard.readUInt16BE()));
    const reply = query === undefined ? undefined : manner.datagram(query);
    if (reply === undefined) socket.destroy();
    else socket.write(frame(reply));
    heard = Buffer.alloc(0);
  });
}

function parse(bytes: Buffer): Packet | undefined {
  try {
    return decode(bytes);
  } catch {
    // No DNS message: nobody is answered.
    return undefined;
  }
}

/** The UDP half: answers, and can be closed and opened again on the same port. */
class Doorbell {
  readonly #port: number;
  readonly #answer: (query: Packet) => Buffer | undefined;
  #socket: DatagramSocket | undefined;

  constructor(port: number, answer: (query: Packet) => Buffer | undefined) {
    this.#port = port;
    this.#answer = answer;
  }

  open(): Promise<void> {
    const socket = createSocket('udp4', (message, from) => this.#receive(socket, message, from));
    this.#socket = socket;
    return new Promise((settle, reject) => {
      socket.once('error', reject);
      socket.bind(this.#port, '127.0.0.1', () => {
        socket.off('error', reject);
        socket.on('error', () => {});
        settle();
      });
    });
  }

  refuse(refused: boolean): void {
    if (refused) {
      this.#socket?.close();
      this.#socket = undefined;
    } else if (this.#socket === undefined) {
      // Another program may have taken the port meanwhile: it then stays refused.
      this.open().catch(() => {});
    }
  }

  #receive(socket: DatagramSocket, message: Buffer, from: RemoteInfo): void {
    const query = parse(message);
    const reply = query === undefined ? undefined : this.#answer(query);
    if (reply !== undefined) socket.send(reply, from.port, from.address, () => {});
  }
}
