// When a group's incident opens: which of the groups that overlap it is, what it takes over, what it makes others forget.
import { type DurationMs, type EpochMs, minuteMs } from '#model/time.ts';
import * as detect from '../detect/detector.ts';
import { closeGroup, explanation, openGroup } from '../detect/group.ts';
import { isFault, isOpen } from '../incident/lifecycle.ts';
import type { EndpointState, Line } from '../state.ts';
import { giveBack } from './course.ts';
import { onsetOf, openLine, takeGroup } from './line.ts';
import { type GroupScene, groupScene, membersOf } from './scene.ts';
import { together } from './standing.ts';
import { attach, type Moment, reattach } from './ties.ts';

/** Ends an endpoint's own incident, since a group's explains it. */
export type Join = (member: Moment, why: string) => void;

/** So many members have a part in what is told of as one. */
export const fewestIll = 3;
/** Estimated onsets are off by so much. */
const sameOnset: DurationMs = 10 * minuteMs;

/** The group that explains best what made this one cross, of those that share members with it; undefined where none has enough of them. */
export function bestNear(scene: GroupScene): GroupScene | undefined {
  const best = likeliest(scene, [...placesNear(scene).keys()]);
  return best === undefined ? undefined : whole(best);
}

/** Groups that share members with this one, and how many. */
function placesNear({ watch }: GroupScene): ReadonlyMap<number, number> {
  const near = new Map<number, number>();
  for (const { groups } of watch.members) for (const place of groups) near.set(place, (near.get(place) ?? 0) + 1);
  return near;
}

/** Of these groups the one whose members' failures it explains best, the smallest of equals; undefined where none has enough of them. */
export function likeliest(moment: Pick<Moment, 'engine' | 'state' | 'at' | 'events'>, places: readonly number[]): GroupScene | undefined {
  let best: GroupScene | undefined;
  let most = 0;
  for (const place of places.toSorted((a, b) => a - b)) {
    const scene = groupScene(moment, place);
    const { score } = explanation(scene.record.test);
    if (score > most && !isOpen(scene.record.course) && contributors(scene) >= fewestIll) [best, most] = [scene, score];
  }
  return best;
}

/** A group of which a part was found just now: two parts of one whole that fail at the same time have one cause. */
export function whole(scene: GroupScene): GroupScene {
  const since = onsetOf(scene);
  const size = scene.watch.members.length;
  // The smallest first, as the engine has them.
  for (const [place, shared] of [...placesNear(scene)].toSorted(([a], [b]) => a - b)) {
    const wider = groupScene(scene, place);
    if (shared < size || wider.watch.members.length <= size || isOpen(wider.record.course)) continue;
    if (groupsWithin(wider).some(({ record }) => Math.abs((record.course?.onset ?? 0) - since) <= sameOnset)) return wider;
  }
  return scene;
}

/** Members whose failures made the group suspicious. */
function contributors(scene: GroupScene): number {
  const since = onsetOf(scene);
  let count = 0;
  for (const { own } of membersOf(scene)) if (own.ties.beganAt >= since) count += 1;
  return count;
}

/** Opens the incident of the group. The oldest of the incidents that it takes over goes on as its own; the others end as joined. */
export function openTogether(scene: GroupScene, join: Join): void {
  const { record } = scene;
  const onset = onsetOf(scene);
  const ill = [...membersOf(scene)].filter(({ own }) => belongs(own, onset));
  const narrower = groupsWithin(scene);
  const since = Math.min(onset, ...ill.map(({ own }) => own.detector.since));
  const lines = [...narrower.map((inner) => inner.record), ...ill.map(({ own }) => own)];
  // Slowness that becomes failing goes on as one incident, for a group as for an endpoint.
  const taken = takeOldest([...lines, ...[record, ...lines].map(({ slow }) => slow)]);
  for (const { own } of ill) attach(scene, own);
  for (const inner of narrower) for (const id of inner.record.attached.splice(0)) reattach(scene, id);
  openGroup(record.test);
  for (const { own } of membersOf(scene)) detect.freeze(own.detector, true);
  forgetOthers(scene);
  openLine(scene, since, taken);
  const why = `joined to ${record.course?.id ?? ''}`;
  for (const inner of narrower) {
    if (isOpen(inner.record.course)) {
      takeGroup(inner, 'resolved', why);
      giveBack(inner);
    }
    closeGroup(inner.record.test);
  }
  const { engine, state, at, events } = scene;
  for (const { watch, own } of ill) if (isOpen(own.course)) join({ engine, state, watch, own, at, events }, why);
}

/** The oldest incident that is open of these; its line is then without one. */
function takeOldest(lines: readonly Line[]): Line | null {
  const [oldest] = lines.filter(({ course }) => isOpen(course)).toSorted((a, b) => openedAt(a) - openedAt(b));
  if (oldest === undefined) return null;
  const taken = { course: oldest.course, notices: oldest.notices };
  oldest.course = null;
  oldest.notices = null;
  return taken;
}

/** Faulty, and since about the same time. */
function belongs({ detector, course, maintenance, ties }: EndpointState, onset: EpochMs): boolean {
  if (maintenance !== null || ties.within !== '' || !(isFault(detector.state) || detector.state === 'recovering')) return false;
  return !isOpen(course) || course.openedAt >= onset - together || course.onset >= onset - sameOnset;
}

function openedAt({ course }: Line): EpochMs {
  return course?.openedAt ?? Number.POSITIVE_INFINITY;
}

/** Open incidents of groups all of whose members are members of this one. */
function groupsWithin(scene: GroupScene): readonly GroupScene[] {
  return [...placesNear(scene)]
    .toSorted(([a], [b]) => a - b)
    .map(([place, shared]) => ({ shared, inner: groupScene(scene, place) }))
    .filter(({ shared, inner }) => inner.record !== scene.record && isOpen(inner.record.course) && shared === inner.watch.members.length)
    .map(({ inner }) => inner);
}

/** What the groups beside it had gathered was this fault: it must not page again as another. */
function forgetOthers(scene: GroupScene): void {
  for (const place of placesNear(scene).keys()) {
    const { record } = groupScene(scene, place);
    if (record !== scene.record && !isOpen(record.course)) closeGroup(record.test);
  }
}
