// Slowness that several endpoints of a group share is told of as one: nobody is paged forty times for one name server.
//
// There is no test of groups for slowness: the incident of a group opens when a member's own test pages and several others of the group are slow
// too, or on the way to it. A blip of the prober's own, which makes all answers slow at once, is one slow answer for each endpoint, and a page
// needs four, two minutes apart.
import type { Event } from '#model/event.ts';
import type { EpochMs } from '#model/time.ts';
import { departedGroup } from '../compile.ts';
import { type Scene, slowness, take } from '../follow.ts';
import { scopeOf } from '../group/place.ts';
import { type GroupScene, groupScene, membersOf } from '../group/scene.ts';
import { incidentKey } from '../incident/key.ts';
import { begin, isOpen } from '../incident/lifecycle.ts';
import type { EndpointState, EngineState, GroupRecord, Line } from '../state.ts';
import type { Engine } from '../watch.ts';
import { slowMembers, takeSlow } from './groupline.ts';
import { isOtherwiseExplained, isSlowNow } from './suspect.ts';

/** So many members, and this share of them, are slow at the same time: the group is. */
const fewestSlow = 3;
const leastShare = 0.3;

/** Before the endpoint's own incident of slowness takes its step: whether that of a group explains it. May open one. */
export function consultSlow(scene: Scene): void {
  const { own, watch, state } = scene;
  const { slow } = own;
  if (slow.within !== '') leaveIfOver(scene);
  if (slow.test.open === 0 || isOpen(slow.course) || slow.within !== '' || isOtherwiseExplained(own)) return;
  const cover = watch.groups.find((place) => isOpen(state.groups[place]?.slow.course ?? null));
  if (cover !== undefined) attach(groupScene(scene, cover), own);
  else {
    const mass = massOf(scene);
    if (mass !== undefined) openTogether(mass);
  }
}

/** Of a group whose members are all as fast as usual, or are gone: its incident is over. Reminders. */
export function followSlowGroup(scene: GroupScene): void {
  const { course, notices } = scene.record.slow;
  if (!isOpen(course)) return;
  if (scene.at >= (notices?.remindAt ?? Number.POSITIVE_INFINITY)) takeSlow(scene, 'reminder');
}

function leaveIfOver(scene: Scene): void {
  const { own, state, engine } = scene;
  const place = engine.groups.findIndex(({ group }) => group.id === own.slow.within);
  const record = state.groups[place];
  if (record !== undefined && isOpen(record.slow.course) && own.slow.test.open === 1) return;
  own.slow.within = '';
  if (record === undefined || !isOpen(record.slow.course)) return;
  const group = groupScene(scene, place);
  // The last one is named in the resolve.
  if (record.slow.attached.length === 1) takeSlow(group, 'resolved');
  record.slow.attached.splice(record.slow.attached.indexOf(own.endpoint.id), 1);
}

function attach({ record }: GroupScene, own: EndpointState): void {
  own.slow.within = record.id;
  record.slow.attached.push(own.endpoint.id);
}

/** The group of the endpoint that fits best what is slow; undefined where none is slow as a whole. */
function massOf(scene: Scene): GroupScene | undefined {
  const { groups } = scene.watch;
  if (groups.length === 0) return undefined;
  const slowInAll = count(groupScene(scene, groups.at(-1) ?? 0)).slow;
  let best: GroupScene | undefined;
  let bestFit = 0;
  for (const place of groups) {
    const group = groupScene(scene, place);
    const { slow, judged } = count(group);
    if (slow < fewestSlow || slow < leastShare * judged) continue;
    // As for failing: how well "these are slow" and "these are its members" agree.
    const fit = (2 * slow) / (judged + slowInAll);
    if (fit > bestFit + 1e-9) [best, bestFit] = [group, fit];
  }
  return best;
}

function count(scene: GroupScene): { readonly slow: number; readonly judged: number } {
  let slow = 0;
  let judged = 0;
  for (const member of membersOf(scene)) {
    const { own } = member;
    if (isOtherwiseExplained(own) || own.detector.state === 'unknown') continue;
    judged += 1;
    if (isSlowNow(member, scene.at)) slow += 1;
  }
  return { slow, judged };
}

