// Many endpoints, one cause: what the members' outcomes say together, and when a group's incident opens (detection.md 7).
import { type DurationMs, type EpochMs, minuteMs, secondMs } from '#model/time.ts';
import * as detect from '../detect/detector.ts';
import { binOf, healthyRate } from '../detect/estimate.ts';
import { closeGroup, contribute, explanation, isSteady, openGroup, suspicion } from '../detect/group.ts';
import { isFault, isOpen } from '../incident/lifecycle.ts';
import type { EndpointState, EngineState, GroupRecord, Line } from '../state.ts';
import type { Engine, GroupWatch } from '../watch.ts';
import { giveBack } from './course.ts';
import { type GroupScene, groupScene, introduceGroup, type Member, membersOf, onsetOf, openLine, takeGroup } from './line.ts';
import { attach, coverOf, isWorse, type Moment, reattach } from './ties.ts';

/** Ends an endpoint's own incident, since a group's explains it. */
type Join = (member: Moment, why: string) => void;

/** A member counts once in so much time: one bad endpoint must not make its group suspicious. */
const memory: DurationMs = 5 * minuteMs;
/** An endpoint's first page waits for its groups at most so long, and at most one interval. */
const longestHold: DurationMs = 30 * secondMs;
/** S/A from which on a group is suspicious: where one endpoint is no longer quiet. */
const suspicious = 0.0003;
/** From here on a second member that is ill is enough. */
const confirming = 0.01;
/** So many members, and this share of them, fail at the same time: the group is what failed. */
const fewestIll = 3;
const leastShare = 0.3;
/** Trouble that began so lately belongs together. */
const together: DurationMs = 2 * minuteMs;
/** Estimated onsets are off by so much. */
const sameOnset: DurationMs = 10 * minuteMs;

/**
 * Before the detector takes an outcome: what it tells the groups of the endpoint. Only an outcome that follows a success tells anything, and
 * inside an open incident only its own group hears of it. Returns false where all of them are quiet, as they nearly always are.
 */
export function tellGroups({ engine, state, watch, own, at }: Moment, failed: boolean, timeOfDay: DurationMs): boolean {
  const { detector, ties } = own;
  const { groups } = watch;
  if (groups.length === 0) return false;
  if (!tells(own, at, watch.plan.timing.interval)) return true;
  const cover = coverOf(state, watch, ties.within);
  if (cover < 0 && detector.course !== 'up') return true;
  const rate = healthyRate(detector, binOf(timeOfDay));
  let stirred = cover >= 0;
  // The per-probe path: places, not scenes.
  for (let i = 0; i < groups.length; i += 1) {
    const place = groups[i] as number;
    if (cover >= 0 && place !== cover) continue;
    const { test } = engine.groups[place] as GroupWatch;
    const record = state.groups[place] as GroupRecord;
    contribute(test, record.test, at, rate, failed);
    if (record.test.sum >= test.threshold) stirred = true;
  }
  if (failed) ties.beganAt = at;
  return stirred;
}

/** It follows a success, and counts. An extra probe was made because of a failure: it is no fair sample of the group's members. */
function tells({ detector, maintenance, ties }: EndpointState, at: EpochMs, interval: DurationMs): boolean {
  if (maintenance !== null || at <= detector.lastAt || at - ties.beganAt < memory) return false;
  return detect.followsSuccess(detector) && !detect.isExtra(detector, at, interval);
}

/**
 * After the detector took an outcome, before the endpoint's own incident takes its step: whether a group explains the trouble, or the page
 * waits for what the groups say. May open a group's incident.
 */
export function consult(moment: Moment, join: Join): void {
  const { engine, state, watch, own } = moment;
  const { groups } = watch;
  for (let i = 0; i < groups.length; i += 1) if (crossed(engine, state, groups[i] as number)) openBest(moment, groups[i] as number, join);
  if (!isFault(own.detector.state) || isOpen(own.course) || own.ties.within !== '' || own.maintenance !== null) return;
  const cover = coverOf(state, watch, '');
  if (cover < 0) claim(moment, join);
  else accept(groupScene(moment, cover), { watch, own });
}

/** A fault that no group explains yet: it opens its group's incident, or its page waits, or it stands alone. */
function claim(moment: Moment, join: Join): void {
  const { watch, own, at } = moment;
  if (own.ties.heldUntil !== null && at >= own.ties.heldUntil) return;
  const mass = massOf(moment);
  if (mass !== undefined) openTogether(mass, join);
  else if (own.ties.heldUntil === null && isSuspicious(moment)) own.ties.heldUntil = at + Math.min(longestHold, watch.plan.timing.interval);
}

/** The open incident takes one more member: those who look after that one hear of it. */
function accept(scene: GroupScene, { watch, own }: Member): void {
  if (!explains(scene, own)) return;
  attach(scene, own);
  introduceGroup(scene, [watch]);
}

/** Not what goes on when the group is steady, nor what is worse than the group. */
function explains(scene: GroupScene, own: EndpointState): boolean {
  return own.ties.apart === null && !isSteady(scene.record.test) && !isWorse(scene, own);
}

