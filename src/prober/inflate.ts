// Undoes a content coding that the server insists on, with a bound on what comes out.
import { brotliDecompress, gunzip, inflateRaw, inflate as inflateZlib } from 'node:zlib';
import { ProbeFailure } from './contract.ts';

type Inflater = (bytes: Buffer, limit: number) => Promise<Buffer>;

/**
 * The body without its content coding: gzip, deflate (with or without zlib's header) or br, one coding only. At most `limit` bytes
 * come out; more is ProbeFailure `content`, a broken or unknown coding `protocol`.
 */
export async function inflate(body: Buffer, coding: string, limit: number): Promise<Buffer> {
  const name = coding.trim().toLowerCase();
  if (name === '' || name === 'identity' || body.length === 0) return body;
  const inflater = inflaters[name];
  if (inflater === undefined) throw new ProbeFailure('protocol', 'the body has a content coding that was not asked for and is not known');
  try {
    return await inflater(body, limit);
  } catch (error) {
    // zlib's errors have codes; ERR_BUFFER_TOO_LARGE is the bound, everything else is broken data.
    if (!(error instanceof Error) || !('code' in error)) throw error;
    if (error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new ProbeFailure('content', `the inflated body is larger than ${limit} bytes`, { cause: error });
    }
    throw new ProbeFailure('protocol', `the body is not valid ${name}`, { cause: error });
  }
}

const inflaters: Readonly<Record<string, Inflater>> = {
  gzip: (bytes, limit) => run(gunzip, bytes, limit),
  'x-gzip': (bytes, limit) => run(gunzip, bytes, limit),
  // RFC 9110 8.4.1.2: some servers leave the zlib header out; its low four bits are 8 (RFC 1950 2.2).
  deflate: (bytes, limit) => run(((bytes[0] ?? 0) & 0x0f) === 8 ? inflateZlib : inflateRaw, bytes, limit),
  br: (bytes, limit) => run(brotliDecompress, bytes, limit),
};

type OneShot = (
  bytes: Buffer,
  options: { readonly maxOutputLength: number },
  done: (error: Error | null, inflated: Buffer) => void,
) => void;

function run(inflater: OneShot, bytes: Buffer, limit: number): Promise<Buffer> {
  return new Promise((settle, reject) => {
    inflater(bytes, { maxOutputLength: limit }, (error, inflated) => {
      if (error) reject(error);
      else settle(inflated);
    });
  });
}
