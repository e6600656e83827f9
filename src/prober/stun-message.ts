// Messages of STUN (RFC 8489 5, 14): what the kinds stun and turn have in common. Pure.
import { createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';

const cookie = 0x2112a442;
const headerLength = 20;
const fingerprintXor = 0x5354554e;

/** Types of attributes (RFC 8489 18.3; RFC 8656 18). */
export const stunAttribute = {
  mappedAddress: 0x0001,
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedTransport: 0x0019,
  messageIntegritySha256: 0x001c,
  passwordAlgorithm: 0x001d,
  xorMappedAddress: 0x0020,
  passwordAlgorithms: 0x8002,
  software: 0x8022,
  fingerprint: 0x8028,
} as const;

/** Types of messages: a method with the class of a request. */
export const stunRequest = { binding: 0x0001, allocate: 0x0003, refresh: 0x0004 } as const;

/** The type of a message with this method and the class success (RFC 8489 5). */
export function successOf(request: number): number {
  return request | 0x0100;
}

/** The type of a message with this method and the class error. */
export function errorOf(request: number): number {
  return request | 0x0110;
}

/** How a message is signed: MESSAGE-INTEGRITY or MESSAGE-INTEGRITY-SHA256 (RFC 8489 14.5, 14.6). */
export interface StunIntegrity {
  readonly hash: 'sha1' | 'sha256';
  readonly key: Buffer;
}

/** A message that is to be written. */
export interface StunDraft {
  readonly type: number;
  /** Twelve random bytes. */
  readonly id: Uint8Array;
  readonly attributes: readonly (readonly [type: number, value: Buffer])[];
  /** Absent: not signed. */
  readonly integrity?: StunIntegrity | undefined;
  readonly fingerprint: boolean;
}

export function encodeStun({ type, id, attributes, integrity, fingerprint }: StunDraft): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUInt16BE(type, 0);
  header.writeUInt32BE(cookie, 4);
  header.set(id.subarray(0, 12), 8);
  let message: Buffer = Buffer.concat([header, ...attributes.map(([name, value]) => encodeAttribute(name, value))]);
  message.writeUInt16BE(message.length - headerLength, 2);
  if (integrity !== undefined) message = append(message, attributeOf(integrity), signatureOf(message, integrity));
  return fingerprint ? append(message, stunAttribute.fingerprint, fingerprintOf(lengthened(message, 8))) : message;
}

/** SOFTWARE: at most 127 characters of ASCII (RFC 8489 14.14). */
export function softwareAttribute(software: string): readonly [type: number, value: Buffer] {
  return [stunAttribute.software, Buffer.from(software.slice(0, 127), 'ascii')];
}

function append(message: Buffer, type: number, value: Buffer): Buffer {
  const attribute = encodeAttribute(type, value);
  return Buffer.concat([lengthened(message, attribute.length), attribute]);
}

/** Padded to a multiple of four; the padding is not counted. */
function encodeAttribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

/** The message with a header that says so many bytes more than it holds: what comes next is counted before it is there. */
function lengthened(message: Buffer, more: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(message.length - headerLength + more, 2);
  return copy;
}

function fingerprintOf(counted: Buffer): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((crc32(counted) ^ fingerprintXor) >>> 0, 0);
  return bytes;
}

/** Of all that stands before it, counted as if the signature were the last attribute. */
function signatureOf(before: Buffer, { hash, key }: StunIntegrity): Buffer {
  const length = hash === 'sha1' ? 20 : 32;
  return createHmac(hash, key)
    .update(lengthened(before, 4 + length))
    .digest();
}

function attributeOf({ hash }: StunIntegrity): number {
  return hash === 'sha1' ? stunAttribute.messageIntegrity : stunAttribute.messageIntegritySha256;
}

/** Whole length of the message that begins the bytes; undefined while its header is not complete; -1 when it is no STUN message. */
export function stunLength(bytes: Buffer): number | undefined {
  if (bytes.length > 0 && (bytes.readUInt8(0) & 0xc0) !== 0) return -1;
  if (bytes.length < headerLength) return undefined;
  const length = bytes.readUInt16BE(2);
  return bytes.readUInt32BE(4) !== cookie || length % 4 !== 0 ? -1 : headerLength + length;
}

