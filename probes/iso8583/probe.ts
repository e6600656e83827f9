// Sends one echo of network management and reads its reply. No card, no amount, no sign-on.
import { randomInt } from 'node:crypto';
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
import { lookAtFrame } from './framing.ts';
import { judge } from './judge.ts';
import { type IsoOptions, Options } from './options.ts';
import { type Dialect, decode, encode, type Fields } from './wire.ts';

/** Most bytes of one reply. An echo has a hundred. */
const replyLimit = 4096;
/** Keep-alive frames that are passed over. */
const keepAlives = 8;

export const iso8583 = defineProbe({
  kind: 'iso8583',
  summary: 'Sends one ISO 8583 network echo to a payment host and checks the reply.',
  options: Options,
  effect: 'read',
  leastInterval: 60_000,
  defaultTimeout: 15_000,
  pausesAfterAuth: false,
  reasons: [...streamReasons, 'protocol', 'rejected'],
  facts: [{ name: 'response_bytes', help: 'Bytes of the far end that were looked at.' }, ...certificateFacts],
  host: (options) => options.address,
  run,
});

async function run(options: IsoOptions, context: ProbeContext): Promise<void> {
  const dialed = await connectTo(options, context);
  try {
    const stream = openStream(dialed, context);
    const dialect = dialectOf(options);
    const sent = fieldsOf(options, context.startedAt);
    const began = performance.now();
    await stream.write(encode(dialect, sent));
    const reply = decode(dialect, await readMessage(stream, dialect, context));
    context.phase('processing', performance.now() - began);
    if (typeof reply !== 'string') context.note('response_code', reply.fields.get(39) ?? '');
    const expect = options.expect ?? [options.request === '0800' ? '00' : '800'];
    const failure = judge(reply, options.request, sent, expect);
    if (failure !== undefined) throw new ProbeFailure(failure.reason, failure.message);
    await stream.end();
  } finally {
    dialed.socket.destroy();
  }
}

function dialectOf({ request, length, tpdu = '', numeric, text, bitmap, response_code: code }: IsoOptions): Dialect {
  return { request, length, tpdu, numeric, text, bitmap, responseCode: code ?? (request === '0800' ? text : numeric) };
}

/** DE7 in UTC, a fresh DE11, and the code of an echo: DE70 301 of 1987, DE24 831 of 1993. */
function fieldsOf({ request, fields }: IsoOptions, at: number): Fields {
  const stan = String(randomInt(1, 1_000_000)).padStart(6, '0');
  const time = new Date(at).toISOString().replaceAll(/\D/g, '');
  const own: [number, string][] = [
    [7, time.slice(4, 14)],
    [11, stan],
    ...(request === '0800'
      ? ([[70, '301']] as [number, string][])
      : ([
          [12, time.slice(2, 14)],
          [24, '831'],
        ] as [number, string][])),
  ];
  return new Map([...Object.entries(fields).map(([number, value]): [number, string] => [Number(number), value]), ...own]);
}

async function readMessage(stream: Stream, { length: header }: Dialect, context: ProbeContext): Promise<Buffer> {
  try {
    for (let count = 0; count <= keepAlives; count += 1) {
      const bytes = await stream.readUntil((heard) => {
        const framing = lookAtFrame(header, heard);
        if (framing === undefined) return undefined;
        if (framing.kind === 'malformed' || framing.length > replyLimit) return heard.length;
        return heard.length >= framing.length ? framing.length : undefined;
      }, replyLimit);
      const framing = lookAtFrame(header, bytes);
      if (framing?.kind === 'message' && framing.length <= replyLimit) return bytes.subarray(framing.start, framing.end);
      if (framing?.kind !== 'keep_alive')
        throw new ProbeFailure('protocol', 'the length header of the reply is not one: is `length` right?');
    }
    throw new ProbeFailure('protocol', 'keep-alive frames came, and no reply');
  } finally {
    context.fact('response_bytes', stream.bytesRead());
  }
}
