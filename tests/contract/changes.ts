// Changes of a true answer on its way: bytes that turn, go, come, come twice, or end it. They reach the deep states of a codec.
import * as fc from 'fast-check';
import type { Changed, Ear } from '../support/far-ends/middle.ts';

export type Change = { readonly connection: number /** Of all that the far end says on it, 0 to 1. */; readonly place: number } & What;

type What =
  | { readonly do: 'turn'; readonly mask: number }
  | { readonly do: 'cut'; readonly count: number }
  | { readonly do: 'insert'; readonly bytes: Uint8Array }
  | { readonly do: 'repeat'; readonly count: number }
  /** These bytes in the place of all that follows, then the end. */
  | { readonly do: 'replace'; readonly bytes: Uint8Array }
  /** What follows comes in a piece of its own. */
  | { readonly do: 'split' }
  | { readonly do: 'close' }
  | { readonly do: 'reset' };

const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 });
const what: fc.Arbitrary<What> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 255 }).map((mask): What => ({ do: 'turn', mask })) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 40 }).map((count): What => ({ do: 'cut', count })) },
  { weight: 2, arbitrary: bytes.map((inserted): What => ({ do: 'insert', bytes: inserted })) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 40 }).map((count): What => ({ do: 'repeat', count })) },
  { weight: 3, arbitrary: bytes.map((instead): What => ({ do: 'replace', bytes: instead })) },
  fc.constantFrom<What>({ do: 'split' }, { do: 'close' }, { do: 'reset' }),
);
// Without the bias to the smallest: every place as often as another.
const place = fc.noBias(fc.integer({ min: 0, max: 9999 })).map((tenThousandth) => tenThousandth / 10_000);

/** One to three changes of one conversation. */
export const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.tuple(fc.nat(7), place, what).map(([connection, where, one]): Change => ({ connection, place: where, ...one })),
  { minLength: 1, maxLength: 3 },
);

/** Changes one stream of answers, piece by piece. */
export class Changer implements Ear {
  readonly #changes: (What & { readonly at: number })[];
  readonly quietMs: number;
  #offset = 0;
  #skip = 0;

  /** `length`: of the whole stream when nothing is changed. */
  constructor(all: readonly Change[], length: number, quietMs: number) {
    this.quietMs = quietMs;
    this.#changes = all.map((change) => ({ ...change, at: Math.floor(change.place * (length + 1)) })).toSorted((a, b) => a.at - b.at);
  }

  pass(piece: Buffer): Changed {
    const pieces: Buffer[] = [];
    let from = 0;
    let changed = this.#skip > 0;
    const upTo = (to: number) => {
      const skipped = Math.min(this.#skip, to - from);
      this.#skip -= skipped;
      if (to > from + skipped) pieces.push(piece.subarray(from + skipped, to));
      from = to;
    };
    for (let [next] = this.#changes; next !== undefined && next.at <= this.#offset + piece.length; [next] = this.#changes) {
      const at = Math.max(0, next.at - this.#offset);
      // A byte must be there to be turned or to come twice.
      if (at === piece.length && (next.do === 'turn' || next.do === 'repeat')) break;
      this.#changes.shift();
      changed = true;
      upTo(Math.max(from, at));
      const end = this.#apply(next, piece.subarray(at), pieces);
      if (end !== undefined) return { pieces, end, changed };
    }
    upTo(piece.length);
    this.#offset += piece.length;
    return { pieces, changed };
  }

  #apply(change: What, rest: Buffer, pieces: Buffer[]): Changed['end'] {
    if (change.do === 'turn') {
      pieces.push(Buffer.of((rest[0] ?? 0) ^ change.mask));
      this.#skip += 1;
    }
    if (change.do === 'cut') this.#skip += change.count;
    if (change.do === 'insert' || change.do === 'replace') pieces.push(Buffer.from(change.bytes));
    if (change.do === 'repeat') pieces.push(rest.subarray(0, change.count));
    if (change.do === 'split') pieces.push(Buffer.alloc(0));
    if (change.do === 'replace') return 'close';
    return change.do === 'close' || change.do === 'reset' ? change.do : undefined;
  }
}
