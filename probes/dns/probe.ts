// Asks each name server by its own address, over UDP or TCP, and judges every reply.
import { randomInt } from 'node:crypto';
import { defineProbe, dial, exchangeDatagram, type Failure, openStream, type ProbeContext, ProbeFailure } from '#prober/door.ts';
import { judgeReply, judgeSerials } from './judge.ts';
import { type DnsOptions, Options, parseServer } from './options.ts';
import {
  DnsFormatError,
  datagramLimit,
  decodeReply,
  encodeQuery,
  frame,
  isTruncated,
  type Query,
  type Reply,
  streamLimit,
} from './wire.ts';

export const dns = defineProbe({
  kind: 'dns',
  summary: 'Asks each of some name servers one question and checks reply code, flags, records, lifetimes and serials.',
  options: Options,
  effect: 'read',
  leastInterval: 5000,
  defaultTimeout: 3000,
  pausesAfterAuth: false,
  reasons: ['dns', 'refused', 'unreachable', 'connect_timeout', 'reset', 'timeout', 'protocol', 'rejected', 'content'],
  facts: [
    { name: 'answer_records', help: 'Records in the answer section; the fewest of any server.', metric: 'probe_dns_answer_rrs' },
    { name: 'authority_records', help: 'Records in the authority section; the fewest of any server.', metric: 'probe_dns_authority_rrs' },
    {
      name: 'additional_records',
      help: 'Records in the additional section; the fewest of any server.',
      metric: 'probe_dns_additional_rrs',
    },
    { name: 'query_succeeded', help: '1 when every server gave a reply that could be read, else 0.', metric: 'probe_dns_query_succeeded' },
    { name: 'zone_serial', help: 'Serial of the SOA record; the lowest of any server.', metric: 'probe_dns_serial' },
    { name: 'ttl_seconds', help: 'Shortest lifetime of the records that were asked for.' },
    { name: 'servers_asked', help: 'Servers that were asked.' },
    { name: 'tcp_fallbacks', help: 'Servers whose reply did not fit into a datagram and was asked for again over TCP.' },
  ],
  host: (options) => hostOf(options.servers[0] ?? ''),
  run,
});

