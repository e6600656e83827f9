// Which members of a group are slow now: those found so lately, and those on the way to it.
import { type DurationMs, type EpochMs, hourMs } from '#model/time.ts';
import { slowRatio } from '../detect/slow.ts';
import type { Member } from '../group/scene.ts';
import { isOpen } from '../incident/lifecycle.ts';
import type { EndpointState } from '../state.ts';

/** On the way to it: so much of the evidence that a page needs, from so many slow answers that count. */
const suspicious = 1e-3;
const fewestCounted = 2;
/** Slowness that began so lately belongs together. */
const together: DurationMs = hourMs;

/** Found slow lately, or on the way to it; not what has been slow for long. */
export function isSlowNow({ watch, own: { slow } }: Member, at: EpochMs): boolean {
  const { test, course, within } = slow;
  if (within !== '') return false;
  if (isOpen(course)) return at - course.openedAt <= together;
  return test.open === 1 || (test.counted >= fewestCounted && slowRatio(watch.slow, test) >= suspicious);
}

/** Failing, a group that fails, or maintenance. */
export function isOtherwiseExplained({ course, ties, maintenance, detector }: EndpointState): boolean {
  return isOpen(course) || ties.within !== '' || maintenance !== null || detector.course !== 'up';
}
