// Values with a lifetime that outlive an attempt: access tokens. Kinds keep nothing; the prober lends, and says that it did.
import { createHash } from 'node:crypto';
import type { EpochMs } from '#model/time.ts';
import { Secret } from '#schema/secret.ts';

/** What is obtained, and until when it holds. */
export interface Obtained {
  readonly value: string;
  readonly expiresAt: EpochMs;
}

export interface Lent {
  readonly value: string;
  /** From an earlier attempt. False: obtained in this one. */
  readonly lent: boolean;
  /** The far end refused it: the next attempt obtains a new one. */
  takeBack(): void;
}

export interface Lender {
  /** The value kept under `parts` while it holds for `needed` milliseconds more, else what `obtain` gives; its errors come through. */
  lend(parts: readonly (string | Secret)[], need: { readonly now: EpochMs; readonly needed: number }, obtain: Obtain): Promise<Lent>;
}

export type Obtain = () => Promise<Obtained>;

/** More than any installation has clients; beyond it the oldest is forgotten. */
const mostKept = 10_000;
const longestValue = 65_536;

/** Two attempts that need the same value at once obtain one each: probes never wait for each other. */
export function createLender(): Lender {
  const kept = new Map<string, Obtained>();
  return {
    async lend(parts, { now, needed }, obtain) {
      const key = digest(parts);
      const known = kept.get(key);
      const back = (held: Obtained) => () => {
        if (kept.get(key) === held) kept.delete(key);
      };
      if (known !== undefined && known.expiresAt - now > needed) return { value: known.value, lent: true, takeBack: back(known) };
      const fresh = await obtain();
      kept.delete(key);
      if (fresh.expiresAt > now && fresh.value.length <= longestValue) {
        kept.set(key, fresh);
        const [oldest] = kept.keys();
        if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
      }
      return { value: fresh.value, lent: false, takeBack: back(fresh) };
    },
  };
}

function digest(parts: readonly (string | Secret)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part instanceof Secret ? `secret ${part.digest()}` : `text ${part.length} ${part}`).update('\n');
  return hash.digest('base64');
}
