// Whose trouble is whose: members that the open incident of a group explains, and those that are worse than it.
import type { EndpointId } from '#model/endpoint.ts';
import type { Event } from '#model/event.ts';
import { type DurationMs, type EpochMs, minuteMs, secondMs } from '#model/time.ts';
import { isOpen } from '../incident/lifecycle.ts';
import type { Counted, EndpointState, EngineState, GroupRecord } from '../state.ts';
import type { Engine, Watch } from '../watch.ts';
import type { GroupScene } from './scene.ts';
import { stand } from './standing.ts';

/** One endpoint at one moment; structurally the scene of `follow`. */
export interface Moment {
  readonly engine: Engine;
  readonly state: EngineState;
  readonly watch: Watch;
  readonly own: EndpointState;
  readonly at: EpochMs;
  readonly events: Event[];
}

/** An endpoint's first page waits for its groups at most so long, and at most one interval. */
export const longestHold: DurationMs = 30 * secondMs;
/** A member is worse than its group when it is down for so long while the group's other probes mostly go well. */
const worseAfter: DurationMs = 10 * minuteMs;
const worseRun = 10;
const mostlyWell = 0.5;
/** More members that are down at the same time are no trouble of their own: a page each would be a storm. */
const mostWorse = 2;

/** Place of the group whose open incident the endpoint stands in, that of `within` where it is one of several; -1 without one. */
export function coverOf(state: EngineState, { groups }: Watch, within: string): number {
  let cover = -1;
  for (let i = 0; i < groups.length; i += 1) {
    const { id, course } = state.groups[groups[i] as number] as GroupRecord;
    if (!isOpen(course)) continue;
    if (within === '' || within === id) return groups[i] as number;
    if (cover < 0) cover = groups[i] as number;
  }
  return cover;
}

/** From now on the group's incident explains the trouble of this member. */
export function attach(scene: GroupScene, own: EndpointState): void {
  const { record, at, events } = scene;
  own.ties.within = record.id;
  own.ties.heldUntil = null;
  restand(scene, own);
  forget(record.left, own.endpoint.id);
  record.attached.push(own.endpoint.id);
  events.push({ type: 'attached', at, endpoint: own.endpoint.id, group: record.id });
}

export function reattach(scene: GroupScene, id: EndpointId): void {
  const own = scene.state.endpoints.get(id);
  if (own !== undefined) attach(scene, own);
}

/**
 * Down for long, while most of what the group is asked goes well, or when nearly all others are well again: this member has trouble of its own.
 * Several such are the group's course. Measured (`bench:detect --part scenes`, 6 to 8 draws): where a region fails at 20 % and one member of it is down,
 * or stays down when the others are well, this costs one page more, of that member, in every draw; without it nobody hears of it.
 */
export function isWorse(scene: GroupScene, own: EndpointState): boolean {
  const { record, state, at } = scene;
  const { attempts = 0, failures = 0 } = record.course ?? {};
  const { course, run, runStart } = own.detector;
  const isLongDown = course === 'down' && run >= worseRun && at - runStart >= worseAfter;
  if (!isLongDown || (failures >= mostlyWell * attempts && !isLeftAlone(scene))) return false;
  return !areSeveralDown(state, record.attached, own);
}

/** The incident was narrowed to so few, and most members are well. */
function isLeftAlone({ record, state, watch }: GroupScene): boolean {
  if (record.left.length === 0 || record.attached.length > mostWorse) return false;
  let well = 0;
  for (const { plan } of watch.members) if (state.endpoints.get(plan.id)?.detector.course === 'up') well += 1;
  return well >= mostlyWell * watch.members.length;
}

/** Besides this one; stops at the last that it needs, for in a wide outage it is asked at every failure of thousands. */
function areSeveralDown(state: EngineState, ids: readonly EndpointId[], own: EndpointState): boolean {
  let down = 0;
  for (const id of ids) {
    if (id !== own.endpoint.id && state.endpoints.get(id)?.detector.course === 'down') down += 1;
    if (down >= mostWorse) return true;
  }
  return false;
}

export function detach(scene: GroupScene, own: EndpointState): void {
  const { record, at, events } = scene;
  own.ties.within = '';
  restand(scene, own);
  own.ties.apart ??= counted(own);
  forget(record.attached, own.endpoint.id);
  events.push({ type: 'attached', at, endpoint: own.endpoint.id, group: '' });
}

/** It is well again by its own test, and the incident goes on without it; should it fail again, that is the incident's once more. */
export function leave(scene: GroupScene, own: EndpointState): void {
  const { record, at, events } = scene;
  own.ties.within = '';
  restand(scene, own);
  record.left.push(own.endpoint.id);
  events.push({ type: 'attached', at, endpoint: own.endpoint.id, group: '' });
}

function forget(list: EndpointId[], id: EndpointId): void {
  const place = list.indexOf(id);
  if (place >= 0) list.splice(place, 1);
}

function restand({ engine, state, at }: GroupScene, own: EndpointState): void {
  const watch = engine.watches.get(own.endpoint.id);
  if (watch !== undefined) stand(state, watch, own, at);
}

export function counted({ detector: { attempts, failures, episodes } }: EndpointState): Counted {
  return { attempts, failures, episodes };
}
