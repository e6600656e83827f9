import { describe, expect, test } from 'vitest';
import { classify, classifyClose, classifyDeadline, type Situation } from './classify.ts';

function coded(code: string, more: object = {}): Error {
  return Object.assign(new Error(`0000:error:0A000086:SSL routines:/build/x.c: ${code}`), { code, ...more });
}

function reasonOf(error: unknown, situation: Partial<Situation> = {}): string {
  return classify(error, { stage: 'request', ...situation })?.reason ?? 'ours';
}

describe('while the name is resolved', () => {
  test.each(['ENOTFOUND', 'ENODATA', 'EAI_AGAIN', 'ESERVFAIL', 'EREFUSED', 'ETIMEOUT', 'ECONNREFUSED', 'EBADRESP', 'EFORMERR'])(
    '%s is dns',
    (code) => {
      expect(reasonOf(coded(code), { stage: 'resolve' })).toBe('dns');
    },
  );

  test.each(['EMFILE', 'EAI_MEMORY', 'ECANCELLED', 'ERR_INVALID_ARG_TYPE'])('%s is ours', (code) => {
    expect(reasonOf(coded(code), { stage: 'resolve' })).toBe('ours');
  });
});

test.each([
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['ETIMEDOUT', 'connect_timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect_timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'timeout'],
  ['UND_ERR_HEADERS_OVERFLOW', 'protocol'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'protocol'],
  ['ERR_HTTP2_SESSION_ERROR', 'protocol'],
  ['HPE_INVALID_CONSTANT', 'protocol'],
  ['HPE_HEADER_OVERFLOW', 'protocol'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'content'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'tls'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls'],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'tls'],
  ['ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED', 'tls'],
  ['ERR_SSL_DH_KEY_TOO_SMALL', 'tls'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'tls'],
  ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', 'tls'],
  ['ERR_SSL_SOMETHING_OF_NEXT_YEAR', 'tls'],
  ['CERT_HAS_EXPIRED', 'certificate'],
  ['CERT_NOT_YET_VALID', 'certificate'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificate'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate'],
  ['CERT_CHAIN_TOO_LONG', 'certificate'],
  ['INVALID_PURPOSE', 'certificate'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'auth'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'auth'],
  ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'auth'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'auth'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'auth'],
  ['EMFILE', 'ours'],
  ['ENOBUFS', 'ours'],
  ['EADDRNOTAVAIL', 'ours'],
  ['EACCES', 'ours'],
  ['ERR_ASSERTION', 'ours'],
])('%s is %s', (code, reason) => {
  expect(reasonOf(coded(code))).toBe(reason);
});

test('an error without a code is known by its name, or ours', () => {
  expect(reasonOf(Object.assign(new Error('x'), { name: 'HTTPParserError' }))).toBe('protocol');
  expect(reasonOf(new DOMException('late', 'TimeoutError'), { stage: 'connect' })).toBe('connect_timeout');
  expect(reasonOf(new TypeError('bug'))).toBe('ours');
  expect(reasonOf('text')).toBe('ours');
  expect(reasonOf(undefined)).toBe('ours');
  expect(reasonOf(Object.assign(new Error('x'), { code: 23 }))).toBe('ours');
});

test('of several errors the first that tells something counts', () => {
  expect(reasonOf(new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]))).toBe('refused');
  expect(reasonOf(new AggregateError([coded('EMFILE'), coded('ETIMEDOUT')]))).toBe('connect_timeout');
  expect(reasonOf(new AggregateError([coded('EMFILE')]))).toBe('ours');
  expect(reasonOf(new AggregateError([]))).toBe('ours');
});

describe('a connection that closes', () => {
  test.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ERR_STREAM_PREMATURE_CLOSE'])('%s before the reply is a reset', (code) => {
    expect(reasonOf(coded(code))).toBe('reset');
  });

  test('inside the reply it is a reset, whatever certificates there are', () => {
    expect(reasonOf(coded('UND_ERR_SOCKET'), { stage: 'reply', clientCertificate: true })).toBe('reset');
  });

  test('before any byte of the reply, with a client certificate, it is how TLS 1.3 refuses it', () => {
    expect(reasonOf(coded('UND_ERR_SOCKET'), { clientCertificate: true })).toBe('auth');
    expect(classifyClose(undefined, { stage: 'request', clientCertificate: true }).reason).toBe('auth');
  });

  test('inside the handshake it is tls, and a reset before any byte a reset', () => {
    expect(classifyClose(undefined, { stage: 'tls' }).reason).toBe('tls');
    expect(reasonOf(coded('ECONNRESET', { syscall: 'read' }), { stage: 'tls', answered: false })).toBe('reset');
    expect(reasonOf(coded('ECONNRESET', { syscall: 'read' }), { stage: 'tls', answered: true })).toBe('tls');
  });

  test('a handshake failure after a request for our certificate is about that certificate', () => {
    const alert = coded('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE');
    expect(reasonOf(alert, { stage: 'tls', certificateRequested: true })).toBe('auth');
  });
});

test('a deadline says what was waited for', () => {
  const reasons = (['resolve', 'connect', 'tls', 'request', 'reply', 'start'] as const).map((stage) => classifyDeadline(stage).reason);
  expect(reasons).toEqual(['dns', 'connect_timeout', 'tls', 'timeout', 'timeout', 'timeout']);
});

test('no message holds the text of a raw error', () => {
  for (const code of ['ECONNREFUSED', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_X', 'CERT_X', 'ERR_HTTP2_X', 'ECONNRESET']) {
    const failure = classify(coded(code), { stage: 'request' });
    expect(failure?.message).toMatch(/^[a-z].{5,100}$/i);
    expect(failure?.message).not.toMatch(/SSL routines|\/build|0A00/);
  }
});
