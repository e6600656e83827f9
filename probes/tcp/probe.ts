// Connects, says what it is told to, and listens for what must come back.
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
import { type Expectation, type Judgement, judgeAnswer } from './judge.ts';
import { answerLimit, conversation, Options, type TcpOptions } from './options.ts';

export const tcp = defineProbe({
  kind: 'tcp',
  summary: 'Connects by TCP, with TLS if wanted, and checks what the far end says; a bare connect proves only that the port is open.',
  options: Options,
  effect: 'session',
  leastInterval: 5000,
  defaultTimeout: 5000,
  pausesAfterAuth: true,
  reasons: [...streamReasons, 'content'],
  facts: [
    { name: 'response_bytes', help: 'Bytes of the far end that were looked at.' },
    {
      name: 'failed_due_to_regex',
      help: '1 when an answer came and was not the one expected, else 0.',
      metric: 'probe_failed_due_to_regex',
    },
    ...certificateFacts,
  ],
  host: (options) => options.address,
  run,
});

async function run(options: TcpOptions, context: ProbeContext): Promise<void> {
  const dialed = await connectTo(options, context);
  try {
    const stream = openStream(dialed, context);
    await converse(stream, options, context);
    await stream.end();
  } finally {
    dialed.socket.destroy();
  }
}

async function converse(stream: Stream, options: TcpOptions, context: ProbeContext): Promise<void> {
  const exchanges = conversation(options);
  const expects = exchanges.some((exchange) => exchange.expect !== undefined);
  try {
    for (const [index, { send, expect }] of exchanges.entries()) {
      if (send !== undefined) await stream.write(send);
      if (expect !== undefined) await hear(stream, expect, { context, place: exchanges.length > 1 ? ` in step ${index + 1}` : '' });
    }
    if (expects) context.fact('failed_due_to_regex', 0);
  } finally {
    if (expects) context.fact('response_bytes', stream.bytesRead());
  }
}

interface Listening {
  readonly context: ProbeContext;
  /** ' in step 2', or nothing where there is one. */
  readonly place: string;
}

/** Reads until the answer is well or wrong. The connection's end and the deadline count as wrong once something came that is not it. */
async function hear(stream: Stream, expectation: Expectation, { context, place }: Listening): Promise<void> {
  let judgement: Judgement = 'more';
  let seen = 0;
  const look = (bytes: Buffer): number | undefined => {
    seen = bytes.length;
    judgement = judgeAnswer(bytes, expectation);
    if (judgement === 'more') return undefined;
    return judgement === 'wrong' ? bytes.length : judgement;
  };
  try {
    await stream.readUntil(look, answerLimit);
  } catch (error) {
    // What the stream says of a connection that ended: after a clean end the answer is complete, and not the one.
    const complete = error instanceof ProbeFailure && error.reason === 'reset' && seen > 0 && stream.socket.readableEnded;
    if (!complete) {
      if (seen > 0) context.fact('failed_due_to_regex', 1);
      throw error;
    }
    judgement = 'wrong';
  }
  if (judgement !== 'wrong') return;
  context.fact('failed_due_to_regex', 1);
  throw new ProbeFailure('content', `the answer${place} is not the one expected`);
}
