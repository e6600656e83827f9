// Restarts that come every day at about the same hour and outlast the grace: seen twice, they are the endpoint's way, and page no more.
// Nothing is hidden by it: a run of failures at that hour pages as soon as it is one probe longer than the longest that was learned.
import { type DurationMs, dayMs, type EpochMs, minuteMs } from '#model/time.ts';
import { frozen, maintained } from './marks.ts';
import type { Stretch } from './onset.ts';

/** A longer run is an outage, and is never learned. */
const longestRestart: DurationMs = 5 * minuteMs;
/** About the same hour: so far from the whole days since the latest one. It outlasts a clock that changes for the summer. */
const sameHour: DurationMs = 75 * minuteMs;
/** Seen on so many days in a row it is a habit; without it for so many it is forgotten. */
const leastDays = 2;
const daysKept = 3;

/** One number has room for the habit: the minute at which the latest began, on how many days it was seen, and of how many probes it was. */
const mostDays = 7;
const mostProbes = 63;
const dayRoom = mostDays + 1;
const probeRoom = mostProbes + 1;

export interface Habit {
  /** ((minute since 1970) * 8 + days) * 64 + probes, 0 for none. */
  habit: number;
}

interface Run {
  readonly run: number;
  readonly runStart: EpochMs;
}

/** Whether the present run of failures is no longer than the restart that is usual at this hour. */
export function isUsual({ habit, run, runStart }: Habit & Run): boolean {
  return habit > 0 && run <= habit % probeRoom && daysOf(habit) >= leastDays && isDue(habit, runStart);
}

/** A run of failures has ended. One of an intermittent fault, of a group's incident or in maintenance is no habit. */
export function learnRun(state: Habit & Run & Stretch, interval: DurationMs, grace: DurationMs): void {
  const { habit, run, runStart, episodes, marks } = state;
  if (episodes > 1 || (marks & (frozen | maintained)) !== 0) return;
  const lasted = (run - 1) * interval;
  if (lasted < grace || lasted > longestRestart || run > mostProbes) return;
  if (isDue(habit, runStart)) {
    const isSame = runStart - beganAt(habit) < sameHour;
    const days = isSame ? daysOf(habit) : Math.min(mostDays, daysOf(habit) + 1);
    state.habit = pack(runStart, days, Math.max(run, habit % probeRoom));
  } else if (daysOf(habit) < leastDays || isOver(habit, runStart)) state.habit = pack(runStart, 1, run);
}

/** A whole number of days after the latest, or soon after it. */
function isDue(habit: number, at: EpochMs): boolean {
  if (habit === 0 || isOver(habit, at)) return false;
  const since = (at - beganAt(habit)) % dayMs;
  return since < sameHour || since > dayMs - sameHour;
}

/** Forgotten; or learned by a clock that was ahead. */
function isOver(habit: number, at: EpochMs): boolean {
  const since = at - beganAt(habit);
  return since < 0 || since > daysKept * dayMs + sameHour;
}

function beganAt(habit: number): EpochMs {
  return Math.floor(habit / (dayRoom * probeRoom)) * minuteMs;
}

function daysOf(habit: number): number {
  return Math.floor(habit / probeRoom) % dayRoom;
}

function pack(at: EpochMs, days: number, probes: number): number {
  return (Math.floor(at / minuteMs) * dayRoom + days) * probeRoom + probes;
}
