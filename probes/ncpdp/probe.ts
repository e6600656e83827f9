// Asks a switch whether a member that nobody is has coverage, with its own test identities. No claim, no prescription.
import {
  askHttp,
  certificateFacts,
  connectTo,
  defineProbe,
  noteCertificate,
  openStream,
  type ProbeContext,
  ProbeFailure,
  type Stream,
  statusFailure,
  streamReasons,
  tlsOptionsOf,
} from '#prober/door.ts';
import { type Framing, frame, lookAtFrame, replyLimit } from './framing.ts';
import { codesOf, judge } from './judge.ts';
import { type NcpdpOptions, Options } from './options.ts';
import { decodeReply, encodeQuestion, type Question } from './wire.ts';

export const ncpdp = defineProbe({
  kind: 'ncpdp',
  summary: 'Sends one NCPDP D.0 eligibility question for a member that nobody is, under test identities of a pharmacy switch.',
  options: Options,
  effect: 'read',
  leastInterval: 300_000,
  defaultTimeout: 20_000,
  pausesAfterAuth: false,
  reasons: [...streamReasons, 'protocol', 'rejected', 'content'],
  facts: [
    { name: 'status_code', help: 'HTTP status of the answer, with `framing: http`.' },
    { name: 'response_bytes', help: 'Bytes of the far end that were looked at; of its body with `framing: http`.' },
    ...certificateFacts,
  ],
  host: hostOf,
  patients: (options) => [options.cardholder_id, options.last_name, options.first_name].filter((text) => text !== ''),
  run,
});

async function run(options: NcpdpOptions, context: ProbeContext): Promise<void> {
  const question = questionOf(options, context.startedAt);
  const message = encodeQuestion(question);
  const reply = decodeReply(options.framing === 'http' ? await post(options, message, context) : await exchange(options, message, context));
  if (typeof reply !== 'string') context.note('reject_codes', codesOf(reply.rejectCodes));
  const failure = judge(reply, { question, expect: options.expect });
  if (failure !== undefined) throw new ProbeFailure(failure.reason, failure.message);
}

function questionOf(options: NcpdpOptions, at: number): Question {
  return {
    bin: options.bin,
    pcn: options.pcn,
    qualifier: options.provider_qualifier,
    provider: options.provider_id,
    date: dayOf(at, options.time_zone),
    software: options.certification_id,
    group: options.group,
    cardholder: options.cardholder_id,
    firstName: options.first_name,
    lastName: options.last_name,
    birthDate: options.birth_date.replaceAll('-', ''),
    gender: ({ unknown: '0', male: '1', female: '2' } as const)[options.gender],
    zip: options.zip,
  };
}

/** YYYYMMDD where the pharmacy is. */
function dayOf(at: number, timeZone: string | undefined): string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${parts.get('year')}${parts.get('month')}${parts.get('day')}`;
}

async function exchange(options: NcpdpOptions, message: Buffer, context: ProbeContext): Promise<Buffer> {
  const { address = '', tls, framing } = options;
  if (framing === 'http') throw new Error('http frames by itself');
  const dialed = await connectTo({ address, tls }, context);
  try {
    const stream = openStream(dialed, context);
    const began = performance.now();
    await stream.write(frame(framing, message));
    const reply = await readReply(stream, framing, context);
    context.phase('processing', performance.now() - began);
    await stream.end();
    return reply;
  } finally {
    dialed.socket.destroy();
  }
}

async function readReply(stream: Stream, framing: Framing, context: ProbeContext): Promise<Buffer> {
  const end = (heard: Buffer) => {
    const framed = lookAtFrame(framing, heard);
    if (framed === 'more') return undefined;
    return framed === 'malformed' ? heard.length : framed.length;
  };
  try {
    if (framing === 'none') return await stream.readUntilOrEnd(end, replyLimit);
    const bytes = await stream.readUntil(end, replyLimit + 4);
    const framed = lookAtFrame(framing, bytes);
    if (typeof framed === 'string') throw new ProbeFailure('protocol', 'the reply is not framed as agreed: is `framing` right?');
    return bytes.subarray(framed.start, framed.end);
  } finally {
    context.fact('response_bytes', stream.bytesRead());
  }
}

async function post(options: NcpdpOptions, body: Buffer, context: ProbeContext): Promise<Buffer> {
  const { url = '', content_type: type, tls } = options;
  const http = { bodyLimit: replyLimit, tls: tlsOptionsOf(typeof tls === 'object' ? tls : undefined), onTls: noteCertificate(context) };
  const reply = await askHttp({ name: 'eligibility', url: new URL(url), accept: '*/*', content: { type, body } }, http, context);
  context.fact('status_code', reply.status);
  context.fact('response_bytes', reply.body.length);
  if (reply.status !== 200) throw statusFailure('eligibility', reply);
  return reply.body;
}

function hostOf({ address = '', url }: NcpdpOptions): string {
  if (url === undefined) return address;
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
}
