// The upper layer of DICOM (PS3.8 9.3, big-endian) and the command sets of C-ECHO and C-FIND (PS3.7 9.3, Implicit VR little-endian). Pure.

export const pduType = {
  associateRequest: 1,
  associateAccept: 2,
  associateReject: 3,
  data: 4,
  releaseRequest: 5,
  releaseReply: 6,
  abort: 7,
} as const;

const headerLength = 6;
const applicationContext = '1.2.840.10008.3.1.1.1';
const implicitLittleEndian = '1.2.840.10008.1.2';
/** Ours; UUID-derived (PS3.5 B.2). */
const implementationUid = '2.25.215847631104928377465520193847561029';
/** What we let the far end send in one PDU. */
const ourMaximum = 16_384;
/** What we send in one PDU at most, also where the far end sets no limit. */
const largestSent = 16_384;

export const sopClass = {
  verification: '1.2.840.10008.1.1',
  studyRootFind: '1.2.840.10008.5.1.4.1.2.2.1',
  worklistFind: '1.2.840.10008.5.1.4.31',
} as const;

/** The one presentation context that is offered. */
export const contextId = 1;

/** Type and whole length of the PDU that begins the bytes; undefined while its header is not complete. */
export function peekPdu(bytes: Buffer): { readonly type: number; readonly length: number } | undefined {
  if (bytes.length < headerLength) return undefined;
  return { type: bytes.readUInt8(0), length: headerLength + bytes.readUInt32BE(2) };
}

function pdu(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(body.length, 2);
  return Buffer.concat([header, body]);
}

function item(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt8(type, 0);
  header.writeUInt16BE(body.length, 2);
  return Buffer.concat([header, body]);
}

const ascii = (value: string) => Buffer.from(value, 'latin1');
const padded = (title: string) => ascii(title.padEnd(16, ' '));

export interface Association {
  readonly calledAe: string;
  readonly callingAe: string;
  readonly abstractSyntax: string;
  /** Implementation version name, at most 16 characters. */
  readonly version: string;
}

/** A-ASSOCIATE-RQ (PS3.8 9.3.2). */
export function encodeAssociateRequest({ calledAe, callingAe, abstractSyntax, version }: Association): Buffer {
  const maximum = Buffer.alloc(4);
  maximum.writeUInt32BE(ourMaximum, 0);
  const context = [Buffer.of(contextId, 0, 0, 0), item(0x30, ascii(abstractSyntax)), item(0x40, ascii(implicitLittleEndian))];
  const user = [item(0x51, maximum), item(0x52, ascii(implementationUid)), item(0x55, ascii(version.slice(0, 16)))];
  const fixed = [Buffer.of(0, 1, 0, 0), padded(calledAe), padded(callingAe), Buffer.alloc(32)];
  return pdu(
    pduType.associateRequest,
    Buffer.concat([...fixed, item(0x10, ascii(applicationContext)), item(0x20, Buffer.concat(context)), item(0x50, Buffer.concat(user))]),
  );
}

export const releaseRequest: Buffer = pdu(pduType.releaseRequest, Buffer.alloc(4));
/** By the user of the service, without a reason. */
export const abort: Buffer = pdu(pduType.abort, Buffer.alloc(4));

/** What an A-ASSOCIATE-AC says. */
export interface Acceptance {
  /** Result of our context: 0 accepted, 1 user, 2 no reason, 3 abstract syntax, 4 transfer syntaxes; undefined when it is not answered. */
  readonly result: number | undefined;
  /** Largest PDU that the far end takes; 0: any. */
  readonly maximum: number;
  readonly implementation: string;
  readonly version: string;
}

/** Reads a whole A-ASSOCIATE-AC PDU; undefined when its items do not fit into it. */
export function decodeAcceptance(bytes: Buffer): Acceptance | undefined {
  const items = decodeItems(bytes.subarray(headerLength + 68));
  if (items === undefined) return undefined;
  const context = items.find(({ type, body }) => type === 0x21 && body[0] === contextId)?.body;
  const user = decodeItems(items.find(({ type }) => type === 0x50)?.body ?? Buffer.alloc(0)) ?? [];
  const sub = (wanted: number) => user.find(({ type }) => type === wanted)?.body ?? Buffer.alloc(0);
  return {
    result: context !== undefined && context.length >= 3 ? context[2] : undefined,
    maximum: sub(0x51).length === 4 ? sub(0x51).readUInt32BE(0) : 0,
    implementation: text(sub(0x52)),
    version: text(sub(0x55)),
  };
}

function decodeItems(bytes: Buffer): { readonly type: number; readonly body: Buffer }[] | undefined {
  const items: { type: number; body: Buffer }[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < 4) return undefined;
    const end = at + 4 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length) return undefined;
    items.push({ type: bytes.readUInt8(at), body: bytes.subarray(at + 4, end) });
    at = end;
  }
  return items;
}

function text(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/\0+$/, '').trim();
}

