// What a reload or a restart means for the groups: each keeps its state by its id; what no longer fits is ended aloud or forgotten.
import type { Event } from '#model/event.ts';
import type { EpochMs } from '#model/time.ts';
import * as detect from '../detect/detector.ts';
import { isOpen } from '../incident/lifecycle.ts';
import { type EngineState, freshGroupRecord } from '../state.ts';
import type { Engine } from '../watch.ts';
import { conclude } from './course.ts';
import { groupScene } from './line.ts';

interface When {
  readonly at: EpochMs;
  readonly events: Event[];
}

/** Linear in groups and members. `state.groups` is in the order of `from` before, and of `to` afterwards. */
export function regroup(from: Engine, to: Engine, state: EngineState, { at, events }: When): void {
  const kept = new Set(to.groups.map(({ group }) => group.id));
  for (const [place, { id, course }] of state.groups.entries()) {
    if (!kept.has(id) && isOpen(course)) conclude(groupScene({ engine: from, state, at, events }, place), 'removed from the configuration');
  }
  const known = new Map(state.groups.map((record) => [record.id, record]));
  state.groups = to.groups.map(({ group }) => known.get(group.id) ?? freshGroupRecord(group.id));
  settleTies(to, state);
}

/** Members and groups agree on who is explained by whom, and nothing is learned inside an open incident. */
function settleTies(engine: Engine, state: EngineState): void {
  const covered = new Set<string>();
  for (const [place, { members }] of engine.groups.entries()) {
    const record = state.groups[place];
    if (record === undefined || !isOpen(record.course)) continue;
    for (const { plan } of members) covered.add(plan.id);
    const stays = record.attached.filter((id) => state.endpoints.get(id)?.ties.within === record.id);
    record.attached.splice(0, record.attached.length, ...stays);
  }
  const attached = new Map(state.groups.flatMap((record) => record.attached.map((id) => [id, record.id] as const)));
  for (const [id, { detector, ties }] of state.endpoints) {
    detect.freeze(detector, covered.has(id));
    if (ties.within !== '' && attached.get(id) !== ties.within) ties.within = '';
  }
}
