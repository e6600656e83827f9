// The round of a group that is under way: a few numbers that every outcome of a member adds to.
import type { EpochMs } from '#model/time.ts';

/**
 * Eight numbers a group, those of all groups one behind the other: a quiet outcome touches one line of the processor's cache for each of its
 * groups, and allocates nothing.
 */
export const tallySize = 8;

/** When the round is over; -1 before the first. */
export const due = 0;
/** Members that could tell, failures expected of them when healthy, failures that began. */
export const members = 1;
export const expected = 2;
export const starts = 3;
/** When the latest outcome that was counted was due; -1 before the first. */
export const lastAt = 4;
/** 0 while the group is quiet, 1 from the round on in which its evidence pages, 2 while its incident is open. */
export const stirring = 5;
/** What was due before this time is counted already: a replay after a restart begins here. -1 in a process that goes on. */
export const from = 6;
/** When a failure began last that many members shared; -1 before the first. */
export const sharedAt = 7;

/** `place` groups stand before this one in the list. */
export function tallyOf(tallies: Float64Array, place: number): Float64Array {
  return tallies.subarray(place * tallySize, (place + 1) * tallySize);
}

export function freshTally(): Float64Array {
  return Float64Array.of(-1, 0, 0, 0, -1, 0, -1, -1);
}

/** One outcome of a member that could tell; `base`: where the group's numbers begin. */
// oxlint-disable-next-line max-params -- the per-probe path allocates nothing, so no object of arguments
export function count(tallies: Float64Array, base: number, at: EpochMs, rate: number): void {
  tallies[base + members] = (tallies[base + members] as number) + 1;
  tallies[base + expected] = (tallies[base + expected] as number) + rate;
  if (at > (tallies[base + lastAt] as number)) tallies[base + lastAt] = at;
}

/** Under what names they are saved; what is missing is known from the plan and the rest. */
export const saved: readonly (readonly [string, number])[] = [
  ['members', members],
  ['expected', expected],
  ['starts', starts],
  ['lastAt', lastAt],
  ['sharedAt', sharedAt],
];