/** Result, source and reason of an A-ASSOCIATE-RJ; source and reason of an A-ABORT. */
export function decodeRefusal(bytes: Buffer): { readonly result: number; readonly source: number; readonly reason: number } {
  return { result: bytes[7] ?? 0, source: bytes[8] ?? 0, reason: bytes[9] ?? 0 };
}

/** One element in Implicit VR little-endian; `value` of even length. */
function element(tag: number, value: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16LE(tag >>> 16, 0);
  header.writeUInt16LE(tag & 0xffff, 2);
  header.writeUInt32LE(value.length, 4);
  return Buffer.concat([header, value]);
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value, 0);
  return bytes;
}

/** Of even length: unique identifiers are padded by NUL, texts by a blank (PS3.5 6.2). */
const uid = (value: string) => ascii(value.length % 2 === 0 ? value : `${value}\0`);
const even = (value: string) => ascii(value.length % 2 === 0 ? value : `${value} `);

function commandSet(elements: readonly Buffer[]): Buffer {
  const body = Buffer.concat(elements);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length, 0);
  return Buffer.concat([element(0x00000000, length), body]);
}

/** C-ECHO-RQ (PS3.7 9.3.5.1). */
export function encodeEcho(messageId: number): Buffer {
  return commandSet([
    element(0x00000002, uid(sopClass.verification)),
    element(0x00000100, short(0x0030)),
    element(0x00000110, short(messageId)),
    element(0x00000800, short(0x0101)),
  ]);
}

/** C-FIND-RQ (PS3.7 9.3.2.1), of medium priority; its identifier follows. */
export function encodeFind(messageId: number, abstractSyntax: string): Buffer {
  return commandSet([
    element(0x00000002, uid(abstractSyntax)),
    element(0x00000100, short(0x0020)),
    element(0x00000110, short(messageId)),
    element(0x00000700, short(0)),
    element(0x00000800, short(0x0001)),
  ]);
}

/** Studies of one patient, by identifier (PS3.4 C.6.2). */
export function studyIdentifier(patient: string): Buffer {
  return Buffer.concat([element(0x00080052, even('STUDY')), element(0x00100020, even(patient)), element(0x0020000d, Buffer.alloc(0))]);
}

/** Worklist of one patient, by identifier, perhaps of one station (PS3.4 K.6.1). */
export function worklistIdentifier(patient: string, station: string): Buffer {
  const step = Buffer.concat([
    element(0x00080060, Buffer.alloc(0)),
    element(0x00400001, even(station)),
    element(0x00400002, Buffer.alloc(0)),
  ]);
  return Buffer.concat([element(0x00100020, even(patient)), element(0x00400100, element(0xfffee000, step))]);
}

/** P-DATA-TF PDUs of a command, or of a data set (PS3.8 9.3.5), none longer than the far end takes. */
export function encodeData(kind: 'command' | 'data', bytes: Buffer, maximum: number): Buffer {
  const room = Math.max(1, Math.min(maximum === 0 ? largestSent : maximum, largestSent) - 6);
  const pdus: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += room) {
    const part = bytes.subarray(at, at + room);
    const header = Buffer.alloc(6);
    header.writeUInt32BE(part.length + 2, 0);
    header.writeUInt8(contextId, 4);
    header.writeUInt8((kind === 'command' ? 1 : 0) | (at + room >= bytes.length ? 2 : 0), 5);
    pdus.push(pdu(pduType.data, Buffer.concat([header, part])));
  }
  return Buffer.concat(pdus);
}

/** One presentation data value. */
export interface DataValue {
  readonly context: number;
  readonly command: boolean;
  readonly last: boolean;
  readonly bytes: Buffer;
}

/** The values of a whole P-DATA-TF PDU; undefined when they do not fit into it. */
export function decodeData(bytes: Buffer): readonly DataValue[] | undefined {
  const values: DataValue[] = [];
  for (let at = headerLength; at < bytes.length; ) {
    if (bytes.length - at < 6) return undefined;
    const length = bytes.readUInt32BE(at);
    const end = at + 4 + length;
    if (length < 2 || end > bytes.length) return undefined;
    const flags = bytes.readUInt8(at + 5);
    values.push({
      context: bytes.readUInt8(at + 4),
      command: (flags & 1) === 1,
      last: (flags & 2) === 2,
      bytes: bytes.subarray(at + 6, end),
    });
    at = end;
  }
  return values;
}

/** What a response says; members that it does not have are undefined. */
export interface Response {
  readonly command: number | undefined;
  readonly messageId: number | undefined;
  readonly status: number | undefined;
}

/** Reads a command set; undefined when it is none. */
export function decodeCommand(bytes: Buffer): Response | undefined {
  const found = new Map<number, number>();
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < 8) return undefined;
    const length = bytes.readUInt32LE(at + 4);
    const end = at + 8 + length;
    if (bytes.readUInt16LE(at) !== 0 || end > bytes.length) return undefined;
    if (length === 2) found.set(bytes.readUInt16LE(at + 2), bytes.readUInt16LE(at + 8));
    at = end;
  }
  return { command: found.get(0x0100), messageId: found.get(0x0120), status: found.get(0x0900) };
}
