// Shakes hands and looks at the certificates: sees without trusting, then judges.
import { X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import {
  type Dialed,
  defineProbe,
  dial,
  openStream,
  type ProbeContext,
  ProbeFailure,
  parseAddress,
  reveal,
  type TlsFacts,
  tlsOptionsOf,
} from '#prober/door.ts';
import { expiryFacts, judgeHandshake } from './judge.ts';
import { Options, type TlsProbeOptions } from './options.ts';

/** How long a server that asked for our certificate is waited for, when it neither refuses us nor sends anything. */
const verdictMs = 1000;

export const tls = defineProbe({
  kind: 'tls',
  summary: 'Shakes hands by TLS and checks the certificates: trust, name, dates of every certificate of the chain.',
  options: Options,
  effect: 'none',
  leastInterval: 5000,
  defaultTimeout: 5000,
  pausesAfterAuth: false,
  reasons: ['dns', 'refused', 'unreachable', 'connect_timeout', 'tls', 'certificate', 'reset', 'auth'],
  facts: [
    {
      name: 'certificate_expiry_seconds',
      help: 'Time until the first certificate that the server sent expires; negative when it has.',
      worse: 'below',
    },
    { name: 'leaf_certificate_expiry_seconds', help: "Time until the server's own certificate expires.", worse: 'below' },
    {
      name: 'intermediate_certificate_expiry_seconds',
      help: 'Time until the first intermediate certificate that the server sent expires.',
      worse: 'below',
    },
    { name: 'client_certificate_expiry_seconds', help: 'Time until our own client certificate expires.', worse: 'below' },
    {
      name: 'certificate_renewal_ratio',
      help: 'What is left of the last 21 days of a certificate, or of the last third of its life where that is shorter; the least of the chain.',
      warn: 1,
      fail: 1 / 7,
      worse: 'below',
    },
    {
      name: 'certificate_expiry_timestamp_seconds',
      help: 'Earliest end of the certificates that the server sent, Unix time.',
      metric: 'probe_ssl_earliest_cert_expiry',
    },
    {
      name: 'chain_expiry_timestamp_seconds',
      help: 'Earliest end of the certificates of the trusted chain without its root, Unix time.',
      metric: 'probe_ssl_last_chain_expiry_timestamp_seconds',
    },
    { name: 'certificates_count', help: 'Certificates that the server sent, a root not counted.' },
    { name: 'certificate_trusted', help: '1 when the chain is trusted and carries the name, else 0.' },
    { name: 'tls_version', help: 'Version of TLS that was agreed on: 1.2, 1.3.' },
  ],
  host: (options) => options.address,
  run,
});

async function run(options: TlsProbeOptions, context: ProbeContext): Promise<void> {
  const { host, port } = parseAddress(options.address) ?? { host: '', port: 0 };
  noteClientCertificate(options, context);
  const settings = { ...tlsOptionsOf(options, options.alpn.length > 0 ? options.alpn : undefined), maxVersion: options.max_version };
  const dialed = await dial({ host, port, tls: { ...settings, verify: false } }, context);
  try {
    if (dialed.tls !== undefined) judge(dialed.tls, { ...options, name: options.servername ?? host }, context);
    await hearVerdict(dialed, context);
    await openStream(dialed, context).end();
  } finally {
    dialed.socket.destroy();
  }
}

function judge(facts: TlsFacts, demand: TlsProbeOptions & { readonly name: string }, context: ProbeContext): void {
  for (const [name, value] of Object.entries(expiryFacts(facts, context.startedAt))) context.fact(name, value);
  const version = Number(facts.protocol.replace(/^TLSv/, ''));
  if (version > 0) context.fact('tls_version', version);
  context.note('tls', `${facts.protocol} ${facts.cipher}`);
  const failure = judgeHandshake(facts, demand, context.startedAt);
  if (failure !== undefined) throw new ProbeFailure(failure.reason, failure.message);
}

function noteClientCertificate(options: TlsProbeOptions, context: ProbeContext): void {
  if (options.cert === undefined) return;
  const ends = Date.parse(new X509Certificate(reveal(options.cert)).validTo);
  if (Number.isFinite(ends)) context.fact('client_certificate_expiry_seconds', (ends - context.startedAt) / 1000);
}

/**
 * Under TLS 1.3 our side of the handshake is done before the server has judged our certificate, or its absence: a refusal
 * comes with the first read (RFC 8446 4.4.2.4). A session ticket, or any byte, says that it took us.
 */
async function hearVerdict(dialed: Dialed, context: ProbeContext): Promise<void> {
  const { socket, tls: facts } = dialed;
  if (!(socket instanceof TLSSocket) || facts?.certificateRequested !== true || facts.protocol !== 'TLSv1.3') return;
  const taken = Promise.withResolvers<void>();
  const timer = setTimeout(taken.resolve, Math.min(verdictMs, context.remaining() / 2));
  socket.once('session', () => taken.resolve());
  openStream(dialed, context)
    .read(1)
    .then(() => taken.resolve(), taken.reject);
  try {
    await taken.promise;
  } finally {
    clearTimeout(timer);
  }
}