/** Opens the incident of the group. The oldest of the incidents that it takes over goes on as its own; the others end as joined. */
function openTogether(scene: GroupScene): void {
  const { record, engine, state, at, events } = scene;
  const members = [...membersOf(scene)].filter((member) => isSlowNow(member, at) && member.own.slow.test.open === 1);
  const onset = Math.min(at, ...members.map(({ own }) => own.slow.test.onset));
  const taken = takeOldest(members.map(({ own }) => own.slow));
  record.slow.attached.length = 0;
  for (const { own } of members) attach(scene, own);
  const figures = figuresOf(scene);
  const since = Math.max(onset, record.slow.course?.resolvedAt ?? onset);
  const key = incidentKey(engine.plan.system, scopeOf(record.id), 'slow');
  const older = taken?.course ?? null;
  if (older === null || taken === null) {
    record.slow.course = begin(key, { onset: since, fault: 'slow', reasons: {}, ...figures }, at);
    record.slow.notices = null;
    takeSlow(scene, 'opened');
  } else {
    record.slow.course = { ...older, onset: Math.min(older.onset, since), ...figures };
    record.slow.notices = taken.notices;
    takeSlow(scene, 'widened');
  }
  const why = `joined to ${record.slow.course.id}`;
  for (const { watch, own } of members) {
    if (isOpen(own.slow.course)) take(slowness({ engine, state, watch, own, at, events }), 'resolved', why);
  }
}

function takeOldest(lines: readonly Line[]): Line | null {
  const [oldest] = lines.filter(({ course }) => isOpen(course)).toSorted((a, b) => openedAt(a) - openedAt(b));
  if (oldest === undefined) return null;
  const taken = { course: oldest.course, notices: oldest.notices };
  Object.assign(oldest, { course: null, notices: null });
  return taken;
}

function openedAt({ course }: Line): EpochMs {
  return course?.openedAt ?? Number.POSITIVE_INFINITY;
}

function figuresOf(scene: GroupScene): { readonly attempts: number; readonly failures: number } {
  let attempts = 0;
  let failures = 0;
  for (const { own } of slowMembers(scene)) {
    attempts += own.slow.test.attempts;
    failures += own.slow.test.slow;
  }
  return { attempts, failures };
}

/** A group that the next plan has no more: its incident of slowness ends aloud. Before `regroup`. */
export function concludeSlow(from: Engine, to: Engine, state: EngineState, when: { readonly at: EpochMs; readonly events: Event[] }): void {
  const kept = new Set(to.groups.map(({ group }) => group.id));
  for (const [place, record] of state.groups.entries()) {
    if (kept.has(record.id) || !isOpen(record.slow.course)) continue;
    takeSlow(
      { engine: to, state, watch: from.groups[place] ?? departedGroup(record.id), record, ...when },
      'resolved',
      'removed from the configuration',
    );
    record.slow.attached.length = 0;
  }
}

/** Members and groups agree on whose slowness is whose, as the members have it. After `regroup`. */
export function settleSlow(engine: Engine, state: EngineState, when: { readonly at: EpochMs; readonly events: Event[] }): void {
  const explained = new Set<string>();
  for (const place of engine.groups.keys()) {
    const scene = groupScene({ engine, state, ...when }, place);
    const { record } = scene;
    const within = isOpen(record.slow.course) ? [...membersOf(scene)].filter(({ own }) => isWithin(own, record)) : [];
    const ids = new Set(within.map(({ own }) => own.endpoint.id));
    record.slow.attached.splice(0, Number.POSITIVE_INFINITY, ...new Set([...record.slow.attached.filter((id) => ids.has(id)), ...ids]));
    for (const id of ids) explained.add(id);
    if (isOpen(record.slow.course) && ids.size === 0) takeSlow(scene, 'resolved', 'its endpoints are gone, or judged afresh');
  }
  for (const [id, { slow }] of state.endpoints) if (!explained.has(id)) slow.within = '';
}

function isWithin({ slow }: EndpointState, record: GroupRecord): boolean {
  return slow.within === record.id && slow.test.open === 1 && !isOpen(slow.course);
}
