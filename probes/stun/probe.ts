// Asks a STUN server how it sees us.
import { randomBytes } from 'node:crypto';
import {
  certificateFacts,
  connectTo,
  decodeStun,
  defineProbe,
  encodeBinding,
  exchangeDatagram,
  openStream,
  type ProbeContext,
  ProbeFailure,
  parseAddress,
  type StunMessage,
  streamReasons,
  stunLength,
} from '#prober/door.ts';
import { judge } from './judge.ts';
import { Options, type StunOptions } from './options.ts';

/** Most bytes of one answer. */
const answerLimit = 2048;
/** RTO of 500 ms, doubling (RFC 8489 6.2.1); the deadline cuts it. */
const retransmit = [500, 1000, 2000, 4000];

export const stun = defineProbe({
  kind: 'stun',
  summary: 'Asks a STUN server how it sees us, by UDP, TCP or TLS.',
  options: Options,
  effect: 'none',
  leastInterval: 30_000,
  defaultTimeout: 5000,
  pausesAfterAuth: false,
  reasons: [...streamReasons, 'protocol', 'rejected'],
  facts: [
    { name: 'retransmissions', help: 'How often the question was sent again before the answer came: the first sign of loss.' },
    ...certificateFacts,
  ],
  host: (options) => options.address,
  run,
});

async function run(options: StunOptions, context: ProbeContext): Promise<void> {
  const id = randomBytes(12);
  const request = encodeBinding(id, context.agent, options.fingerprint);
  const message =
    options.transport === 'udp'
      ? await askByDatagram(options, { id, request }, context)
      : await askByStream(options, { id, request }, context);
  context.note('software', message.software);
  context.note('mapped_address', message.mapped ?? '');
  const failure = judge(message);
  if (failure !== undefined) throw new ProbeFailure(failure.reason, failure.message);
}

interface Question {
  readonly id: Buffer;
  readonly request: Buffer;
}

async function askByDatagram({ address }: StunOptions, { id, request }: Question, context: ProbeContext): Promise<StunMessage> {
  const { host, port } = parseAddress(address) ?? { host: '', port: 0 };
  const match = (bytes: Buffer): StunMessage | undefined => {
    const message = decodeStun(bytes);
    if (message === undefined) throw new ProbeFailure('protocol', 'the answer is not STUN');
    return message.id.equals(id) ? message : undefined;
  };
  const { value, retransmissions } = await exchangeDatagram(
    { host, port },
    request,
    { match, cap: answerLimit, retransmit, strangers: 4 },
    context,
  );
  context.fact('retransmissions', retransmissions);
  return value;
}

async function askByStream(
  { address, transport, tls }: StunOptions,
  { id, request }: Question,
  context: ProbeContext,
): Promise<StunMessage> {
  const dialed = await connectTo({ address, tls: transport === 'tls' ? (tls ?? true) : false }, context);
  try {
    const stream = openStream(dialed, context);
    await stream.write(request);
    const bytes = await stream.readUntil((heard) => {
      const length = stunLength(heard);
      if (length === undefined) return undefined;
      if (length < 0 || length > answerLimit) return heard.length;
      return heard.length >= length ? length : undefined;
    }, answerLimit);
    const message = decodeStun(bytes);
    if (message === undefined) throw new ProbeFailure('protocol', 'the answer is not STUN');
    if (!message.id.equals(id)) throw new ProbeFailure('protocol', 'the answer is to another request');
    await stream.end();
    return message;
  } finally {
    dialed.socket.destroy();
  }
}
