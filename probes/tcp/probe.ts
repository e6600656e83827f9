// Connects, says what it is told to, and listens for what must come back.
import {
  type Dialed,
  defineProbe,
  dial,
  openStream,
  type ProbeContext,
  ProbeFailure,
  parseAddress,
  type Stream,
  type TlsOptions,
  tlsOptionsOf,
} from '#prober/door.ts';
import { type Expectation, type Judgement, judgeAnswer } from './judge.ts';
import { answerLimit, conversation, Options, type TcpOptions } from './options.ts';

const daySeconds = 86_400;

export const tcp = defineProbe({
  kind: 'tcp',
  summary: 'Connects by TCP, with TLS if wanted, and checks what the far end says; a bare connect proves only that the port is open.',
  options: Options,
  effect: 'session',
  leastInterval: 5000,
  defaultTimeout: 5000,
  pausesAfterAuth: true,
  reasons: ['dns', 'refused', 'unreachable', 'connect_timeout', 'tls', 'certificate', 'auth', 'reset', 'timeout', 'content'],
  facts: [
    { name: 'response_bytes', help: 'Bytes of the far end that were looked at.' },
    {
      name: 'failed_due_to_regex',
      help: '1 when an answer came and was not the one expected, else 0.',
      metric: 'probe_failed_due_to_regex',
    },
    {
      name: 'certificate_expiry_seconds',
      help: 'Time until the first certificate that the server sent expires; negative when it has.',
      warn: 21 * daySeconds,
      fail: 3 * daySeconds,
      worse: 'below',
    },
    {
      name: 'certificate_expiry_timestamp_seconds',
      help: 'Earliest end of the certificates that the server sent, Unix time.',
      metric: 'probe_ssl_earliest_cert_expiry',
    },
  ],
  host: (options) => options.address,
  run,
});

async function run(options: TcpOptions, context: ProbeContext): Promise<void> {
  const dialed = await connect(options, context);
  try {
    const stream = openStream(dialed, context);
    await converse(stream, options, context);
    await stream.end();
  } finally {
    dialed.socket.destroy();
  }
}

function connect(options: TcpOptions, context: ProbeContext): Promise<Dialed> {
  const { host, port } = parseAddress(options.address) ?? { host: '', port: 0 };
  const settings = tlsSettings(options);
  if (settings === undefined) return dial({ host, port }, context);
  const onTls = ({ earliestExpiry }: { readonly earliestExpiry: number | undefined }) => {
    if (earliestExpiry === undefined) return;
    context.fact('certificate_expiry_seconds', (earliestExpiry - context.startedAt) / 1000);
    context.fact('certificate_expiry_timestamp_seconds', earliestExpiry / 1000);
  };
  return dial({ host, port, tls: settings, onTls }, context);
}

function tlsSettings({ tls }: TcpOptions): TlsOptions | undefined {
  if (tls === false) return undefined;
  return tlsOptionsOf(tls === true ? undefined : tls);
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
