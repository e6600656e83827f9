// Who may change something: named bearer tokens, of which only hashes are known.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { TokenPlan } from '#model/plan.ts';

export type Right = TokenPlan['rights'][number];

/** Longest token that is looked at, characters. */
const tokenLimit = 1024;

/** Who asks, or why not: `unknown` is 401, `forbidden` is 403. */
export type Permission =
  | { readonly granted: true; readonly token: string }
  | { readonly granted: false; readonly why: 'unknown' | 'forbidden'; readonly token: string };

/** Compares in constant time with every token, so that neither the time nor the answer says which one was nearly right. */
export function permission(authorization: string | undefined, tokens: readonly TokenPlan[], right: Right): Permission {
  const given = /^Bearer +(\S+) *$/i.exec(authorization?.slice(0, tokenLimit) ?? '')?.[1];
  if (given === undefined) return { granted: false, why: 'unknown', token: '' };
  const hash = createHash('sha256').update(given, 'utf8').digest();
  let found: TokenPlan | undefined;
  for (const token of tokens) {
    const known = Buffer.from(token.sha256, 'hex');
    if (known.length === hash.length && timingSafeEqual(known, hash)) found = token;
  }
  if (found === undefined) return { granted: false, why: 'unknown', token: '' };
  return found.rights.includes(right) ? { granted: true, token: found.name } : { granted: false, why: 'forbidden', token: found.name };
}
