// Undoes a content coding that the server insists on, with a bound on what comes out.
import { brotliDecompress, gunzip, inflateRaw, inflate as inflateZlib } from 'node:zlib';
import { ProbeFailure } from './contract.ts';

type Inflater = (bytes: Buffer, limit: number, signal: AbortSignal) => Promise<Buffer>;

/**
 * The body without its content coding: gzip, deflate (with or without zlib's header) or br, one coding only. At most `limit` bytes
 * come out; more is ProbeFailure `content`, a broken or unknown coding `protocol`. Ends at the signal.
 */
export async function inflate(body: Buffer, coding: string, limit: number, signal: AbortSignal): Promise<Buffer> {
  const name = coding.trim().toLowerCase();
  if (name === '' || name === 'identity' || body.length === 0) return body;
  const inflater = inflaters[name];
  if (inflater === undefined) throw new ProbeFailure('protocol', 'the body has a content coding that was not asked for and is not known');
  try {
    return await inflater(body, limit, signal);
  } catch (error) {
    // Our own abort; else zlib's errors have codes: ERR_BUFFER_TOO_LARGE is the bound, everything else is broken data.
    if (signal.aborted || !(error instanceof Error) || !('code' in error)) throw error;
    if (error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new ProbeFailure('content', `the inflated body is larger than ${limit} bytes`, { cause: error });
    }
    throw new ProbeFailure('protocol', `the body is not valid ${name}`, { cause: error });
  }
}

const inflaters: Readonly<Record<string, Inflater>> = {
  gzip: (...args) => run(gunzip, ...args),
  'x-gzip': (...args) => run(gunzip, ...args),
  // RFC 9110 8.4.1.2: some servers leave the zlib header out; its low four bits are 8 (RFC 1950 2.2).
  deflate: (bytes, ...rest) => run(((bytes[0] ?? 0) & 0x0f) === 8 ? inflateZlib : inflateRaw, bytes, ...rest),
  br: (...args) => run(brotliDecompress, ...args),
};

type OneShot = (
  bytes: Buffer,
  options: { readonly maxOutputLength: number },
  done: (error: Error | null, inflated: Buffer) => void,
) => void;

function run(inflater: OneShot, ...[bytes, limit, signal]: Parameters<Inflater>): Promise<Buffer> {
  return new Promise((settle, reject) => {
    // The work on the thread pool cannot be cut; it is bounded, and what it gives is dropped.
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    inflater(bytes, { maxOutputLength: limit }, (error, inflated) => {
      signal.removeEventListener('abort', onAbort);
      if (error) reject(error);
      else settle(inflated);
    });
  });
}
