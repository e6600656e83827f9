// The part of BER that LDAP allows (RFC 4511 5.1, X.690): definite lengths, tags of one byte. Pure.

export const berTags = { boolean: 0x01, integer: 0x02, octets: 0x04, enumerated: 0x0a, sequence: 0x30, set: 0x31 } as const;

/** The bytes are not what was due. */
export class Malformed extends Error {}

export interface Element {
  readonly tag: number;
  readonly value: Buffer;
}

/** Takes one element after the other. Throws Malformed; copies nothing, so that an announced length costs nothing. */
export class BerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The next element, or undefined at the end. */
  next(): Element | undefined {
    if (this.#at >= this.#bytes.length) return undefined;
    const span = spanOf(this.#bytes, this.#at);
    if (span === undefined || span === 'none' || span.end > this.#bytes.length) throw new Malformed();
    const tag = this.#bytes[this.#at] ?? 0;
    this.#at = span.end;
    return { tag, value: this.#bytes.subarray(span.start, span.end) };
  }

  /** The contents of the next element, which must have this tag. */
  take(tag: number): Buffer {
    const element = this.next();
    if (element?.tag !== tag) throw new Malformed();
    return element.value;
  }

  /** The contents of the next element, which must be an INTEGER or ENUMERATED of at most four bytes. */
  number(tag: number = berTags.integer): number {
    return numberOf(this.take(tag));
  }

  /** All that follow. */
  *rest(): Generator<Element> {
    for (let element = this.next(); element !== undefined; element = this.next()) yield element;
  }

  /** The contents of all that follow, which must be OCTET STRINGs, as texts. */
  texts(): readonly string[] {
    const found: string[] = [];
    while (this.#at < this.#bytes.length) found.push(this.take(berTags.octets).toString());
    return found;
  }
}

/** With its sign; at most four bytes. */
export function numberOf(value: Buffer): number {
  if (value.length === 0 || value.length > 4) throw new Malformed();
  return value.readIntBE(0, value.length);
}

/** Bytes of the element that begins here, its header included; undefined while that is not known, -1 when it cannot be. */
export function lengthOf(bytes: Buffer): number | undefined {
  const span = spanOf(bytes, 0);
  return span === 'none' ? -1 : span?.end;
}

/** Where the contents begin and end, be they there or not; undefined while the length is not, 'none' when it may not be. */
function spanOf(bytes: Buffer, at: number): { readonly start: number; readonly end: number } | 'none' | undefined {
  const first = bytes[at + 1];
  if (first === undefined) return undefined;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const size = first & 0x7f;
  // 0x80 is the indefinite form, which is forbidden. Longer than needed is not: Active Directory always writes four bytes.
  if (size === 0 || size > 4) return 'none';
  const start = at + 2 + size;
  return bytes.length < start ? undefined : { start, end: start + bytes.readUIntBE(at + 2, size) };
}

/** One element: tag, length in the shortest form, contents of at most 65,535 bytes. */
export function tlv(tag: number, ...contents: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(contents.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const { length } = body;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), body]);
}

/** From 0 to 2^31 - 1, in as few bytes as hold it with its sign. */
export function integer(number: number, tag: number = berTags.integer): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  let first = 0;
  while (first < 3 && bytes[first] === 0 && (bytes[first + 1] ?? 0) < 0x80) first += 1;
  return tlv(tag, bytes.subarray(first));
}
