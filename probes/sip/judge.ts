// Whether a final answer to OPTIONS proves life. Pure.
import type { Failure } from '#prober/door.ts';
import type { Response } from './wire.ts';

/** `404`, or `6xx` for all of a class. */
export type Alive = number | `${2 | 3 | 4 | 5 | 6}xx`;

/** Undefined: well. 2xx is always well, other codes where `alive` names them. The answer is final and to our request already. */
export function judge({ code, retryAfter }: Pick<Response, 'code' | 'retryAfter'>, alive: readonly Alive[]): Failure | undefined {
  if (code < 300 || alive.some((each) => each === code || each === `${Math.floor(code / 100)}xx`)) return undefined;
  const later = retryAfter === undefined ? '' : `; asks to come back after ${retryAfter} s`;
  const told = (reason: Failure['reason'], meaning: string): Failure => ({ reason, message: `${meaning} (${code})${later}` });
  const refusal = authMeanings[code];
  if (refusal !== undefined) return told('auth', refusal);
  return told('rejected', meanings[code] ?? (code < 500 ? 'understood, and refused' : 'the server says that it failed'));
}

const authMeanings: Readonly<Record<number, string>> = {
  401: 'the server wants a log-in',
  403: 'the server knows the request and forbids it',
  407: 'the proxy wants a log-in',
};

/** RFC 3261 21. */
const meanings: Readonly<Record<number, string>> = {
  408: 'the proxy answers, but what stands behind it did not in time',
  500: 'the server broke inside',
  502: 'the proxy answers, but what stands behind it answered nonsense',
  503: 'alive, and turning requests away: overloaded or in maintenance',
  504: 'the proxy answers, but what stands behind it did not in time',
};
