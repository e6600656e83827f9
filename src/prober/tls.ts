// TLS as a probe wants it: verified against the right name, never resumed, with what the server sent told (protocols.md 1.5, 1.6).
import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import type { EpochMs } from '#model/time.ts';
import { reveal } from '#schema/kit.ts';
import type { Secret } from '#schema/secret.ts';

export const tlsVersions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
type TlsVersion = (typeof tlsVersions)[number];

export interface TlsOptions {
  /** Name that is sent (SNI) and that the certificate must carry; default: the host. An address is never sent. */
  readonly servername?: string;
  /** Own authorities, PEM; several in one text are fine. */
  readonly ca?: string | Secret;
  /** `add` them to the authorities of the system (default), or trust these alone. */
  readonly caMode?: 'add' | 'replace';
  /** Client certificate, PEM, leaf first and then its intermediates. */
  readonly cert?: string | Secret;
  readonly key?: string | Secret;
  readonly passphrase?: string | Secret;
  /** Default TLSv1.2. Below it also the ciphers of old devices are allowed. */
  readonly minVersion?: TlsVersion;
  /** Default: the newest that Node speaks. */
  readonly maxVersion?: TlsVersion;
  /** Application protocols offered, in order of preference. */
  readonly alpn?: readonly string[];
  /** False: an untrusted or expired certificate is told in the facts and does not fail. Default true. */
  readonly verify?: boolean;
}

/** One certificate that the server sent. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
  /** SHA-256, hex with colons. */
  readonly fingerprint: string;
  readonly notBefore: EpochMs;
  readonly notAfter: EpochMs;
  /** As Node prints it: `DNS:a.example.org, IP Address:10.0.0.1`; at most 1000 characters. */
  readonly altNames: string;
}

export interface TlsFacts {
  /** Absent when the certificate is trusted and carries the name; else OpenSSL's or Node's code. */
  readonly authorizationError?: string;
  /** `TLSv1.3`. */
  readonly protocol: string;
  readonly cipher: string;
  /** Negotiated application protocol, '' when none. */
  readonly alpn: string;
  /** The server asked for a client certificate. */
  readonly certificateRequested: boolean;
  /** SHA-256 of the leaf, hex with colons; '' when the server sent none. */
  readonly fingerprint: string;
  /** Leaf first; the root that Node adds from its own store is not among them. At most 10. */
  readonly certificates: readonly CertificateFacts[];
  /** Earliest `notAfter` of the certificates that the server sent; undefined when it sent none. */
  readonly earliestExpiry: EpochMs | undefined;
}

const longestChain = 10;

/** Starts the handshake. `certificate` gives what the handshake's own check parsed already, if it came that far. */
export function openTls(
  socket: Socket,
  host: string,
  options: TlsOptions,
): { readonly secured: tls.TLSSocket; readonly certificate: () => tls.PeerCertificate | undefined } {
  const name = options.servername ?? host;
  let seen: tls.PeerCertificate | undefined;
  const secured = tls.connect({
    socket,
    host: name,
    servername: isAddress(name) ? '' : name,
    secureContext: secureContext(options),
    rejectUnauthorized: false,
    checkServerIdentity: (hostname, certificate) => {
      seen = certificate;
      return tls.checkServerIdentity(hostname, certificate);
    },
    ...(options.alpn !== undefined && { ALPNProtocols: [...options.alpn] }),
  });
  return { secured, certificate: () => seen };
}

/** What the handshake showed. Call it once `secureConnect` came. */
export function readTls(socket: tls.TLSSocket, parsed: tls.PeerCertificate | undefined): TlsFacts {
  const certificates = chain(parsed ?? socket.getPeerCertificate(true));
  const expiries = certificates.map((certificate) => certificate.notAfter).filter((time) => Number.isFinite(time));
  const problem = socket.authorized ? undefined : String(socket.authorizationError ?? 'CERT_UNTRUSTED');
  return {
    ...(problem !== undefined && { authorizationError: problem }),
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher()?.name ?? '',
    alpn: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : '',
    certificateRequested: isCertificateRequested(socket),
    fingerprint: certificates[0]?.fingerprint ?? '',
    certificates,
    earliestExpiry: expiries.length === 0 ? undefined : Math.min(...expiries),
  };
}

