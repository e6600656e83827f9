// What a reload or a restart means for the groups: each keeps its state by its id; what no longer fits is ended aloud or forgotten.
import type { EndpointId } from '#model/endpoint.ts';
import type { Event } from '#model/event.ts';
import type { EpochMs } from '#model/time.ts';
import { departedGroup } from '../compile.ts';
import * as detect from '../detect/detector.ts';
import { closeGroup, openGroup, retuneGroup } from '../detect/group.ts';
import { isOpen } from '../incident/lifecycle.ts';
import { type EngineState, freshGroupRecord, type GroupRecord } from '../state.ts';
import type { Engine, Watch } from '../watch.ts';
import { conclude } from './course.ts';
import { introduceGroup } from './line.ts';
import { groupScene } from './scene.ts';
import { layOutStanding } from './standing.ts';
import { layOutTallies } from './tell.ts';

interface When {
  readonly at: EpochMs;
  readonly events: Event[];
}

/** Linear in groups and members. `state.groups` is in the order of `from` before, and of `to` afterwards; groups that the plan has no more come last. */
export function regroup(from: Engine, to: Engine, state: EngineState, { at, events }: When): void {
  const kept = new Set(to.groups.map(({ group }) => group.id));
  for (const [place, record] of state.groups.entries()) {
    if (kept.has(record.id) || !isOpen(record.course)) continue;
    const watch = from.groups[place] ?? departedGroup(record.id);
    conclude({ engine: to, state, watch, record, at, events }, 'removed from the configuration');
  }
  const known = new Map(state.groups.map((record) => [record.id, record]));
  // A group that comes back must not take the id of its last incident, which the same trouble may have begun.
  const gone = state.groups.filter(({ id, course }) => !kept.has(id) && course !== null);
  state.groups = [...to.groups.map(({ group }) => known.get(group.id) ?? freshGroupRecord(group.id)), ...gone];
  retuneGroups(from, to, state);
  settleTies(to, state);
  layOutTallies(to, state);
  layOutStanding(to, state, at);
  for (const place of to.groups.keys()) introduceGroup(groupScene({ engine: to, state, at, events }, place));
}

function retuneGroups(from: Engine, to: Engine, state: EngineState): void {
  const before = new Map(from.groups.map(({ group, test }) => [group.id, test]));
  for (const [place, { group, test }] of to.groups.entries()) {
    retuneGroup(before.get(group.id) ?? test, test, (state.groups[place] as GroupRecord).test);
  }
}

/**
 * Members and groups agree on who is explained by whom, as the members have it: they are saved when it changes. A test is open while its
 * incident is, and nothing is learned inside one.
 */
function settleTies(engine: Engine, state: EngineState): void {
  const covered = new Set<EndpointId>();
  const explained = new Set<EndpointId>();
  for (const [place, { members }] of engine.groups.entries()) {
    const record = state.groups[place] as GroupRecord;
    settleTest(record);
    settleAttached(record, state, members);
    for (const id of record.attached) explained.add(id);
    if (isOpen(record.course)) for (const { plan } of members) covered.add(plan.id);
  }
  for (const [id, { detector, ties }] of state.endpoints) {
    detect.freeze(detector, covered.has(id));
    if (!covered.has(id)) ties.apart = null;
    if (!explained.has(id)) ties.within = '';
  }
}

function settleTest({ course, test }: GroupRecord): void {
  if (isOpen(course) && test.open === 0) openGroup(test);
  else if (!isOpen(course) && test.open === 1) closeGroup(test);
}

function settleAttached({ id, course, attached }: GroupRecord, state: EngineState, members: readonly Watch[]): void {
  const within = isOpen(course) ? members.filter(({ plan }) => state.endpoints.get(plan.id)?.ties.within === id) : [];
  const ids = new Set(within.map(({ plan }) => plan.id));
  attached.splice(0, attached.length, ...new Set([...attached.filter((one) => ids.has(one)), ...ids]));
}
