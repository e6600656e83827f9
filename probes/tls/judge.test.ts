import { expect, test } from 'vitest';
import type { CertificateFacts } from '#prober/door.ts';
import { type Demand, expiryFacts, type Handshake, judgeHandshake, renewalRatio } from './judge.ts';
import { Options } from './options.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 10, 23);
const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');

function certificate(lived: number, left: number): CertificateFacts {
  return {
    subject: 's',
    issuer: 'i',
    serialNumber: '1',
    fingerprint,
    altNames: '',
    notBefore: now - lived * day,
    notAfter: now + left * day,
  };
}

function handshake(more: Partial<Handshake> = {}): Handshake {
  return { certificates: [certificate(30, 60), certificate(100, 900)], alpn: '', ...more };
}

const demand: Demand = { insecure: false, fingerprints: [], alpn: [], name: 'ehr.example.org' };

test('a trusted chain is well', () => {
  expect(judgeHandshake(handshake(), demand, now)).toBeUndefined();
});

test.each([
  ['CERT_HAS_EXPIRED', [certificate(90, -2), certificate(100, 900)], 'the certificate expired 2 d ago'],
  ['CERT_HAS_EXPIRED', [certificate(30, 60), certificate(900, -1)], 'intermediate certificate 1 expired 24 h ago'],
  ['CERT_HAS_EXPIRED', [certificate(30, 60)], 'a certificate of the chain has expired'],
  ['CERT_NOT_YET_VALID', [certificate(-3, 60)], 'the certificate is valid only in 3 d (or our clock is wrong)'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', [certificate(1, 1)], 'the certificate is not for ehr.example.org: wrong host or wrong virtual server'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', [certificate(1, 1)], 'the certificate is self-signed and not trusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', [certificate(1, 1)], 'the certificate is not signed by a trusted authority'],
  ['PATH_LENGTH_EXCEEDED', [certificate(1, 1)], 'the certificate was not accepted (PATH_LENGTH_EXCEEDED)'],
])('%s is a certificate failure that says which', (authorizationError, certificates, message) => {
  expect(judgeHandshake(handshake({ authorizationError, certificates }), demand, now)).toEqual({ reason: 'certificate', message });
});

test('a superfluous expired certificate in a trusted chain is no failure, and still a fact', () => {
  const extra = handshake({ certificates: [certificate(30, 60), certificate(900, -1)] });
  expect(judgeHandshake(extra, demand, now)).toBeUndefined();
  expect(expiryFacts(extra, now)['certificate_expiry_seconds']).toBe(-86_400);
});

test('without trust only dates and fingerprints count', () => {
  const insecure = { ...demand, insecure: true };
  const untrusted = handshake({ authorizationError: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  expect(judgeHandshake(untrusted, insecure, now)).toBeUndefined();
  expect(judgeHandshake({ ...untrusted, certificates: [certificate(9, -1)] }, insecure, now)?.reason).toBe('certificate');
  expect(judgeHandshake(untrusted, { ...insecure, fingerprints: [fingerprint.replaceAll(':', '').toLowerCase()] }, now)).toBeUndefined();
  expect(judgeHandshake(untrusted, { ...insecure, fingerprints: ['00'.repeat(32)] }, now)?.reason).toBe('certificate');
});

test('a protocol that was offered must be taken', () => {
  expect(judgeHandshake(handshake({ alpn: 'h2' }), { ...demand, alpn: ['h2'] }, now)).toBeUndefined();
  expect(judgeHandshake(handshake(), { ...demand, alpn: ['h2'] }, now)?.reason).toBe('tls');
});

test.each([
  ['a year long, 21 days left', 344, 21, 1],
  ['a year long, 3 days left', 362, 3, 1 / 7],
  ['6 days long, 2 left', 4, 2, 1],
  ['6 days long, 3 left', 3, 3, 1.5],
  ['expired', 10, -1, -1 / 3],
])('renewal: %s', (_, lived, left, ratio) => {
  expect(renewalRatio(certificate(lived, left), now)).toBeCloseTo(ratio, 1);
});

test('facts: the earliest end, of the leaf and of intermediates; none where no certificate was sent', () => {
  const facts = expiryFacts(handshake(), now);
  expect(facts).toMatchObject({
    certificate_expiry_seconds: 60 * 86_400,
    leaf_certificate_expiry_seconds: 60 * 86_400,
    intermediate_certificate_expiry_seconds: 900 * 86_400,
    certificate_expiry_timestamp_seconds: (now + 60 * day) / 1000,
    certificate_trusted: 1,
    certificates_count: 2,
  });
  expect(expiryFacts(handshake({ authorizationError: 'X' }), now)).not.toHaveProperty('chain_expiry_timestamp_seconds');
  expect(expiryFacts(handshake({ certificates: [] }), now)).toEqual({});
});

test.each([
  ['a certificate without its key', { cert: 'x' }],
  ['its own authority alone, without one', { ca_only: true }],
  ['a newest version older than the oldest', { min_version: 'TLSv1.3', max_version: 'TLSv1.2' }],
  ['a fingerprint of another length', { fingerprints: ['aa:bb'] }],
])('%s is a mistake', (_, options) => {
  expect(Options.safeParse({ address: 'a.example.org:443', ...options }).success).toBe(false);
});
