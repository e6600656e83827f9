// Questions and answers of STUN by UDP, TCP or TLS (RFC 8489 6.2), on the attempt's signal.
import type { s } from '#schema/kit.ts';
import { parseAddress } from '#schema/kit.ts';
import { type FactDeclaration, type ProbeContext, ProbeFailure } from './contract.ts';
import { openDatagrams } from './datagram.ts';
import { openStream } from './stream.ts';
import { decodeStun, type StunMessage, stunLength } from './stun-message.ts';
import { certificateFacts, connectTo } from './target.ts';
import type { TlsSettings } from './tls-options.ts';

/** Most bytes of one answer. */
const answerLimit = 2048;
/** RTO of 500 ms, doubling (RFC 8489 6.2.1); the deadline cuts it. */
const retransmit = [500, 1000, 2000, 4000];

export interface StunTarget {
  readonly address: string;
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly tls?: s.output<typeof TlsSettings> | undefined;
}

/** One socket to a STUN server. */
export interface StunLine {
  /** The answer to this request, unjudged. Notes the fact `retransmissions` by UDP: the sum of all that were answered. */
  ask(request: Buffer): Promise<StunMessage>;
  /** Sends it once by UDP and waits for nothing, also after the deadline. By TCP nothing is sent: there the end of the connection says it. */
  tell(request: Buffer): void;
  /** Politely; settles when what was sent has left. */
  end(): Promise<void>;
  /** At once. */
  destroy(): void;
}

/** What a line learns. */
export const stunFacts: readonly FactDeclaration[] = [
  { name: 'retransmissions', help: 'How often a question was sent again before its answer came: the first sign of loss.' },
  ...certificateFacts,
];

/** A fresh socket. Throws ProbeFailure, and leaves then nothing open; else the caller destroys it. */
export function openStunLine(target: StunTarget, context: ProbeContext): Promise<StunLine> {
  return target.transport === 'udp' ? openByDatagram(target, context) : openByStream(target, context);
}

async function openByDatagram({ address }: StunTarget, context: ProbeContext): Promise<StunLine> {
  const { host, port } = parseAddress(address) ?? { host: '', port: 0 };
  const line = await openDatagrams({ host, port }, context);
  let retransmissions = 0;
  return {
    ask: async (request) => {
      const match = (bytes: Buffer): StunMessage | undefined => {
        const message = read(bytes);
        return isAnswerTo(request, message) ? message : undefined;
      };
      const reply = await line.ask(request, { match, cap: answerLimit, retransmit });
      retransmissions += reply.retransmissions;
      context.fact('retransmissions', retransmissions);
      return reply.value;
    },
    tell: (request) => line.tell(request),
    end: async () => line.close(),
    destroy: () => line.close(),
  };
}

async function openByStream({ address, transport, tls }: StunTarget, context: ProbeContext): Promise<StunLine> {
  const dialed = await connectTo({ address, tls: transport === 'tls' ? (tls ?? true) : false }, context);
  const stream = openStream(dialed, context);
  return {
    ask: async (request) => {
      await stream.write(request);
      const message = read(await stream.readUntil(endOfMessage, answerLimit));
      if (!isAnswerTo(request, message)) throw new ProbeFailure('protocol', 'the answer is to another request');
      return message;
    },
    tell: () => {},
    end: () => stream.end(),
    destroy: () => stream.destroy(),
  };
}

function endOfMessage(heard: Buffer): number | undefined {
  const length = stunLength(heard);
  if (length === undefined) return undefined;
  if (length < 0 || length > answerLimit) return heard.length;
  return heard.length >= length ? length : undefined;
}

function read(bytes: Buffer): StunMessage {
  const message = decodeStun(bytes);
  if (message === undefined) throw new ProbeFailure('protocol', 'the answer is not STUN');
  return message;
}

function isAnswerTo(request: Buffer, { id }: StunMessage): boolean {
  return request.subarray(8, 20).equals(id);
}
