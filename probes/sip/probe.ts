// Asks a SIP server what it can do: the question that proves a stack alive and starts nothing.
import {
  certificateFacts,
  connectTo,
  type Dialed,
  defineProbe,
  exchangeDatagram,
  noteCertificate,
  openStream,
  openWebSocket,
  type ProbeContext,
  ProbeFailure,
  parseAddress,
  type Stream,
  streamReasons,
  tlsOptionsOf,
} from '#prober/door.ts';
import { judge } from './judge.ts';
import { Options, type SipOptions } from './options.ts';
import { Transaction } from './transaction.ts';
import { bodyLength, headerEnd, type Response, type Transport } from './wire.ts';

/** Most bytes of one answer on a connection: as many as a datagram can hold. */
const answerLimit = 65_535;

export const sip = defineProbe({
  kind: 'sip',
  summary: 'Sends OPTIONS to a SIP server, by UDP, TCP, TLS or WebSocket, and reads the final answer.',
  options: Options,
  effect: 'none',
  leastInterval: 15_000,
  defaultTimeout: 8000,
  pausesAfterAuth: false,
  reasons: [...streamReasons, 'protocol', 'rejected', 'content'],
  facts: [
    { name: 'status_code', help: 'Code of the final answer.' },
    { name: 'retransmissions', help: 'How often the request was sent again before the answer came: the first sign of loss. UDP only.' },
    { name: 'provisional_answers', help: 'Answers 1xx before the final one.' },
    { name: 'foreign_answers', help: 'Answers to other requests that were passed over.' },
    { name: 'retry_after_seconds', help: 'Time after which the server asks to come back.' },
    { name: 'response_bytes', help: 'Size of the final answer; by UDP above about 1400 it travels in fragments, which get lost.' },
    ...certificateFacts,
  ],
  host: (options) => options.address,
  run,
});

type Way = (options: SipOptions, transaction: Transaction, context: ProbeContext) => Promise<Response>;

const ways: Readonly<Record<Transport, Way>> = {
  udp: askByDatagram,
  tcp: askByStream,
  tls: askByStream,
  ws: askByWebSocket,
  wss: askByWebSocket,
};

async function run(options: SipOptions, context: ProbeContext): Promise<void> {
  const transaction = new Transaction(options, context);
  try {
    const response = await ways[options.transport](options, transaction, context);
    const failure = judge(response, options.alive);
    if (failure !== undefined) throw new ProbeFailure(failure.reason, failure.message);
  } catch (error) {
    throw transaction.explained(error);
  }
}

async function askByDatagram({ address }: SipOptions, transaction: Transaction, context: ProbeContext): Promise<Response> {
  const { host, port } = parseAddress(address) ?? { host: '', port: 0 };
  const { value, retransmissions } = await exchangeDatagram(
    { host, port },
    (local) => transaction.request(local),
    { match: (bytes) => transaction.hear(bytes), retransmit: (times) => transaction.wait(times) },
    context,
  );
  context.fact('retransmissions', retransmissions);
  return value;
}

async function askByStream({ address, transport, tls }: SipOptions, transaction: Transaction, context: ProbeContext): Promise<Response> {
  const dialed = await connectTo({ address, tls: transport === 'tls' ? (tls ?? true) : false }, context);
  try {
    const stream = openStream(dialed, context);
    const next = () => readMessage(stream);
    const response = await exchange(transaction, { dialed, send: (request) => stream.write(request), next }, context);
    await stream.end();
    return response;
  } finally {
    dialed.socket.destroy();
  }
}

/** RFC 7118: one message of WebSocket is one of SIP. */
async function askByWebSocket(options: SipOptions, transaction: Transaction, context: ProbeContext): Promise<Response> {
  const { address, transport, tls, path = '/', origin } = options;
  const socket = await openWebSocket(
    {
      url: new URL(`${transport}://${address}${path}`),
      headers: [{ name: 'User-Agent', value: context.agent }, ...(origin === undefined ? [] : [{ name: 'Origin', value: origin }])],
      subprotocols: ['sip'],
      messageLimit: answerLimit,
      tls: tlsOptionsOf(tls),
      onTls: noteCertificate(context),
    },
    context,
  );
  try {
    const send = (request: Buffer) => socket.send(request.toString());
    const next = async () => (await socket.receive()).data;
    const response = await exchange(transaction, { dialed: socket.connection, send, next }, context);
    await socket.close(1000);
    return response;
  } finally {
    socket.destroy();
  }
}

/** What carries whole messages both ways. */
interface Connection {
  readonly dialed: Dialed;
  readonly send: (request: Buffer) => Promise<void>;
  readonly next: () => Promise<Buffer>;
}

/** Nothing is sent again here: the transport sees to that (RFC 3261 17.1.2.2). */
async function exchange(transaction: Transaction, { dialed, send, next }: Connection, context: ProbeContext): Promise<Response> {
  const began = performance.now();
  const { localAddress = '', localPort = 0 } = dialed.socket;
  await send(transaction.request({ address: localAddress, port: localPort }));
  for (;;) {
    const response = transaction.hear(await next());
    if (response === undefined) continue;
    context.phase('request', performance.now() - began);
    return response;
  }
}

async function readMessage(stream: Stream): Promise<Buffer> {
  const header = await stream.readUntil((bytes) => (bytes.length === 0 ? undefined : headerEnd(bytes)), answerLimit);
  const length = bodyLength(header);
  if (header.length + length > answerLimit) throw new ProbeFailure('content', `the answer is larger than ${answerLimit} bytes`);
  return length === 0 ? header : Buffer.concat([header, await stream.read(length)]);
}
