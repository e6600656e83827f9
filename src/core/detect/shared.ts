// Failures that many members share for a moment: the network of the prober blinked, or something before all of them. They say that one
// thing happened once, neither that the group fails more than it did nor that any of its members does.
import type { EpochMs } from '#model/time.ts';
import * as tally from './tally.ts';

/** So many members, and this share of those that could tell, begin to fail within two rounds. */
const fewest = 3;
const leastShare = 0.3;
/** A blink is over at the next probe for so many of them. */
const endedShare = 0.9;
/** Rounds after which it is taken for a fault where that is not known. */
const mostRounds = 3;

/** What a group remembers of the latest rounds. Plain JSON. */
export interface Shared {
  /** Members that could tell in the round before, and failures that began in it. */
  membersBefore: number;
  startsBefore: number;
  /** Since the round before began: members whose failure was over at the next probe, and those that failed once more. */
  ended: number;
  stayed: number;
  /** Rounds since many began to fail, 0 while none did; how many did. */
  pending: number;
  pendingStarts: number;
}

export function freshShared(): Shared {
  return { membersBefore: 0, startsBefore: 0, ended: 0, stayed: 0, pending: 0, pendingStarts: 0 };
}

/** A failure began in the round under way. */
export function begin(shared: Shared, own: Float64Array, at: EpochMs): void {
  const begun = (own[tally.starts] as number) + shared.startsBefore;
  const able = Math.max(own[tally.members] as number, shared.membersBefore);
  if (begun >= fewest && begun >= leastShare * able) own[tally.sharedAt] = at;
}

/** The round that began at `round` is over. Returns what is known now: `pending` while it is not known whether it was a blink. */
export function endRound(shared: Shared, own: Float64Array, round: EpochMs): 'nothing' | 'began' | 'pending' | 'blink' | 'fault' {
  const begun = own[tally.starts] as number;
  const isNew = shared.pending === 0 && (own[tally.sharedAt] as number) >= round;
  if (isNew) shared.pendingStarts = shared.startsBefore + begun;
  else if (shared.pending > 0) shared.pendingStarts += begun;
  shared.membersBefore = own[tally.members] as number;
  shared.startsBefore = begun;
  if (!isNew && shared.pending === 0) {
    shared.ended = 0;
    shared.stayed = 0;
    return 'nothing';
  }
  shared.pending += 1;
  const found = judge(shared);
  if (found !== 'pending') settle(shared);
  return isNew && found === 'pending' ? 'began' : found;
}

function judge({ pending, pendingStarts, ended, stayed }: Shared): 'pending' | 'blink' | 'fault' {
  if (stayed > (1 - endedShare) * pendingStarts || pending > mostRounds) return 'fault';
  return ended >= endedShare * pendingStarts ? 'blink' : 'pending';
}

/** Nothing is pending any more. */
export function settle(shared: Shared): void {
  Object.assign(shared, freshShared(), { membersBefore: shared.membersBefore });
}
