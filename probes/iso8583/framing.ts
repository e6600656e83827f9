// Length headers of messages on a stream: no part of ISO 8583, and different with every host. Pure.

export const lengthHeaders = ['binary2', 'binary2_inclusive', 'bcd2', 'ascii4', 'hex4', 'binary2_zeros', 'binary2_etx'] as const;
export type LengthHeader = (typeof lengthHeaders)[number];

/** Length headers: how long they are, and what they count beside the message. */
const headers: Readonly<Record<LengthHeader, { readonly size: number; readonly counts: number; readonly trailer: number }>> = {
  binary2: { size: 2, counts: 0, trailer: 0 },
  binary2_inclusive: { size: 2, counts: 2, trailer: 0 },
  bcd2: { size: 2, counts: 0, trailer: 0 },
  ascii4: { size: 4, counts: 0, trailer: 0 },
  hex4: { size: 4, counts: 0, trailer: 0 },
  binary2_zeros: { size: 4, counts: 0, trailer: 0 },
  binary2_etx: { size: 2, counts: 1, trailer: 1 },
};

/** The message behind its length header. */
export function frame(header: LengthHeader, message: Buffer): Buffer {
  const { counts, trailer } = headers[header];
  return Buffer.concat([encodeLength(header, message.length + counts), message, Buffer.alloc(trailer, 3)]);
}

function encodeLength(header: LengthHeader, length: number): Buffer {
  if (header === 'ascii4') return Buffer.from(String(length).padStart(4, '0'), 'ascii');
  if (header === 'hex4') return Buffer.from(length.toString(16).toUpperCase().padStart(4, '0'), 'ascii');
  if (header === 'bcd2') return Buffer.from(String(length).padStart(4, '0'), 'hex');
  const bytesOf = Buffer.alloc(header === 'binary2_zeros' ? 4 : 2);
  bytesOf.writeUInt16BE(length, 0);
  return bytesOf;
}

/** Where the first message begins and where the frame ends; `keep_alive`: a frame without a message; undefined while its header is not complete. */
export type Framing =
  | { readonly kind: 'message'; readonly start: number; readonly end: number; readonly length: number }
  | { readonly kind: 'keep_alive'; readonly length: number }
  | { readonly kind: 'malformed' };

export function lookAtFrame(header: LengthHeader, heard: Buffer): Framing | undefined {
  const { size, counts, trailer } = headers[header];
  if (heard.length < size) return undefined;
  const said = decodeLength(header, heard);
  if (said === undefined) return { kind: 'malformed' };
  if (said === 0 && counts === 0) return { kind: 'keep_alive', length: size };
  const length = said - counts;
  if (length <= 0) return { kind: 'malformed' };
  return { kind: 'message', start: size, end: size + length, length: size + length + trailer };
}

function decodeLength(header: LengthHeader, heard: Buffer): number | undefined {
  const start = heard.toString('latin1', 0, 4);
  if (header === 'ascii4') return /^\d{4}$/.test(start) ? Number(start) : undefined;
  if (header === 'hex4') return /^[0-9A-Fa-f]{4}$/.test(start) ? Number.parseInt(start, 16) : undefined;
  if (header === 'bcd2') {
    const said = heard.toString('hex', 0, 2);
    return /^\d{4}$/.test(said) ? Number(said) : undefined;
  }
  if (header === 'binary2_zeros' && heard.readUInt16BE(2) !== 0) return undefined;
  return heard.readUInt16BE(0);
}
