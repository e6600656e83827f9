// Network management messages of ISO 8583:1987 and :1993 in the dialects that hosts speak (bitmap, encodings, length headers). Pure.
import { fromEbcdic, toEbcdic } from './ebcdic.ts';
import { frame, type LengthHeader } from './framing.ts';

export type Encoding = 'ascii' | 'bcd' | 'ebcdic';
export type RequestType = '0800' | '1804' | '1820';

export interface Dialect {
  readonly request: RequestType;
  readonly length: LengthHeader;
  /** Ten hexadecimal digits, or ''. */
  readonly tpdu: string;
  readonly numeric: Encoding;
  readonly text: 'ascii' | 'ebcdic';
  readonly bitmap: 'binary' | 'hex';
  readonly responseCode: Encoding;
}

/** How one field is written. */
export interface Layout {
  readonly kind: 'fixed' | 'variable' | 'bytes';
  /** Signs, at most for `variable`; bytes for `bytes`. */
  readonly length: number;
  readonly content: 'digits' | 'text' | 'code' | 'bytes';
  /** Digits of the length in front of a `variable` field. */
  readonly prefix?: 2 | 3;
}

const digitsOf = (length: number): Layout => ({ kind: 'fixed', length, content: 'digits' });
const textOf = (length: number): Layout => ({ kind: 'fixed', length, content: 'text' });
const bytesOf = (length: number): Layout => ({ kind: 'bytes', length, content: 'bytes' });
const variableOf = (prefix: 2 | 3, length: number, content: 'digits' | 'text' = 'text'): Layout => ({
  kind: 'variable',
  prefix,
  length,
  content,
});

type Layouts = Readonly<Record<number, Layout>>;

/** Fields that echoes and their replies carry, by the standard of 1987. */
const layouts1987: Layouts = {
  3: digitsOf(6),
  7: digitsOf(10),
  11: digitsOf(6),
  12: digitsOf(6),
  13: digitsOf(4),
  15: digitsOf(4),
  24: digitsOf(3),
  25: digitsOf(2),
  32: variableOf(2, 11, 'digits'),
  33: variableOf(2, 11, 'digits'),
  37: textOf(12),
  38: textOf(6),
  39: { kind: 'fixed', length: 2, content: 'code' },
  41: textOf(8),
  42: textOf(15),
  43: textOf(40),
  44: variableOf(2, 25),
  48: variableOf(3, 999),
  53: digitsOf(16),
  60: variableOf(3, 999),
  61: variableOf(3, 999),
  62: variableOf(3, 999),
  63: variableOf(3, 999),
  64: bytesOf(8),
  70: digitsOf(3),
  93: textOf(5),
  94: textOf(7),
  96: bytesOf(8),
  100: variableOf(2, 11, 'digits'),
  120: variableOf(3, 999),
  123: variableOf(3, 999),
  128: bytesOf(8),
};

/** What 1993 writes otherwise. */
const layouts1993: Layouts = {
  ...layouts1987,
  12: digitsOf(12),
  39: { kind: 'fixed', length: 3, content: 'code' },
  53: { kind: 'variable', prefix: 2, length: 48, content: 'bytes' },
  93: variableOf(2, 11, 'digits'),
  94: variableOf(2, 11, 'digits'),
};

function layoutsOf(request: RequestType): Layouts {
  return request === '0800' ? layouts1987 : layouts1993;
}

/** Fields that a configuration may add; none of them is a card, an amount or a key. */
export function settableFields(request: RequestType): Layouts {
  const all = layoutsOf(request);
  const allowed = [24, 32, 33, 41, 42, ...(request === '0800' ? [53] : []), 60, 63, 100].filter(
    (number) => request === '0800' || number !== 24,
  );
  return Object.fromEntries(allowed.flatMap((number) => (all[number] === undefined ? [] : [[number, all[number]]])));
}

/** 0810 of 0800, 1814 of 1804, 1830 of 1820. */
export function replyType(request: RequestType): string {
  return String(Number(request) + 10).padStart(4, '0');
}

export type Fields = ReadonlyMap<number, string>;

/** A whole message with its length header. Values fit their layouts: the options saw to it. */
export function encode(dialect: Dialect, fields: Fields): Buffer {
  const numbers = [...fields.keys()].toSorted((a, b) => a - b);
  const body = [Buffer.from(dialect.tpdu, 'hex'), encodeDigits(dialect.request, dialect.numeric), encodeBitmap(numbers, dialect.bitmap)];
  for (const number of numbers) {
    const layout = layoutsOf(dialect.request)[number];
    if (layout !== undefined) body.push(encodeField(layout, fields.get(number) ?? '', dialect));
  }
  return frame(dialect.length, Buffer.concat(body));
}

function encodeBitmap(numbers: readonly number[], form: Dialect['bitmap']): Buffer {
  const long = numbers.some((number) => number > 64);
  const map = Buffer.alloc(long ? 16 : 8);
  for (const number of long ? [1, ...numbers] : numbers) {
    const at = (number - 1) >> 3;
    map.writeUInt8(map.readUInt8(at) | (0x80 >> ((number - 1) & 7)), at);
  }
  return form === 'binary' ? map : Buffer.from(map.toString('hex').toUpperCase(), 'ascii');
}