function hostOf(server: string): string {
  const { host, port } = parseServer(server) ?? { host: server, port: 0 };
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What one server answered. */
interface Answered {
  readonly server: string;
  readonly reply: Reply;
  readonly overTcp: boolean;
}

async function run(options: DnsOptions, context: ProbeContext): Promise<void> {
  context.fact('servers_asked', options.servers.length);
  context.fact('query_succeeded', 0);
  const phases = new SlowestPhases(context);
  // The first server that fails decides: what is still open then ends with the attempt.
  const answered = await Promise.all(options.servers.map((server) => askOne(server, options, phases.of(context)))).finally(() =>
    phases.tell(),
  );
  context.fact('query_succeeded', 1);
  noteReplies(answered, options, context);
  for (const { server, reply } of answered) refuse(judgeReply(reply, options), server, options);
  refuse(
    judgeSerials(
      answered.map(({ reply }) => reply.records[0]?.serial),
      options,
    ),
    '',
    options,
  );
}

function refuse(failure: Failure | undefined, server: string, options: DnsOptions): void {
  if (failure !== undefined) throw new ProbeFailure(failure.reason, named(failure.message, server, options));
}

/** Where several are asked, the message says which. */
function named(message: string, server: string, { servers }: DnsOptions): string {
  return servers.length > 1 && server !== '' ? `${server}: ${message}` : message;
}

function noteReplies(answered: readonly Answered[], options: DnsOptions, context: ProbeContext): void {
  const fewest = (count: (reply: Reply) => number) => Math.min(...answered.map(({ reply }) => count(reply)));
  context.fact(
    'answer_records',
    fewest((reply) => reply.answers),
  );
  context.fact(
    'authority_records',
    fewest((reply) => reply.authorities),
  );
  context.fact(
    'additional_records',
    fewest((reply) => reply.additionals),
  );
  const fallbacks = answered.filter(({ overTcp }) => overTcp).length;
  context.fact('tcp_fallbacks', options.transport === 'tcp' ? 0 : fallbacks);
  const records = answered.flatMap(({ reply }) => reply.records);
  if (records.length > 0) context.fact('ttl_seconds', Math.min(...records.map((record) => record.ttlSeconds)));
  const serials = records.flatMap((record) => (record.serial === undefined ? [] : [record.serial]));
  if (serials.length > 0) context.fact('zone_serial', Math.min(...serials));
  // Addresses are numbers that say which member is ill; no other record is kept, for it may hold anything.
  if (options.type === 'A' || options.type === 'AAAA')
    context.note('addresses', [...new Set(records.map(({ value }) => value))].toSorted().join(' '));
  context.note(
    'server_id',
    answered
      .map(({ reply }) => reply.nsid)
      .filter(Boolean)
      .join(' '),
  );
}

async function askOne(server: string, options: DnsOptions, context: ProbeContext): Promise<Answered> {
  const { host, port } = parseServer(server) ?? { host: '', port: 0 };
  const query: Query = { id: randomInt(0x1_0000), name: options.name, type: options.type, recursion: options.recursion };
  try {
    if (options.transport === 'tcp') return { server, reply: await askStream({ host, port }, query, context), overTcp: true };
    const reply = await askDatagram({ host, port }, query, context);
    if (reply !== 'truncated') return { server, reply, overTcp: false };
    return { server, reply: await askStream({ host, port }, query, context), overTcp: true };
  } catch (error) {
    if (error instanceof DnsFormatError) throw new ProbeFailure('protocol', named(error.message, server, options));
    if (error instanceof ProbeFailure) throw new ProbeFailure(error.reason, named(error.message, server, options), { cause: error });
    throw error;
  }
}

interface Place {
  readonly host: string;
  readonly port: number;
}

async function askDatagram(place: Place, query: Query, context: ProbeContext): Promise<Reply | 'truncated'> {
  const match = (bytes: Buffer) => (isTruncated(bytes, query) ? 'truncated' : decodeReply(bytes, query));
  const { value } = await exchangeDatagram(place, encodeQuery(query), { match, cap: datagramLimit }, context);
  return value;
}

/** RFC 7766: a fresh connection, one question, one reply. */
async function askStream(place: Place, query: Query, context: ProbeContext): Promise<Reply> {
  const dialed = await dial(place, context);
  try {
    const began = performance.now();
    const stream = openStream(dialed, context);
    await stream.write(frame(encodeQuery(query)));
    const length = (await stream.read(2)).readUInt16BE();
    if (length > streamLimit) throw new ProbeFailure('content', `the reply is larger than ${streamLimit} bytes`);
    const bytes = await stream.read(length);
    context.phase('request', performance.now() - began);
    const reply = decodeReply(bytes, query);
    await stream.end();
    return reply;
  } finally {
    dialed.socket.destroy();
  }
}

/** Servers are asked side by side: a phase of the attempt is that of the slowest server, not the sum. */
class SlowestPhases {
  readonly #context: ProbeContext;
  readonly #all: Record<string, number>[] = [];

  constructor(context: ProbeContext) {
    this.#context = context;
  }

  /** The same context, with phases of its own. */
  of(context: ProbeContext): ProbeContext {
    const own: Record<string, number> = {};
    this.#all.push(own);
    return {
      startedAt: context.startedAt,
      agent: context.agent,
      signal: context.signal,
      remaining: () => context.remaining(),
      enter: (stage) => context.enter(stage),
      phase: (name, duration) => {
        own[name] = (own[name] ?? 0) + duration;
      },
      fact: (name, value) => context.fact(name, value),
      note: (name, text) => context.note(name, text),
      lend: (parts, obtain) => context.lend(parts, obtain),
    };
  }

  tell(): void {
    for (const name of ['resolve', 'connect', 'request'] as const) {
      const durations = this.#all.flatMap((own) => own[name] ?? []);
      if (durations.length > 0) this.#context.phase(name, Math.max(...durations));
    }
  }
}
