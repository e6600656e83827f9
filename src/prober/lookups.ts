// Name lookups of the operating system wait their turn here and not inside of libuv, so that one that never had a thread is told from one that hung.
import { type LookupOptions, lookup } from 'node:dns';
import { OwnTroubleError } from './contract.ts';
import { selfwatch } from './selfwatch.ts';

/** What libuv reads (threadpool.c): four threads unless the environment says otherwise; half of them, rounded up, at most for lookups. */
const defaultThreads = 4;
const mostThreads = 1024;

export function lookupThreads(environment: Readonly<Record<string, string | undefined>>): number {
  const said = Number.parseInt(environment['UV_THREADPOOL_SIZE'] ?? '', 10);
  const threads = Number.isNaN(said) ? defaultThreads : Math.min(Math.max(said, 1), mostThreads);
  return Math.floor((threads + 1) / 2);
}

/** How the system is asked: `dns.lookup`, or what stands for it in a test. */
export type Ask = (
  host: string,
  options: LookupOptions & { readonly all?: false },
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
) => void;

interface Found {
  readonly address: string;
  readonly family: 4 | 6;
}

/** At most as many under way as there are threads; the others first in, first out. */
export class Lookups {
  readonly #ask: Ask;
  readonly #most: number;
  readonly #waiting = new Set<() => void>();
  #open = 0;

  constructor(most: number, ask: Ask = lookup) {
    this.#most = most;
    this.#ask = ask;
  }

  /**
   * Rejects with the system's error. At the signal: with its reason where the system had been asked, which cannot be cut: it is left behind and
   * counted; with OwnTroubleError where no thread was ever free.
   */
  find(host: string, family: 0 | 4 | 6, signal: AbortSignal): Promise<Found> {
    const { promise, resolve, reject } = Promise.withResolvers<Found>();
    const start = () => {
      asked = true;
      this.#begin();
      this.#ask(host, { family, order: 'verbatim' }, (error, address, found) => {
        this.#end();
        signal.removeEventListener('abort', onAbort);
        if (error) reject(error);
        else resolve({ address, family: found === 6 ? 6 : 4 });
      });
    };
    const onAbort = () => {
      if (asked) selfwatch.abandonedLookups += 1;
      this.#waiting.delete(start);
      reject(
        asked ? signal.reason : new OwnTroubleError('lookups', `all ${this.#most} threads for name lookups hang: this one was never asked`),
      );
    };
    let asked = false;
    signal.addEventListener('abort', onAbort, { once: true });
    if (this.#open < this.#most) start();
    else this.#waiting.add(start);
    return promise;
  }

  #begin(): void {
    this.#open += 1;
    selfwatch.openLookups += 1;
  }

  #end(): void {
    this.#open -= 1;
    selfwatch.openLookups -= 1;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next();
  }
}

let ofProcess: Lookups | undefined;

/** The threads are the process's. */
export function systemLookups(): Lookups {
  ofProcess ??= new Lookups(lookupThreads(process.env));
  return ofProcess;
}
