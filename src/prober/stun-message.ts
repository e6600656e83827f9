// Messages of STUN (RFC 8489 5, 14): what the kinds stun and turn have in common. Pure.
import { crc32 } from 'node:zlib';

const cookie = 0x2112a442;
const headerLength = 20;
const fingerprintXor = 0x5354554e;
const attribute = { mapped: 0x0001, error: 0x0009, xorMapped: 0x0020, software: 0x8022, fingerprint: 0x8028 } as const;
export const bindingRequest = 0x0001;
export const bindingSuccess = 0x0101;
export const bindingError = 0x0111;

/** `id`: twelve random bytes. `software`: at most 127 characters of ASCII. */
export function encodeBinding(id: Uint8Array, software: string, fingerprint: boolean): Buffer {
  const attributes = attributeOf(attribute.software, Buffer.from(software.slice(0, 127), 'ascii'));
  const header = Buffer.alloc(headerLength);
  header.writeUInt16BE(bindingRequest, 0);
  header.writeUInt16BE(attributes.length + (fingerprint ? 8 : 0), 2);
  header.writeUInt32BE(cookie, 4);
  header.set(id.subarray(0, 12), 8);
  const message = Buffer.concat([header, attributes]);
  return fingerprint ? Buffer.concat([message, attributeOf(attribute.fingerprint, fingerprintOf(message))]) : message;
}

/** Padded to a multiple of four; the padding is not counted. */
function attributeOf(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function fingerprintOf(message: Buffer): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((crc32(message) ^ fingerprintXor) >>> 0, 0);
  return bytes;
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
  /** `192.0.2.1:32853`; undefined where there is none. */
  readonly mapped: string | undefined;
  /** 400, 500 ...; undefined where there is none. */
  readonly error: number | undefined;
  readonly software: string;
  /** False: a FINGERPRINT is there and wrong. */
  readonly sound: boolean;
}

/** Reads a whole message; undefined when its attributes do not fit into it. */
export function decodeStun(bytes: Buffer): StunMessage | undefined {
  if (stunLength(bytes) !== bytes.length) return undefined;
  let [mapped, error, software, sound] = [undefined as string | undefined, undefined as number | undefined, '', true];
  for (let at = headerLength; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length) return undefined;
    const [type, value] = [bytes.readUInt16BE(at), bytes.subarray(at + 4, end)];
    if (type === attribute.xorMapped) mapped = readAddress(value, bytes.subarray(4, 20)) ?? mapped;
    if (type === attribute.mapped) mapped ??= readAddress(value, Buffer.alloc(16));
    if (type === attribute.error && value.length >= 4) error = (value.readUInt8(2) & 7) * 100 + value.readUInt8(3);
    if (type === attribute.software) software = value.toString('utf8');
    if (type === attribute.fingerprint) sound = value.equals(fingerprintOf(bytes.subarray(0, at)));
    at = end + ((4 - (value.length % 4)) % 4);
  }
  return { type: bytes.readUInt16BE(0), id: bytes.subarray(8, 20), mapped, error, software, sound };
}

/** `mask`: the cookie and the transaction id, or zeros (RFC 8489 14.2). */
function readAddress(value: Buffer, mask: Buffer): string | undefined {
  const family = value[1];
  const length = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (length === 0 || value.length !== 4 + length) return undefined;
  const port = value.readUInt16BE(2) ^ mask.readUInt16BE(0);
  const address = Buffer.from(value.subarray(4).map((byte, i) => byte ^ (mask[i] ?? 0)));
  if (family === 1) return `${address.join('.')}:${port}`;
  return `[${Array.from({ length: 8 }, (_, i) => address.readUInt16BE(2 * i).toString(16)).join(':')}]:${port}`;
}
