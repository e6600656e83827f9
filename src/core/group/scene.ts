// One group at one moment, and its members.
import type { Event } from '#model/event.ts';
import type { EpochMs } from '#model/time.ts';
import type { EndpointState, EngineState, GroupRecord } from '../state.ts';
import type { Engine, GroupWatch, Watch } from '../watch.ts';

/** One group at one moment, and the events that come of it. */
export interface GroupScene {
  readonly engine: Engine;
  readonly state: EngineState;
  readonly watch: GroupWatch;
  readonly record: GroupRecord;
  readonly at: EpochMs;
  readonly events: Event[];
}

export function groupScene(scene: Pick<GroupScene, 'engine' | 'state' | 'at' | 'events'>, place: number): GroupScene {
  const watch = scene.engine.groups[place] as GroupWatch;
  const record = scene.state.groups[place] as GroupRecord;
  return { engine: scene.engine, state: scene.state, at: scene.at, events: scene.events, watch, record };
}

/** A member with its state. */
export interface Member {
  readonly watch: Watch;
  readonly own: EndpointState;
}

export function* membersOf({ watch, state }: Pick<GroupScene, 'watch' | 'state'>): Generator<Member> {
  for (const member of watch.members) {
    const own = state.endpoints.get(member.plan.id);
    if (own !== undefined) yield { watch: member, own };
  }
}