function encodeField(layout: Layout, value: string, dialect: Dialect): Buffer {
  const content = encodeContent(layout, value, dialect);
  if (layout.prefix === undefined) return content;
  return Buffer.concat([encodeDigits(String(value.length).padStart(layout.prefix, '0'), dialect.numeric), content]);
}

function encodeContent({ content }: Layout, value: string, dialect: Dialect): Buffer {
  if (content === 'digits') return encodeDigits(value, dialect.numeric);
  if (content === 'code') return encodeDigits(value, dialect.responseCode);
  if (content === 'bytes') return Buffer.from(value, 'hex');
  return dialect.text === 'ascii' ? Buffer.from(value, 'latin1') : toEbcdic(value);
}

/** BCD of an odd count begins with a zero. */
function encodeDigits(value: string, encoding: Encoding): Buffer {
  if (encoding === 'ascii') return Buffer.from(value, 'latin1');
  if (encoding === 'ebcdic') return toEbcdic(value);
  return Buffer.from(value.length % 2 === 0 ? value : `0${value}`, 'hex');
}

/** What a reply says. */
export interface Message {
  readonly type: string;
  readonly fields: Fields;
}

/** Reads a message without its length header; a text says what is wrong with it. */
export function decode(dialect: Dialect, message: Buffer): Message | string {
  const reader = new Reader(message);
  if (dialect.tpdu !== '') {
    const tpdu = reader.take(5)?.toString('hex').toLowerCase();
    const [source, destination] = [dialect.tpdu.slice(6), dialect.tpdu.slice(2, 6)].map((part) => part.toLowerCase());
    if (tpdu !== `60${source}${destination}`) return 'the TPDU of the reply does not go back the way ours came';
  }
  const type = reader.digits(4, dialect.numeric);
  if (type === undefined) return 'the reply has no message type';
  const numbers = readBitmap(reader, dialect.bitmap);
  if (numbers === undefined) return 'the reply has no bitmap';
  const fields = new Map<number, string>();
  for (const number of numbers) {
    const layout = layoutsOf(dialect.request)[number];
    if (layout === undefined) return `the reply has field ${number}, which does not belong to an echo`;
    const value = readField(reader, layout, dialect);
    if (value === undefined) return `field ${number} of the reply is malformed or cut`;
    fields.set(number, value);
  }
  return reader.rest === 0 ? { type, fields } : 'the reply is longer than its fields';
}

function readBitmap(reader: Reader, form: Dialect['bitmap']): readonly number[] | undefined {
  const half = () => {
    if (form === 'binary') return reader.take(8);
    const digits = reader.take(16)?.toString('latin1');
    return digits !== undefined && /^[0-9A-Fa-f]{16}$/.test(digits) ? Buffer.from(digits, 'hex') : undefined;
  };
  const first = half();
  if (first === undefined) return undefined;
  const second = (first.readUInt8(0) & 0x80) === 0 ? Buffer.alloc(0) : half();
  if (second === undefined) return undefined;
  const numbers: number[] = [];
  for (const [at, byte] of Buffer.concat([first, second]).entries()) {
    for (let bit = 0; bit < 8; bit += 1) if ((byte & (0x80 >> bit)) !== 0 && at + bit > 0) numbers.push(at * 8 + bit + 1);
  }
  return numbers;
}

function readField(reader: Reader, layout: Layout, dialect: Dialect): string | undefined {
  let { length } = layout;
  if (layout.prefix !== undefined) {
    const said = reader.digits(layout.prefix, dialect.numeric);
    if (said === undefined || Number(said) > layout.length) return undefined;
    length = Number(said);
  }
  return readContent(reader, { ...layout, length }, dialect);
}

function readContent(reader: Reader, { content, length }: Layout, dialect: Dialect): string | undefined {
  if (content === 'digits') return reader.digits(length, dialect.numeric);
  if (content === 'bytes') return reader.take(length)?.toString('hex');
  const form = content === 'code' ? dialect.responseCode : dialect.text;
  if (form === 'bcd') return reader.digits(length, form);
  const raw = reader.take(length);
  return form === 'ebcdic' ? raw && fromEbcdic(raw) : raw?.toString('latin1');
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(source: Buffer) {
    this.#bytes = source;
  }

  get rest(): number {
    return this.#bytes.length - this.#at;
  }

  take(count: number): Buffer | undefined {
    if (this.rest < count) return undefined;
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** So many digits; undefined where others stand. */
  digits(count: number, encoding: Encoding): string | undefined {
    const raw = this.take(encoding === 'bcd' ? (count + 1) >> 1 : count);
    if (raw === undefined) return undefined;
    const value = encoding === 'bcd' ? raw.toString('hex').slice(-count) : encoding === 'ebcdic' ? fromEbcdic(raw) : raw.toString('latin1');
    return count === 0 ? '' : /^\d+$/.test(value) ? value : undefined;
  }
}
