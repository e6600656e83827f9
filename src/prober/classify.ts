// From a raw error to a reason and a sentence for the person on call (protocols.md 1.2). Pure.
import type { EndpointReason } from '#model/reason.ts';
import type { Failure } from '#model/result.ts';
import type { Stage } from './contract.ts';

/** Where an attempt stood when the error came. */
export interface Situation {
  readonly stage: Stage;
  /** A client certificate is configured or was asked for: under TLS 1.3 its refusal may arrive as a mere close before the reply. */
  readonly clientCertificate?: boolean;
  /** During the handshake: the server asked for a client certificate. Under TLS 1.2 it says that it misses it as it says all else. */
  readonly certificateRequested?: boolean;
  /** The connection had answered an earlier request. */
  readonly kept?: boolean;
  /** During the handshake: the far end had sent something. */
  readonly answered?: boolean;
}

type Cause = readonly [EndpointReason, string];

/** Errors that say something about this machine or process, never about the endpoint. */
const ours: ReadonlySet<string> = new Set(
  'EMFILE ENFILE ENOBUFS ENOMEM EADDRNOTAVAIL EADDRINUSE EACCES EPERM EAFNOSUPPORT EAI_MEMORY EAI_SYSTEM ENOTINITIALIZED ECANCELLED'.split(
    ' ',
  ),
);

const resolving: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name does not exist or has no address',
  EAI_NONAME: 'the name does not exist or has no address',
  EAI_NODATA: 'the name has no address',
  ENODATA: 'the name has no address of the wanted family',
  EAI_AGAIN: 'the resolver is ill or out of reach',
  EAI_FAIL: 'the resolver says that the zone is ill',
  ESERVFAIL: 'the resolver says that the zone is ill (SERVFAIL)',
  EREFUSED: 'the resolver refuses to answer (REFUSED)',
  ECONNREFUSED: 'nothing listens where the resolver should be',
  ETIMEOUT: 'the resolver is silent',
  EBADRESP: 'the resolver gave a garbled answer',
  EFORMERR: 'the resolver did not understand the question',
};

const clientCertificate: Cause = ['auth', 'the server refused or missed our client certificate'];
const versions: Cause = ['tls', 'no common TLS version or cipher'];
const notTls: Cause = ['tls', 'the port does not speak TLS'];
const untrusted: Cause = ['certificate', 'the certificate is not signed by a trusted authority'];

const codes: ReadonlyMap<string, Cause> = new Map<string, Cause>([
  ['ECONNREFUSED', ['refused', 'the connection was refused']],
  ['EHOSTUNREACH', ['unreachable', 'no route to the host']],
  ['ENETUNREACH', ['unreachable', 'no route to the network']],
  ['EHOSTDOWN', ['unreachable', 'the host does not answer on its network']],
  ['ENETDOWN', ['unreachable', 'the network is down']],
  ['ENONET', ['unreachable', 'the host is not on the network']],
  ['ETIMEDOUT', ['connect_timeout', 'the connection was not accepted in time']],
  ['UND_ERR_CONNECT_TIMEOUT', ['connect_timeout', 'the connection was not accepted in time']],
  ['UND_ERR_HEADERS_TIMEOUT', ['timeout', 'no headers of the answer in time']],
  ['UND_ERR_BODY_TIMEOUT', ['timeout', 'the body of the answer was not complete in time']],
  ['UND_ERR_HEADERS_OVERFLOW', ['protocol', 'the headers of the answer are larger than allowed']],
  ['HPE_HEADER_OVERFLOW', ['protocol', 'the headers of the answer are larger than allowed']],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', ['content', 'the answer is larger than allowed']],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', ['protocol', 'the body is not as long as its content-length says']],
  ['ERR_SSL_WRONG_VERSION_NUMBER', notTls],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', notTls],
  ['ERR_SSL_RECORD_LAYER_FAILURE', notTls],
  ['ERR_SSL_HTTP_REQUEST', notTls],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', versions],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', versions],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', versions],
  ['ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY', versions],
  ['ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED', versions],
  ['ERR_SSL_DH_KEY_TOO_SMALL', versions],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', versions],
  ['ERR_SSL_NO_PROTOCOLS_AVAILABLE', versions],
  ['ERR_SSL_NO_SHARED_CIPHER', versions],
  ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', ['tls', 'no common application protocol (ALPN)']],
  ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', ['tls', 'the server does not know the name that was asked for (SNI)']],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', clientCertificate],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', clientCertificate],
  ['ERR_SSL_TLSV1_ALERT_ACCESS_DENIED', clientCertificate],
  ['CERT_HAS_EXPIRED', ['certificate', 'the certificate has expired']],
  ['CERT_NOT_YET_VALID', ['certificate', 'the certificate is not valid yet (or our clock is wrong)']],
  ['CERT_REVOKED', ['certificate', 'the certificate is revoked']],
  ['UNABLE_TO_GET_ISSUER_CERT', untrusted],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', untrusted],
  ['SELF_SIGNED_CERT_IN_CHAIN', untrusted],
  ['CERT_UNTRUSTED', untrusted],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', ['certificate', 'the certificate is self-signed and not trusted']],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', ['certificate', 'the issuer is not known: an intermediate certificate may be missing']],
  ['ERR_TLS_CERT_ALTNAME_INVALID', ['certificate', 'the certificate is for another name']],
  ['HOSTNAME_MISMATCH', ['certificate', 'the certificate is for another name']],
]);

