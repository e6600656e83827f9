// Asks an e-prescribing network something that prescribes nothing: to refuse, whether a test mailbox is empty, or to take a status.
import { randomBytes } from 'node:crypto';
import {
  askHttp,
  certificateFacts,
  defineProbe,
  noteCertificate,
  type ProbeContext,
  ProbeFailure,
  reveal,
  type StepReply,
  statusFailure,
  streamReasons,
  tlsOptionsOf,
} from '#prober/door.ts';
import { codesOf, judge } from './judge.ts';
import { Options, type ScriptOptions } from './options.ts';
import { decodeReply, encodeMessage, type Message } from './wire.ts';

/** A status has a thousand bytes, a prescription some ten thousand. */
const bodyLimit = 65_536;
/** How an empty request is refused, where the network documents nothing else. */
const refusals: readonly number[] = [400, 405, 415];

export const script = defineProbe({
  kind: 'script',
  summary: 'Asks an e-prescribing network by NCPDP SCRIPT something that prescribes nothing, under test identities.',
  options: Options,
  effect: 'read',
  leastInterval: 300_000,
  defaultTimeout: 20_000,
  pausesAfterAuth: true,
  reasons: [...streamReasons, 'protocol', 'rejected', 'content'],
  facts: [
    { name: 'status_code', help: 'HTTP status of the answer.' },
    { name: 'response_bytes', help: 'Bytes of the body of the answer.' },
    ...certificateFacts,
  ],
  host: ({ url }) => hostAndPort(new URL(url)),
  run,
});

async function run(options: ScriptOptions, context: ProbeContext): Promise<void> {
  if (options.transaction === 'reach') {
    const reply = await post('', options, context);
    if (!(options.expect_status ?? refusals).includes(reply.status)) throw statusFailure('reach', reply);
    return;
  }
  const message = messageOf(options.transaction, options, context);
  const reply = await post(encodeMessage(message), options, context);
  if (reply.status !== 200) throw statusFailure(options.transaction, reply);
  const decoded = decodeReply(reply.body);
  if (typeof decoded !== 'string' && decoded.kind !== 'message') context.note('reply', codesOf(decoded));
  const failure = judge(decoded, { id: message.id, expect: options.expect });
  if (failure !== undefined) throw new ProbeFailure(failure.reason, failure.message);
}

function messageOf(body: Message['body'], options: ScriptOptions, context: ProbeContext): Message {
  const { version, release, username_token: token } = options;
  const [product = '', ours = ''] = context.agent.split('/');
  return {
    release: release ?? (version === '2017071' ? '20170715' : version),
    to: { qualifier: options.to_qualifier, id: options.to ?? '' },
    from: { qualifier: options.from_qualifier, id: options.from ?? '' },
    id: `H${randomBytes(16).toString('hex')}`,
    relatesTo: options.relates_to ?? '',
    sentTime: new Date(context.startedAt).toISOString(),
    account: token && { username: reveal(token.username), password: reveal(token.password), type: token.password_type },
    software: { developer: 'Holter', product, release: ours },
    body,
  };
}

async function post(body: string, options: ScriptOptions, context: ProbeContext): Promise<StepReply> {
  const { transaction: name, content_type: type, basic } = options;
  const credentials = basic && Buffer.from(`${reveal(basic.username)}:${reveal(basic.password)}`).toString('base64');
  const headers = credentials === undefined ? [] : [{ name: 'authorization', value: `Basic ${credentials}`, secret: true }];
  const step = { name, url: new URL(options.url), accept: type, headers, content: { type: `${type}; charset=utf-8`, body } };
  const http = { bodyLimit, tls: tlsOptionsOf(options.tls), onTls: noteCertificate(context) };
  const reply = await askHttp(step, http, context);
  context.fact('status_code', reply.status);
  context.fact('response_bytes', reply.body.length);
  return reply;
}

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}
