// Sends one harmless message over MLLP and reads its acknowledgement.
import { randomBytes } from 'node:crypto';
import {
  certificateFacts,
  connectTo,
  defineProbe,
  openStream,
  type ProbeContext,
  ProbeFailure,
  type Stream,
  streamReasons,
} from '#prober/door.ts';
import { ackNumbers, isCommit, judge, rowsCame } from './judge.ts';
import { type Hl7Options, Options } from './options.ts';
import { clockSegments, decodeReply, encodeFrame, formatTime, isoOf, look, querySegments, type Reply } from './wire.ts';

/** Most bytes of one reply. */
const replyLimit = 65_536;
/** Commit frames of MLLP release 2 that are passed over before the reply. */
const commitsLimit = 4;

export const hl7v2 = defineProbe({
  kind: 'hl7v2',
  summary: 'Sends one HL7 v2 message over MLLP that stores nothing, and reads the acknowledgement.',
  options: Options,
  effect: 'read',
  leastInterval: 30_000,
  defaultTimeout: 10_000,
  pausesAfterAuth: false,
  reasons: [...streamReasons, 'protocol', 'rejected', 'content'],
  facts: [
    { name: 'ack_code', help: '0 accepted (AA, CA), 1 error (AE, CE), 2 rejected (AR, CR).' },
    {
      name: 'clock_offset_seconds',
      help: 'How far the clock of the far end is from ours, either way.',
      warn: 30,
      fail: 300,
      worse: 'above',
    },
    { name: 'response_bytes', help: 'Bytes of the far end that were looked at.' },
    ...certificateFacts,
  ],
  host: (options) => options.address,
  patients: (options) => (options.message === 'query' ? [options.patient] : []),
  run,
});

async function run(options: Hl7Options, context: ProbeContext): Promise<void> {
  const dialed = await connectTo(options, context);
  try {
    const stream = openStream(dialed, context);
    const sent = compose(options, context);
    const began = performance.now();
    await stream.write(sent.frame);
    if (options.expect_ack) await acknowledged(stream, sent, { options, context, began });
    await stream.end();
  } finally {
    dialed.socket.destroy();
  }
}

interface Sent {
  readonly frame: Buffer;
  readonly controlId: string;
  readonly queryTag: string;
}

function compose(options: Hl7Options, context: ProbeContext): Sent {
  const controlId = `H${randomBytes(9).toString('hex')}`;
  const queryTag = options.message === 'query' ? `T${controlId.slice(1, 12)}` : '';
  const frame = encodeFrame({
    ...types(options, queryTag),
    controlId,
    time: formatTime(new Date(context.startedAt).toISOString()),
    sendingApplication: options.sending_application,
    sendingFacility: options.sending_facility,
    receivingApplication: options.receiving_application,
    receivingFacility: options.receiving_facility,
    processingId: options.processing_id,
    version: options.version,
    acceptAck: options.mode === 'original' ? '' : 'AL',
    applicationAck: options.mode === 'enhanced' ? 'AL' : 'NE',
  });
  return { frame, controlId, queryTag };
}

function types(options: Hl7Options, queryTag: string): { readonly type: string; readonly segments: readonly string[] } {
  if (options.message === 'clock') return { type: 'NMQ^N01', segments: clockSegments };
  if (options.message === 'handle') return { type: options.handle ?? '', segments: [] };
  const type = options.query === 'Q22' ? 'QBP^Q22^QBP_Q21' : 'QBP^Q23^QBP_Q21';
  return { type, segments: querySegments(options.query, options.query_name, queryTag, options.patient) };
}

interface Talk {
  readonly options: Hl7Options;
  readonly context: ProbeContext;
  readonly began: number;
}

/** The acknowledgement; in the enhanced mode the one that says it is stored, then that of the application. */
async function acknowledged(stream: Stream, sent: Sent, talk: Talk): Promise<void> {
  const { options, context, began } = talk;
  try {
    const first = await readReply(stream, sent, talk);
    context.phase('processing', performance.now() - began);
    if (options.mode === 'enhanced' && isCommit(first)) await readReply(stream, sent, talk);
  } finally {
    context.fact('response_bytes', stream.bytesRead());
  }
}

async function readReply(stream: Stream, sent: Sent, { options, context }: Talk): Promise<Reply> {
  const reply = decodeReply(await readMessage(stream));
  if (reply !== undefined) note(reply, context);
  const failure = judge(reply, { ...sent, accept: options.accept });
  if (failure !== undefined) throw new ProbeFailure(failure.reason, failure.message);
  if (reply === undefined) throw new Error('a reply that is well is a message');
  return reply;
}

function note(reply: Reply, context: ProbeContext): void {
  context.note('sender', reply.sender);
  context.note('reply_type', reply.type);
  const code = ackNumbers[reply.code];
  if (code !== undefined) context.fact('ack_code', code);
  const time = Date.parse(isoOf(reply.clock) ?? '');
  if (Number.isFinite(time)) context.fact('clock_offset_seconds', Math.abs(time - context.startedAt) / 1000);
}

/** The next whole message; commit frames before it are passed over. */
async function readMessage(stream: Stream): Promise<Buffer> {
  for (let commits = 0; commits <= commitsLimit; commits += 1) {
    const bytes = await stream.readUntil((heard) => {
      const arrival = look(heard);
      if (arrival.kind === 'more') return undefined;
      return 'length' in arrival ? arrival.length : heard.length;
    }, replyLimit);
    const arrival = look(bytes);
    if (arrival.kind === 'message') return bytes;
    if (arrival.kind === 'patient') throw new ProbeFailure('content', rowsCame(1).message);
    if (arrival.kind !== 'commit') throw new ProbeFailure('protocol', 'the answer is not framed as MLLP');
    if (!arrival.positive) throw new ProbeFailure('rejected', 'the listener could not store the message (MLLP commit NAK)');
  }
  throw new ProbeFailure('protocol', 'commit frames came, and no acknowledgement');
}