const unanswered: Cause = ['timeout', 'connected, but no answer in time'];

const deadlines: Readonly<Record<Stage, Cause>> = {
  start: unanswered,
  resolve: ['dns', 'the name was not resolved in time'],
  connect: ['connect_timeout', 'the connection was not accepted in time'],
  tls: ['tls', 'connected, but the TLS handshake was not complete in time'],
  request: unanswered,
  reply: ['timeout', 'the answer began and was not complete in time'],
};

/** Verification errors of OpenSSL that have no sentence of their own above (x509 verify codes as Node names them). */
const otherCertificateErrors =
  /^(UNABLE_TO_GET_CRL|UNABLE_TO_DECRYPT_|UNABLE_TO_DECODE_|CERT_|CRL_|ERROR_IN_CERT_|ERROR_IN_CRL_|PATH_LENGTH_EXCEEDED|INVALID_PURPOSE|INVALID_CA|EE_KEY_TOO_SMALL|CA_KEY_TOO_SMALL|CA_MD_TOO_WEAK|OUT_OF_MEM$)/;
/** The alert handshake_failure (RFC 5246 7.2.2), in both of OpenSSL's spellings. */
const handshakeAlert = /^ERR_SSL_(SSLV3|SSL\/TLS)_ALERT_HANDSHAKE_FAILURE$/;
/** The far end gave up the connection. */
const closed =
  /^(ECONNRESET|ECONNABORTED|EPIPE|ENOTCONN|UND_ERR_SOCKET|ERR_STREAM_PREMATURE_CLOSE|ERR_SOCKET_CLOSED|ERR_STREAM_DESTROYED)$/;
/** Alerts by which a server judges our certificate (RFC 8446 6.2), in both of OpenSSL's spellings. */
const certificateAlert = /^ERR_SSL_(SSLV3|TLSV1|TLSV13|SSL\/TLS)_ALERT_(NO_|BAD_|UNSUPPORTED_)?CERTIFICATE/;

/** What the error says about the endpoint; undefined when it cannot be laid at the endpoint's door. */
export function classify(error: unknown, situation: Situation): Failure | undefined {
  if (error instanceof AggregateError) return classifyFirst(error.errors, situation);
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (ours.has(code)) return undefined;
  if (situation.stage === 'resolve') return classifyResolving(code);
  if (error.name === 'TimeoutError') return classifyDeadline(situation.stage);
  if (error.name === 'HTTPParserError') return failure(['protocol', 'the answer is not HTTP']);
  if (closed.test(code)) return classifyClose(error, situation);
  if (situation.certificateRequested === true && handshakeAlert.test(code)) return failure(clientCertificate);
  return classifyCode(code);
}

function classifyResolving(code: string): Failure | undefined {
  const message = resolving[code];
  return message === undefined ? undefined : failure(['dns', message]);
}

/** What a deadline says, by what was waited for. */
export function classifyDeadline(stage: Stage): Failure {
  return failure(deadlines[stage]);
}

/** What the end of a connection says that should have gone on. A clean FIN counts as a close as well. */
export function classifyClose(error: Error | undefined, situation: Situation): Failure {
  if (situation.stage === 'tls') {
    const killed = error !== undefined && 'syscall' in error && situation.answered !== true;
    return killed
      ? failure(['reset', 'accepted, then reset before any byte was answered'])
      : failure(['tls', 'the connection was closed inside the TLS handshake']);
  }
  if (situation.stage === 'reply') return failure(['reset', 'the connection was closed inside the answer']);
  if (situation.kept === true) return failure(['reset', 'the kept connection was closed before any byte of this answer']);
  if (situation.clientCertificate === true) return failure(clientCertificate);
  return failure(['reset', 'accepted, then closed before any byte was answered']);
}

function classifyFirst(errors: readonly unknown[], situation: Situation): Failure | undefined {
  for (const error of errors) {
    const found = classify(error, situation);
    if (found !== undefined) return found;
  }
  return undefined;
}

function classifyCode(code: string): Failure | undefined {
  const known = codes.get(code);
  if (known !== undefined) return failure(known);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return classifyResolving(code);
  if (otherCertificateErrors.test(code)) return failure(['certificate', `the certificate was not accepted (${code})`]);
  if (certificateAlert.test(code)) return failure(clientCertificate);
  if (code.startsWith('ERR_SSL_')) return failure(['tls', `the TLS handshake failed (${code})`]);
  if (code.startsWith('HPE_')) return failure(['protocol', 'the answer is not HTTP']);
  if (code.startsWith('ERR_HTTP2_')) return failure(['protocol', `the answer breaks HTTP/2 (${code})`]);
  return undefined;
}

function failure([reason, message]: Cause): Failure {
  return { reason, message };
}
