// Greets a mail server, secures the connection, perhaps logs in, and leaves. No sender, no recipient, no message.
import {
  certificateFacts,
  type Dialed,
  defineProbe,
  dial,
  noteCertificate,
  openStream,
  type ProbeContext,
  ProbeFailure,
  parseAddress,
  reveal,
  type Stream,
  secure,
  streamReasons,
  tlsOptionsOf,
} from '#prober/door.ts';
import { judgeReply } from './judge.ts';
import { Options, type SmtpOptions } from './options.ts';
import { decodeReply, extensionsOf, plainResponse, type Reply, replyEnd } from './wire.ts';

/** Most bytes of one reply: 100 lines of 512 (RFC 5321 4.5.3.1.5). */
const replyLimit = 51_200;

export const smtp = defineProbe({
  kind: 'smtp',
  summary: 'Greets a mail server, takes STARTTLS, logs in if wanted, and quits without a message.',
  options: Options,
  effect: 'session',
  leastInterval: 60_000,
  defaultTimeout: 15_000,
  pausesAfterAuth: true,
  reasons: [...streamReasons, 'protocol', 'rejected', 'content'],
  facts: [
    { name: 'banner_delay_seconds', help: 'Time from the connection to the greeting; servers delay it on purpose.' },
    { name: 'starttls_offered', help: '1 when the server offers STARTTLS, else 0.' },
    ...certificateFacts,
  ],
  host: (options) => options.address,
  run,
});

async function run(options: SmtpOptions, context: ProbeContext): Promise<void> {
  const { host, port } = parseAddress(options.address) ?? { host: '', port: 0 };
  const tls = tlsOptionsOf(options.tls);
  const onTls = noteCertificate(context);
  let dialed: Dialed = await dial({ host, port, ...(options.security === 'tls' && { tls, onTls }) }, context);
  try {
    let stream = openStream(dialed, context);
    await greeted(stream, context);
    let extensions = await introduce(stream, options, context);
    if (options.security !== 'tls') context.fact('starttls_offered', extensions.has('STARTTLS') ? 1 : 0);
    if (wantsUpgrade(options, extensions)) {
      await expectReply(stream, 'starttls', 220, 'STARTTLS');
      dialed = await secure(stream.release(), { host, tls, onTls }, context);
      stream = openStream(dialed, context);
      extensions = await introduce(stream, options, context);
    }
    if (options.auth !== undefined) await timed(context, 'auth', () => logIn(stream, options, extensions));
    await expectReply(stream, 'noop', 250, 'NOOP');
    await expectReply(stream, 'quit', 221, 'QUIT');
    await stream.end();
  } finally {
    dialed.socket.destroy();
  }
}

function wantsUpgrade({ security }: SmtpOptions, extensions: ReadonlyMap<string, string>): boolean {
  if (security === 'tls' || security === 'none') return false;
  if (extensions.has('STARTTLS')) return true;
  if (security === 'opportunistic') return false;
  throw new ProbeFailure('content', 'ehlo: STARTTLS is not offered');
}

async function greeted(stream: Stream, context: ProbeContext): Promise<void> {
  const began = performance.now();
  // Who talks before the greeting is taken for a sender of spam.
  const reply = await timed(context, 'banner', () => readReply(stream));
  context.fact('banner_delay_seconds', (performance.now() - began) / 1000);
  must('banner', reply, 220);
}

async function introduce(stream: Stream, { name }: SmtpOptions, context: ProbeContext): Promise<ReadonlyMap<string, string>> {
  const reply = await timed(context, 'ehlo', () => expectReply(stream, 'ehlo', 250, `EHLO ${name}`));
  return extensionsOf(reply);
}

async function logIn(stream: Stream, { auth }: SmtpOptions, extensions: ReadonlyMap<string, string>): Promise<void> {
  if (auth === undefined) return;
  const offered = (extensions.get('AUTH') ?? '').split(' ');
  const [username, password] = [reveal(auth.username), auth.password.reveal()];
  if (offered.includes('PLAIN')) await expectReply(stream, 'auth', 235, `AUTH PLAIN ${plainResponse(username, password)}`);
  else if (offered.includes('LOGIN')) {
    await expectReply(stream, 'auth', 334, 'AUTH LOGIN');
    await expectReply(stream, 'auth', 334, Buffer.from(username).toString('base64'));
    await expectReply(stream, 'auth', 235, Buffer.from(password).toString('base64'));
  } else throw new ProbeFailure('content', 'ehlo: neither AUTH PLAIN nor LOGIN is offered');
}

async function expectReply(stream: Stream, step: string, wanted: number, command: string): Promise<Reply> {
  await stream.write(`${command}\r\n`);
  return must(step, await readReply(stream), wanted);
}

function must(step: string, reply: Reply | undefined, wanted: number): Reply {
  const failure = judgeReply(step, reply, wanted);
  if (failure !== undefined) throw new ProbeFailure(failure.reason, failure.message);
  if (reply === undefined) throw new Error('a reply that is well is one');
  return reply;
}

async function readReply(stream: Stream): Promise<Reply | undefined> {
  const bytes = await stream.readUntil((heard) => {
    const end = replyEnd(heard);
    return end === -1 ? heard.length : end;
  }, replyLimit);
  return replyEnd(bytes) === bytes.length ? decodeReply(bytes) : undefined;
}

async function timed<T>(context: ProbeContext, phase: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const value = await work();
  context.phase(phase, performance.now() - began);
  return value;
}
