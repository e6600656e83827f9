// Makes certificates for far ends: any name, any dates, any issuer, so that no private key and no date is kept in the repository.
import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** What a certificate shall say. */
export interface CertificateRequest {
  /** Common name of the subject. */
  readonly commonName: string;
  /** Names and IPv4 addresses it is valid for. */
  readonly names?: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** True for a certificate that may sign others. */
  readonly authority?: boolean;
  /** Who signs; absent: it signs itself. */
  readonly issuer?: IssuedCertificate;
}

/** A certificate with its key, both PEM. */
export interface IssuedCertificate {
  readonly commonName: string;
  readonly certificate: string;
  readonly key: string;
}

/** An X.509 v3 certificate with a fresh P-256 key, signed with ECDSA and SHA-256 (RFC 5280, RFC 5758). */
export function issueCertificate(request: CertificateRequest): IssuedCertificate {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const signer = request.issuer ?? { commonName: request.commonName, key };
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.of(2))),
    tagged(0x02, serialNumber()),
    ecdsaWithSha256,
    name(signer.commonName),
    sequence(time(request.notBefore), time(request.notAfter)),
    name(request.commonName),
    createPublicKey(pair.privateKey).export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(request))),
  );
  const signature = tagged(0x03, Buffer.concat([Buffer.of(0), sign('sha256', body, signer.key)]));
  return { commonName: request.commonName, certificate: pem(sequence(body, ecdsaWithSha256, signature)), key };
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** One DER value: tag, length, content (X.690 8.1). */
function tagged(tag: number, content: Buffer): Buffer {
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content]);
  const length = Buffer.alloc(3, 0x82);
  length.writeUInt16BE(content.length, 1);
  return Buffer.concat([Buffer.of(tag), content.length < 0x100 ? Buffer.of(0x81, content.length) : length, content]);
}

function sequence(...values: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(values));
}

/** An object identifier of two bytes or more, written as its encoded content. */
function oid(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'));
}

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));

/** Positive and at most 20 octets (RFC 5280 4.1.2.2). */
function serialNumber(): Buffer {
  const serial = randomBytes(16);
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0);
  return serial;
}

function name(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from(commonName)))));
}

/** UTCTime through 2049, GeneralizedTime from 2050 on (RFC 5280 4.1.2.5). */
function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const early = digits < '2050' && digits >= '1950';
  return early ? tagged(0x17, Buffer.from(`${digits.slice(2)}Z`)) : tagged(0x18, Buffer.from(`${digits}Z`));
}

function extensions(request: CertificateRequest): readonly Buffer[] {
  const yes = tagged(0x01, Buffer.of(0xff));
  const basic = request.authority === true ? sequence(yes) : sequence();
  const list = [sequence(oid('551d13'), yes, tagged(0x04, basic))];
  const names = (request.names ?? []).map(generalName);
  if (names.length > 0) list.push(sequence(oid('551d11'), tagged(0x04, sequence(...names))));
  return list;
}

function generalName(text: string): Buffer {
  const octets = /^\d+\.\d+\.\d+\.\d+$/.test(text) ? text.split('.').map(Number) : undefined;
  return octets === undefined ? tagged(0x82, Buffer.from(text)) : tagged(0x87, Buffer.from(octets));
}
