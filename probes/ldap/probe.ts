// Asks a directory: reads its root DSE, perhaps binds a probe account, perhaps reads one entry, and unbinds. It writes nothing.
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
import { clockDistance } from './clock.ts';
import { hostOf, judgeEntry, judgeResult, judgeUnasked, type Step, type Verdict } from './judge.ts';
import { type LdapOptions, Options, type SearchOptions } from './options.ts';
import {
  type Attributes,
  decodeMessage,
  encodeBind,
  encodeMessage,
  encodeSearch,
  encodeStartTls,
  encodeUnbind,
  type LdapResult,
  type Message,
  messageLength,
  passwordPolicyName,
  type SearchRequest,
} from './wire.ts';

/** Most bytes of one message: an entry with the few attributes that are asked for. */
const messageLimit = 65_536;
/** Most references that one search may answer with. */
const referencesLimit = 16;
const daySeconds = 86_400;

export const ldap = defineProbe({
  kind: 'ldap',
  summary: 'Reads the root DSE of a directory, or binds a probe account and reads its entry.',
  options: Options,
  effect: 'session',
  leastInterval: 15_000,
  defaultTimeout: 5000,
  pausesAfterAuth: true,
  reasons: [...streamReasons, 'protocol', 'rejected', 'content'],
  facts: [
    { name: 'entries', help: 'Entries that the search gave.' },
    {
      name: 'clock_offset_seconds',
      help: 'How far the clock of the server is from ours at least, either way; Active Directory and Samba say it.',
      warn: 1,
      fail: 60,
      worse: 'above',
    },
    {
      name: 'password_expiry_seconds',
      help: 'Time until the password of the probe account expires, once the server warns of it.',
      warn: 7 * daySeconds,
      fail: daySeconds,
      worse: 'below',
    },
    ...certificateFacts,
  ],
  host: (options) => options.address,
  run,
});

async function run(options: LdapOptions, context: ProbeContext): Promise<void> {
  const { host, port } = parseAddress(options.address) ?? { host: '', port: 0 };
  const tls = tlsOptionsOf(options.tls);
  const onTls = noteCertificate(context);
  let session = new Session(await dial({ host, port, ...(options.security === 'ldaps' && { tls, onTls }) }, context), context);
  try {
    if (options.security === 'starttls') {
      await timed(context, 'starttls', () => startTls(session));
      session = new Session(await secure(session.release(), { host, tls, onTls }, context), context);
    }
    await readRoot(session, options, context);
    if (options.bind !== undefined) await bind(session, options.bind, context);
    if (options.search !== undefined) await readEntry(session, options.search, context);
  } finally {
    await session.leave();
  }
}

async function startTls(session: Session): Promise<void> {
  const { operation } = await session.ask(encodeStartTls());
  if (operation.type !== 'extended') throw unexpected('starttls');
  must(judgeResult('starttls', operation.result));
}

/** What the server says of itself. Where it is not all that is asked for, a server may keep it to itself. */
async function readRoot(session: Session, options: LdapOptions, context: ProbeContext): Promise<void> {
  const attributes = ['dnsHostName', 'currentTime', 'vendorName', 'vendorVersion'];
  const sentAt = Date.now();
  const { result, entry } = await search(session, 'rootdse', { base: '', scope: 'base', attributes }, context);
  const receivedAt = Date.now();
  const first = (name: string) => entry?.get(name)?.[0] ?? '';
  context.note('dns_host_name', first('dnshostname'));
  context.note('vendor', `${first('vendorname')} ${first('vendorversion')}`.trim());
  const distance = clockDistance(first('currenttime'), sentAt, receivedAt);
  if (distance !== undefined) context.fact('clock_offset_seconds', distance / 1000);
  if (options.bind !== undefined || options.search !== undefined) return;
  context.fact('entries', entry === undefined ? 0 : 1);
  must(judgeResult('rootdse', result));
  must(judgeEntry('rootdse', entry));
}

async function bind(session: Session, account: NonNullable<LdapOptions['bind']>, context: ProbeContext): Promise<void> {
  const request = encodeBind(reveal(account.dn), account.password.reveal());
  const { operation, policy } = await timed(context, 'bind', () => session.ask(request, [passwordPolicyName]));
  if (operation.type !== 'bind') throw unexpected('bind');
  if (policy.expiresInSeconds !== undefined) context.fact('password_expiry_seconds', policy.expiresInSeconds);
  context.note('referral', hostOf(operation.result.referrals));
  must(judgeResult('bind', operation.result, policy));
}

