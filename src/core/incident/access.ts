// An endpoint that refuses our credentials is left alone for ever longer: a wrong password must not lock an account.
import type { ProbeResult } from '#model/result.ts';
import { type DurationMs, dayMs, type EpochMs, minuteMs } from '#model/time.ts';

/** Refusals in a row after which the endpoint is left alone; a single one counts like every failure. */
const refusalsToPause = 2;
const firstPause: DurationMs = 15 * minuteMs;
export const longestPause: DurationMs = dayMs;

/** Plain JSON; changed in place. */
export interface Access {
  /** Refusals in a row. */
  refusals: number;
  /** When the first of them was due; -1 without any. */
  since: EpochMs;
  /** The latest said that the account is locked. */
  locked: boolean;
  /** Pauses since the last answer that took the credentials. */
  pauses: number;
  /** End of the pause under way, or of one that no result has ended yet; null without one. */
  until: EpochMs | null;
}

export function freshAccess(): Access {
  return { refusals: 0, since: -1, locked: false, pauses: 0, until: null };
}

/**
 * One more result of an endpoint that sends credentials. `paused`: leave it alone until `access.until`; `admitted`: the first good answer
 * after a pause; '' otherwise. Failures of other kinds end the row of refusals and prove nothing about the credentials.
 */
export function answer(access: Access, result: ProbeResult): 'paused' | 'admitted' | '' {
  if (result.outcome === 'ok') {
    const waited = access.pauses > 0;
    Object.assign(access, freshAccess());
    return waited ? 'admitted' : '';
  }
  if (result.reason === 'internal') return '';
  if (result.reason !== 'auth') {
    access.refusals = 0;
    if (access.pauses === 0) access.since = -1;
    access.until = null;
    return '';
  }
  access.refusals += 1;
  if (access.since < 0) access.since = result.scheduledAt;
  access.locked = result.locked === true;
  if (access.refusals < refusalsToPause && access.pauses === 0 && !access.locked) return '';
  access.until = result.scheduledAt + Math.min(longestPause, firstPause * 2 ** access.pauses);
  access.pauses = Math.min(access.pauses + 1, 30);
  return 'paused';
}