/** What `decide` is told of the groups. */
export function coverFor({ own, at }: Moment): '' | 'held' | 'explained' {
  if (own.ties.within !== '') return 'explained';
  return own.ties.heldUntil !== null && at < own.ties.heldUntil ? 'held' : '';
}

function crossed(engine: Engine, state: EngineState, place: number): boolean {
  const record = state.groups[place] as GroupRecord;
  return record.test.sum >= (engine.groups[place] as GroupWatch).test.threshold && !isOpen(record.course);
}

/** The group that explains best what made this one cross, of those that share members with it. */
function openBest(moment: Moment, place: number, join: Join): void {
  const { engine } = moment;
  const crossing = new Set(engine.groups[place]?.members);
  const near = [...engine.groups.keys()].filter((other) => engine.groups[other]?.members.some((member) => crossing.has(member)) === true);
  const best = likeliest(moment, near);
  if (best !== undefined) openTogether(whole(best), join);
}

/** Of these groups the one whose members' failures it explains best, the smallest of equals; undefined where none has enough of them. */
function likeliest(moment: Moment, places: readonly number[]): GroupScene | undefined {
  let best: GroupScene | undefined;
  let most = 0;
  for (const place of places) {
    const scene = groupScene(moment, place);
    const { score } = explanation(scene.record.test);
    if (score > most && !isOpen(scene.record.course) && contributors(scene) >= fewestIll) [best, most] = [scene, score];
  }
  return best;
}

/** A group of which a part was found just now: two parts of one whole that fail at the same time have one cause. */
function whole(scene: GroupScene): GroupScene {
  const since = onsetOf(scene);
  for (const place of scene.engine.groups.keys()) {
    const wider = groupScene(scene, place);
    if (wider.watch.members.length <= scene.watch.members.length || isOpen(wider.record.course)) continue;
    const members = new Set(wider.watch.members);
    if (!scene.watch.members.every((member) => members.has(member))) continue;
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

/** Where one of the endpoint's groups fails as a whole: the one that explains best what fails, or fits it best. */
function massOf(moment: Moment): GroupScene | undefined {
  const { watch } = moment;
  const illInAll = countIll(groupScene(moment, watch.groups.at(-1) ?? 0)).ill;
  let best: GroupScene | undefined;
  let bestFit = 0;
  for (const place of watch.groups) {
    const scene = groupScene(moment, place);
    const { ill, judged } = countIll(scene);
    if (!(ill >= fewestIll && ill >= leastShare * judged) && !isConfirmed(scene, ill)) continue;
    // How well "these are ill" and "these are its members" agree: twice the ill members over both counts.
    const fit = (2 * ill) / (judged + illInAll);
    if (fit > bestFit + 1e-9) [best, bestFit] = [scene, fit];
  }
  return best === undefined ? undefined : whole(likeliest(moment, watch.groups) ?? best);
}

/** Two at once in a group whose own test is on the way to a page. */
function isConfirmed({ watch, record }: GroupScene, ill: number): boolean {
  return ill >= 2 && suspicion(watch.test, record.test) >= confirming;
}

function countIll(scene: GroupScene): { readonly ill: number; readonly judged: number } {
  let ill = 0;
  let judged = 0;
  for (const { own } of membersOf(scene)) {
    if (own.maintenance !== null || own.detector.state === 'unknown') continue;
    judged += 1;
    if (isIllNow(own, scene.at)) ill += 1;
  }
  return { ill, judged };
}

/** In a run of failures, or found faulty just now; not what has been in an incident for long. */
function isIllNow({ detector, course, ties }: EndpointState, at: EpochMs): boolean {
  if (ties.within !== '') return false;
  if (isOpen(course)) return at - course.openedAt <= together;
  return detector.run >= 2 || isFault(detector.state);
}

function isSuspicious(moment: Moment): boolean {
  return moment.watch.groups.some((place) => {
    const scene = groupScene(moment, place);
    return suspicion(scene.watch.test, scene.record.test) >= suspicious || countIll(scene).ill >= 2;
  });
}

/** Opens the incident of the group. The oldest of the incidents that it takes over goes on as its own; the others end as joined. */
function openTogether(scene: GroupScene, join: Join): void {
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
  const members = new Set(scene.watch.members);
  return scene.engine.groups
    .map((_, place) => groupScene(scene, place))
    .filter(
      (inner) => inner.record !== scene.record && isOpen(inner.record.course) && inner.watch.members.every((one) => members.has(one)),
    );
}

/** What the groups beside it had gathered was this fault: it must not page again as another. */
function forgetOthers({ engine, state, record, watch }: GroupScene): void {
  const members = new Set(watch.members);
  engine.groups.forEach((other, place) => {
    const its = state.groups[place];
    if (its === undefined || its === record || isOpen(its.course)) return;
    if (other.members.some((member) => members.has(member))) closeGroup(its.test);
  });
}
