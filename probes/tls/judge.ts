// Whether the certificates that a server sent are well today, and how long they will be. Pure.
import type { CertificateFacts, Failure, TlsFacts } from '#prober/door.ts';
import type { TlsProbeOptions } from './options.ts';

/** Of what a handshake shows, what is judged. */
export type Handshake = Pick<TlsFacts, 'authorizationError' | 'certificates' | 'alpn'>;
/** Of the options, what the verdict hangs on. */
export type Demand = Pick<TlsProbeOptions, 'insecure' | 'fingerprints' | 'alpn'> & { readonly name: string };

const daySeconds = 86_400;
/** A certificate should be renewed this long before its end, or when a third of its life is left if that is later. */
const renewalSeconds = 21 * daySeconds;

/** What breaks the service now; nothing when all is well. `now`: milliseconds since 1970. */
export function judgeHandshake(handshake: Handshake, demand: Demand, now: number): Failure | undefined {
  return judgeTrust(handshake, demand, now) ?? judgeFingerprint(handshake, demand) ?? judgeProtocol(handshake, demand);
}

function judgeTrust(handshake: Handshake, demand: Demand, now: number): Failure | undefined {
  const { certificates, authorizationError } = handshake;
  if (demand.insecure) return certificate(describeDates(certificates, now));
  if (authorizationError === undefined) return undefined;
  const dates = authorizationError.startsWith('CERT_') ? describeDates(certificates, now) : undefined;
  return certificate(dates ?? describeCode(authorizationError, demand.name));
}

function certificate(message: string | undefined): Failure | undefined {
  return message === undefined ? undefined : { reason: 'certificate', message };
}

/** Of the first certificate whose dates do not hold `now`. */
function describeDates(certificates: readonly CertificateFacts[], now: number): string | undefined {
  for (const [index, { notBefore, notAfter }] of certificates.entries()) {
    const which = index === 0 ? 'the certificate' : `intermediate certificate ${index}`;
    if (notAfter < now) return `${which} expired ${describeTime(now - notAfter)} ago`;
    if (notBefore > now) return `${which} is valid only in ${describeTime(notBefore - now)} (or our clock is wrong)`;
  }
  return undefined;
}

function describeTime(milliseconds: number): string {
  const hours = milliseconds / 3_600_000;
  return hours < 48 ? `${Math.max(1, Math.round(hours))} h` : `${Math.round(hours / 24)} d`;
}

/** OpenSSL's verification codes as Node names them, for the person on call. */
function describeCode(code: string, name: string): string {
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return `the certificate is not for ${name}: wrong host or wrong virtual server`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'the certificate is self-signed and not trusted';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return 'the issuer of the certificate is not known: the server may not send its intermediate certificate';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'the certificate is not signed by a trusted authority';
    case 'CERT_HAS_EXPIRED':
      return 'a certificate of the chain has expired';
    case 'CERT_NOT_YET_VALID':
      return 'a certificate of the chain is not valid yet (or our clock is wrong)';
    default:
      return `the certificate was not accepted (${code})`;
  }
}

function judgeFingerprint(handshake: Handshake, demand: Demand): Failure | undefined {
  if (demand.fingerprints.length === 0) return undefined;
  const sent = plainHex(handshake.certificates[0]?.fingerprint ?? '');
  const known = demand.fingerprints.some((fingerprint) => plainHex(fingerprint) === sent);
  return known ? undefined : certificate('the certificate is none of those in `fingerprints`');
}

function plainHex(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}

function judgeProtocol(handshake: Handshake, demand: Demand): Failure | undefined {
  if (demand.alpn.length === 0 || demand.alpn.includes(handshake.alpn)) return undefined;
  return { reason: 'tls', message: 'the server took none of the application protocols that were offered (ALPN)' };
}

/** Facts about the lives of the certificates that the server sent, leaf first. Empty when it sent none. */
export function expiryFacts(handshake: Handshake, now: number): Readonly<Record<string, number>> {
  const { certificates } = handshake;
  const [leaf, ...intermediates] = certificates.filter(({ notAfter }) => Number.isFinite(notAfter));
  if (leaf === undefined) return {};
  const earliest = Math.min(leaf.notAfter, ...intermediates.map(({ notAfter }) => notAfter));
  return {
    certificate_expiry_seconds: (earliest - now) / 1000,
    leaf_certificate_expiry_seconds: (leaf.notAfter - now) / 1000,
    ...(intermediates.length > 0 && {
      intermediate_certificate_expiry_seconds: (Math.min(...intermediates.map(({ notAfter }) => notAfter)) - now) / 1000,
    }),
    certificate_renewal_ratio: Math.min(...[leaf, ...intermediates].map((each) => renewalRatio(each, now))),
    certificate_expiry_timestamp_seconds: earliest / 1000,
    ...(handshake.authorizationError === undefined && { chain_expiry_timestamp_seconds: earliest / 1000 }),
    certificates_count: certificates.length,
    certificate_trusted: handshake.authorizationError === undefined ? 1 : 0,
  };
}

/** What is left of the time in which a certificate should be renewed: above 1 it is early, at 0 the certificate ends. */
export function renewalRatio({ notBefore, notAfter }: Pick<CertificateFacts, 'notBefore' | 'notAfter'>, now: number): number {
  const lifetime = (notAfter - notBefore) / 1000;
  const window = Math.max(1, Math.min(renewalSeconds, lifetime / 3));
  return (notAfter - now) / 1000 / window;
}
