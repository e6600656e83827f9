// What every kind over TCP has in common: an address, perhaps TLS, and what is learned from the certificate.
import type { EndpointReason } from '#model/reason.ts';
import { address, parseAddress, s } from '#schema/kit.ts';
import type { FactDeclaration, ProbeContext } from './contract.ts';
import { type Dialed, dial } from './dial.ts';
import type { TlsFacts, TlsOptions } from './tls.ts';
import { TlsSettings, tlsOptionsOf } from './tls-options.ts';

const daySeconds = 86_400;

/** The keys `address` and `tls`, for the options of a kind. */
export const targetKeys = {
  address: address().describe('Host and port to connect to.'),
  tls: s
    .union([s.boolean(), TlsSettings])
    .default(false)
    .describe('`true`, or the settings of TLS: shake hands before anything is sent. Default: plain TCP.'),
};

export interface Target {
  readonly address: string;
  readonly tls: boolean | s.output<typeof TlsSettings>;
}

/** What `connectTo` learns. */
export const certificateFacts: readonly FactDeclaration[] = [
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
];

/** Reasons that every kind over TCP with TLS can give before it has said a word, and for a connection that ends. */
export const streamReasons: readonly EndpointReason[] = [
  'dns',
  'refused',
  'unreachable',
  'connect_timeout',
  'tls',
  'certificate',
  'auth',
  'reset',
  'timeout',
];

/** A fresh connection, with TLS where it is asked for; notes `certificateFacts`. Promises of `dial`. */
export function connectTo(target: Target, context: ProbeContext): Promise<Dialed> {
  const { host, port } = parseAddress(target.address) ?? { host: '', port: 0 };
  const tls = tlsOf(target);
  return tls === undefined ? dial({ host, port }, context) : dial({ host, port, tls, onTls: noteCertificate(context) }, context);
}

/** The settings of TLS, or undefined for plain TCP. */
export function tlsOf({ tls }: Pick<Target, 'tls'>): TlsOptions | undefined {
  if (tls === false) return undefined;
  return tlsOptionsOf(tls === true ? undefined : tls);
}

/** For `onTls`: notes `certificateFacts`. */
export function noteCertificate(context: ProbeContext): (facts: TlsFacts) => void {
  return ({ earliestExpiry }) => {
    if (earliestExpiry === undefined) return;
    context.fact('certificate_expiry_seconds', (earliestExpiry - context.startedAt) / 1000);
    context.fact('certificate_expiry_timestamp_seconds', earliestExpiry / 1000);
  };
}