/**
 * Whether the server asked for a client certificate, during the handshake and after it. A client knows shared signature
 * algorithms only from a CertificateRequest (RFC 8446 4.3.2, RFC 5246 7.4.4): Node has no other sign of it.
 */
export function isCertificateRequested(socket: tls.TLSSocket): boolean {
  // Null, against its type, once the handle is gone.
  const shared: readonly string[] | null = socket.getSharedSigalgs();
  return shared !== null && shared.length > 0;
}

function chain(leaf: tls.PeerCertificate): readonly CertificateFacts[] {
  const seen = new Set<string>();
  const found: CertificateFacts[] = [];
  let next: tls.PeerCertificate | undefined = leaf;
  while (next?.fingerprint256 !== undefined && !seen.has(next.fingerprint256) && found.length < longestChain) {
    seen.add(next.fingerprint256);
    const issuer: tls.PeerCertificate | undefined =
      'issuerCertificate' in next ? (next as tls.DetailedPeerCertificate).issuerCertificate : undefined;
    const selfIssued = issuer?.fingerprint256 === next.fingerprint256;
    if (found.length === 0 || !selfIssued) found.push(certificateFacts(next));
    next = issuer;
  }
  return found;
}

function certificateFacts(certificate: tls.PeerCertificate): CertificateFacts {
  return {
    subject: commonName(certificate.subject),
    issuer: commonName(certificate.issuer),
    serialNumber: certificate.serialNumber,
    fingerprint: certificate.fingerprint256,
    notBefore: Date.parse(certificate.valid_from),
    notAfter: Date.parse(certificate.valid_to),
    altNames: (certificate.subjectaltname ?? '').slice(0, 1000),
  };
}

function commonName(name: tls.PeerCertificate['subject'] | undefined): string {
  const text: string | readonly string[] | undefined = name?.CN ?? name?.O;
  return (typeof text === 'string' ? text : (text?.[0] ?? '')).slice(0, 200);
}

function isAddress(name: string): boolean {
  return name.includes(':') || /^[\d.]+$/.test(name);
}

/** A context costs milliseconds to make, and there are few different ones. */
const contexts = new Map<string, tls.SecureContext>();
const mostContexts = 256;

function secureContext(options: TlsOptions): tls.SecureContext {
  const texts = [options.ca, options.cert, options.key, options.passphrase].map((text) => (text === undefined ? '' : reveal(text)));
  const key = [options.minVersion ?? '', options.maxVersion ?? '', options.caMode ?? '', ...texts].join('\0');
  const known = contexts.get(key);
  if (known !== undefined) return known;
  const [oldest] = contexts.keys();
  if (contexts.size >= mostContexts && oldest !== undefined) contexts.delete(oldest);
  const made = makeContext(options);
  contexts.set(key, made);
  return made;
}

function makeContext(options: TlsOptions): tls.SecureContext {
  const minVersion = options.minVersion ?? 'TLSv1.2';
  const ca = options.ca === undefined ? undefined : reveal(options.ca);
  return tls.createSecureContext({
    minVersion,
    ...(options.maxVersion !== undefined && { maxVersion: options.maxVersion }),
    ...((minVersion === 'TLSv1' || minVersion === 'TLSv1.1') && { ciphers: 'DEFAULT@SECLEVEL=0' }),
    ...(ca !== undefined && { ca: options.caMode === 'replace' ? ca : [...tls.getCACertificates('default'), ca] }),
    ...(options.cert !== undefined && { cert: reveal(options.cert) }),
    ...(options.key !== undefined && { key: reveal(options.key) }),
    ...(options.passphrase !== undefined && { passphrase: reveal(options.passphrase) }),
  });
}