/** A message that was read. */
export interface StunMessage {
  readonly type: number;
  readonly id: Buffer;
  /** The first of each type; none of those behind a signature, which nobody vouches for (RFC 8489 14.5). */
  readonly attributes: ReadonlyMap<number, Buffer>;
  /** `192.0.2.1:32853`; undefined where there is none. */
  readonly mapped: string | undefined;
  /** 400, 500 ...; undefined where there is none. */
  readonly error: number | undefined;
  readonly software: string;
  /** False: a FINGERPRINT is there and wrong. */
  readonly sound: boolean;
  /** All of it. */
  readonly bytes: Buffer;
}

/** Reads a whole message; undefined when its attributes do not fit into it. */
export function decodeStun(bytes: Buffer): StunMessage | undefined {
  const parts = partsOf(bytes);
  if (parts === undefined) return undefined;
  const attributes = new Map<number, Buffer>();
  let [sound, signed] = [true, false];
  for (const { type, value, at } of parts) {
    if (!signed && !attributes.has(type)) attributes.set(type, value);
    signed ||= isSignature(type);
    if (type === stunAttribute.fingerprint) sound = value.equals(fingerprintOf(bytes.subarray(0, at)));
  }
  const code = attributes.get(stunAttribute.errorCode);
  const message = { type: bytes.readUInt16BE(0), id: bytes.subarray(8, 20), attributes, sound, bytes };
  return {
    ...message,
    mapped:
      xorAddressOf(message, stunAttribute.xorMappedAddress) ?? readAddress(attributes.get(stunAttribute.mappedAddress), Buffer.alloc(16)),
    error: code === undefined || code.length < 4 ? undefined : (code.readUInt8(2) & 7) * 100 + code.readUInt8(3),
    software: attributes.get(stunAttribute.software)?.toString('utf8') ?? '',
  };
}

/** Whether the message carries this signature: undefined when there is none of its kind. */
export function isSignedBy({ bytes }: StunMessage, integrity: StunIntegrity): boolean | undefined {
  const signature = partsOf(bytes)?.find(({ type }) => type === attributeOf(integrity));
  if (signature === undefined) return undefined;
  const { value, at } = signature;
  // SHA-256 may be cut to 16 bytes at least, and is then counted as long as it is (RFC 8489 14.6).
  const isWhole = integrity.hash === 'sha1' ? value.length === 20 : value.length >= 16 && value.length <= 32 && value.length % 4 === 0;
  const counted = Buffer.from(bytes.subarray(0, at));
  counted.writeUInt16BE(at - headerLength + 4 + value.length, 2);
  return isWhole && createHmac(integrity.hash, integrity.key).update(counted).digest().subarray(0, value.length).equals(value);
}

/** The address of an attribute that is masked by cookie and id (RFC 8489 14.2): `192.0.2.1:32853`. */
export function xorAddressOf({ attributes, bytes }: Pick<StunMessage, 'attributes' | 'bytes'>, type: number): string | undefined {
  return readAddress(attributes.get(type), bytes.subarray(4, 20));
}

interface Part {
  readonly type: number;
  readonly value: Buffer;
  /** Where it begins in the message. */
  readonly at: number;
}

function partsOf(bytes: Buffer): readonly Part[] | undefined {
  if (stunLength(bytes) !== bytes.length) return undefined;
  const parts: Part[] = [];
  for (let at = headerLength; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length) return undefined;
    parts.push({ type: bytes.readUInt16BE(at), value: bytes.subarray(at + 4, end), at });
    at = end + ((4 - (end % 4)) % 4);
  }
  return parts;
}

function isSignature(type: number): boolean {
  return type === stunAttribute.messageIntegrity || type === stunAttribute.messageIntegritySha256;
}

/** `mask`: the cookie and the transaction id, or zeros. */
function readAddress(value: Buffer | undefined, mask: Buffer): string | undefined {
  const family = value?.[1];
  const length = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (value === undefined || length === 0 || value.length !== 4 + length) return undefined;
  const port = value.readUInt16BE(2) ^ mask.readUInt16BE(0);
  const address = Buffer.from(value.subarray(4).map((byte, i) => byte ^ (mask[i] ?? 0)));
  if (family === 1) return `${address.join('.')}:${port}`;
  return `[${Array.from({ length: 8 }, (_, i) => address.readUInt16BE(2 * i).toString(16)).join(':')}]:${port}`;
}