async function readEntry(session: Session, { expect = {}, ...wanted }: SearchOptions, context: ProbeContext): Promise<void> {
  const { result, entry } = await search(session, 'search', { ...wanted, attributes: Object.keys(expect) }, context);
  context.fact('entries', entry === undefined ? 0 : 1);
  must(judgeResult('search', result));
  must(judgeEntry('search', entry, expect));
}

interface Found {
  readonly result: LdapResult;
  readonly entry: Attributes | undefined;
}

async function search(session: Session, step: Step, wanted: Omit<SearchRequest, 'timeLimit'>, context: ProbeContext): Promise<Found> {
  const timeLimit = Math.max(1, Math.ceil(context.remaining() / 1000));
  return await timed(context, 'search', async () => {
    await session.send(encodeSearch({ ...wanted, timeLimit }));
    let entry: Attributes | undefined;
    for (let references = 0; references <= referencesLimit; ) {
      const { operation } = await session.receive();
      if (operation.type === 'done') {
        context.note('referral', hostOf(operation.result.referrals));
        return { result: operation.result, entry };
      }
      if (operation.type === 'entry') {
        // Nothing more is read, whatever it is.
        if (entry !== undefined) throw new ProbeFailure('content', `${step}: more entries than the one that was asked for`);
        entry = operation.attributes;
      } else if (operation.type === 'reference') {
        references += 1;
        context.note('referral', hostOf(operation.referrals));
      } else throw unexpected(step);
    }
    throw new ProbeFailure('content', `${step}: more than ${referencesLimit} references to other servers`);
  });
}

function must(verdict: Verdict | undefined): void {
  if (verdict === undefined) return;
  throw new ProbeFailure(verdict.reason, verdict.message, { locked: verdict.locked ?? false });
}

function unexpected(step: Step): ProbeFailure {
  return new ProbeFailure('protocol', `${step}: the answer is to something else`);
}

/** One connection, one request at a time. */
class Session {
  readonly #stream: Stream;
  readonly #context: ProbeContext;
  #id = 0;
  #released = false;

  constructor(dialed: Dialed, context: ProbeContext) {
    this.#stream = openStream(dialed, context);
    this.#context = context;
  }

  async ask(operation: Buffer, controls: readonly string[] = []): Promise<Message> {
    await this.send(operation, controls);
    return await this.receive();
  }

  async send(operation: Buffer, controls: readonly string[] = []): Promise<void> {
    this.#id += 1;
    await this.#stream.write(encodeMessage(this.#id, operation, controls));
  }

  /** The next message, which must be one to the latest request. */
  async receive(): Promise<Message> {
    const bytes = await this.#stream.readUntil(wholeMessage, messageLimit);
    const message = decodeMessage(bytes);
    if (message === undefined) throw new ProbeFailure('protocol', 'the answer is not LDAP');
    if (message.id === 0) must(judgeUnasked(message.operation));
    if (message.id !== this.#id) throw new ProbeFailure('protocol', 'the answer is to another request');
    return message;
  }

  /** The connection, for TLS over it. */
  release(): Dialed {
    const dialed = this.#stream.release();
    this.#released = true;
    return dialed;
  }

  /** Unbinds, in whatever state: it is how a session ends, and has no answer (RFC 4511 4.3). Never throws. */
  async leave(): Promise<void> {
    if (!this.#released && !this.#context.signal.aborted && !this.#stream.socket.destroyed) {
      await this.send(encodeUnbind()).catch(ignore);
      await this.#stream.end();
    }
    this.#stream.destroy();
  }
}

/** Where the message ends. One that is none, or too long, is not waited for. */
function wholeMessage(heard: Buffer): number | undefined {
  const length = messageLength(heard);
  if (length === undefined) return undefined;
  if (length < 0) return heard.length;
  if (length > messageLimit) throw new ProbeFailure('content', `the answer announces ${length} bytes: more than ${messageLimit}`);
  return heard.length >= length ? length : undefined;
}

async function timed<T>(context: ProbeContext, phase: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const value = await work();
  context.phase(phase, performance.now() - began);
  return value;
}

/** The far end closed first: what is to be said of it is said already. */
function ignore(): void {}
