import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { issueCertificate } from './issue.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 10, 23);

test('a chain of root, intermediate and leaf verifies', () => {
  const root = issueCertificate({ commonName: 'Root', notBefore: now, notAfter: now + 900 * day, authority: true });
  const middle = issueCertificate({ commonName: 'Middle', notBefore: now, notAfter: now + 90 * day, authority: true, issuer: root });
  const leaf = issueCertificate({ commonName: 'ehr', notBefore: now, notAfter: now + 9 * day, issuer: middle });
  const [r, m, l] = [root, middle, leaf].map((made) => new X509Certificate(made.certificate));
  expect(l?.verify(m?.publicKey ?? fail())).toBe(true);
  expect(m?.verify(r?.publicKey ?? fail())).toBe(true);
  expect(r?.verify(r.publicKey)).toBe(true);
  expect([r?.ca, m?.ca, l?.ca]).toEqual([true, true, false]);
  expect(l?.issuer).toBe('CN=Middle');
});

test('a leaf carries the names and dates that were asked for', () => {
  const names = ['ehr.example.org', '127.0.0.1'];
  const leaf = issueCertificate({ commonName: 'ehr', names, notBefore: now, notAfter: now + 9 * day });
  const l = new X509Certificate(leaf.certificate);
  expect(l.subjectAltName).toBe('DNS:ehr.example.org, IP Address:127.0.0.1');
  expect(l.checkHost('ehr.example.org')).toBe('ehr.example.org');
  expect(Date.parse(l.validTo)).toBe(now + 9 * day);
});

test.each([
  ['the last second of 2049', Date.UTC(2049, 11, 31, 23, 59, 59)],
  ['the first second of 2050', Date.UTC(2050, 0, 1)],
  ['before 1970', Date.UTC(1960, 0, 1)],
])('a date is read back as written: %s', (_, at) => {
  const made = issueCertificate({ commonName: 'x', notBefore: at - day, notAfter: at });
  expect(Date.parse(new X509Certificate(made.certificate).validTo)).toBe(at);
});

test('a certificate with many names, longer than 256 bytes inside, is well-formed', () => {
  const names = Array.from({ length: 40 }, (_, index) => `host-${index}.region.example.org`);
  const made = issueCertificate({ commonName: 'many', names, notBefore: now, notAfter: now + day });
  expect(new X509Certificate(made.certificate).subjectAltName?.split(', ')).toHaveLength(40);
});

function fail(): never {
  throw new Error('a certificate is missing');
}
