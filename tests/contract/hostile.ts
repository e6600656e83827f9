// The certificates of hostile far ends, and what they say: the beginnings of many protocols, true ones and lies.
import type { SecureContextOptions } from 'node:tls';
import { issueCertificate } from '#prober/issue.ts';
import {
  answer,
  type Behaviour,
  closeAfterRequest,
  closeAtOnce,
  drip,
  endless,
  resetAfterRequest,
  resetAtOnce,
  say,
} from '../support/far-ends/stream.ts';

const dayMs = 86_400_000;

const made = makeCertificates(Date.now());

/** The PEM that trusts the hostile far ends. */
export function hostileAuthority(): string {
  return made.authority;
}

/** Settings of a TLS server whose certificate is good: what it says afterwards is not. */
export function hostileTls(): SecureContextOptions {
  return { key: made.key, cert: made.certificate };
}

function makeCertificates(now: number): { readonly authority: string; readonly key: string; readonly certificate: string } {
  const life = { notBefore: now - dayMs, notAfter: now + 365 * dayMs };
  const root = issueCertificate({ ...life, commonName: 'Hostile root', authority: true });
  const leaf = issueCertificate({ ...life, commonName: 'Hostile server', names: ['127.0.0.1', 'localhost'], issuer: root });
  return { authority: root.certificate, key: leaf.key, certificate: leaf.certificate };
}

/** A datum that no result may hold: as a patient's name in an answer. */
export const marker = 'ZZMARKER^HOLTER^19700101';

/** Pieces of answers: true beginnings, lying lengths, records without end. */
export const fragments: readonly Buffer[] = [
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: 99999999999999\r\n\r\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffff\r\n',
  'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n\u001f\u008b\b',
  'HTTP/1.1 301 Moved\r\nlocation: http://127.0.0.1:1/\r\n\r\n',
  'HTTP/1.1 999\r\n\r\n',
  'HTTP/2.0 200 OK\r\n\r\n',
  'HOLTER ready\r\n',
  'PONG',
  '220 mail.example.org ESMTP\r\n',
  'SSH-2.0-OpenSSH_9.2\r\n',
  `${marker}\r\n`,
  '\r\n',
  '\u0000',
]
  .map((text) => Buffer.from(text, 'latin1'))
  .concat(
    // TLS: a record that is longer than it may be, an alert, a ServerHello that ends early.
    [Buffer.from('160303ffff', 'hex'), Buffer.from('15030300020228', 'hex'), Buffer.from('160303002a02000026', 'hex')],
    // DNS over TCP: 64 KB announced, none, a header that announces 65,535 records.
    [Buffer.from('ffff', 'hex'), Buffer.from('0000', 'hex'), Buffer.from('000c00008580ffffffffffffffff', 'hex')],
    // HTTP/2: SETTINGS, then a frame of 16 MB.
    [Buffer.from('000000040000000000ffffff000100000001', 'hex')],
  );

const body = Buffer.from(`<p>${marker}</p>`);

/** What a far end can do to an attempt that ends by itself. */
export const hostilities: Readonly<Record<string, Behaviour>> = {
  'accepts and closes': closeAtOnce,
  'accepts and resets': resetAtOnce,
  'closes after the request': closeAfterRequest,
  'resets after the request': resetAfterRequest,
  'answers with other text': answer(Buffer.from(`${marker}\r\n`), 'close'),
  'answers with another protocol': say(Buffer.from(`220 ${marker} ESMTP\r\n`)),
  'answers with a page that is not the one': answer(
    Buffer.concat([Buffer.from(`HTTP/1.1 200 ${marker}\r\nx-patient: ${marker}\r\ncontent-length: ${body.length}\r\n\r\n`), body]),
    'close',
  ),
  'answers with a refusal': answer(Buffer.from(`HTTP/1.1 500 ${marker}\r\ncontent-length: 0\r\n\r\n${marker}`), 'close'),
  'cuts its answer': answer(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n<p>'), 'reset'),
  'lies about a length': answer(Buffer.concat([Buffer.from('ffff', 'hex'), body]), 'close'),
  'pours zeros': endless(Buffer.alloc(0), Buffer.alloc(65_536)),
  'pours a page': endless(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), Buffer.alloc(65_536, 'x')),
  'pours headers': endless(Buffer.from('HTTP/1.1 200 OK\r\n'), Buffer.from(`x-flood: ${'x'.repeat(8000)}\r\n`)),
  'pours chunks': endless(Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'), Buffer.from('1\r\nx\r\n'.repeat(1000))),
  'pours lines': endless(Buffer.alloc(0), Buffer.from(`${marker}\r\n`.repeat(500))),
  'drips other text': drip(Buffer.from(`${marker}\r\n`), 1),
};
