// A part of an installation as an engine of its own: one endpoint, or the members of one group, judged exactly as in the whole.
import type { EndpointId } from '#model/endpoint.ts';
import type { Engine, Watch } from '../watch.ts';

/** The endpoint alone, with the detector that it has: no group hears of it. Undefined when the plan does not have it. */
export function endpointAlone(engine: Engine, id: EndpointId): Engine | undefined {
  const watch = engine.watches.get(id);
  return watch === undefined ? undefined : partOf(engine, [{ ...watch, groups: [] }]);
}

/**
 * The group alone, with the test that it has; of its members those that are named, or all. Other groups, and so incidents that began in a narrower
 * one, are not there. Undefined when the plan does not have it.
 */
export function groupAlone(engine: Engine, id: string, named: (member: EndpointId) => boolean): Engine | undefined {
  const found = engine.groups.find(({ group }) => group.id === id);
  if (found === undefined) return undefined;
  const members = found.members.filter(({ plan }) => named(plan.id)).map((watch): Watch => ({ ...watch, groups: [0] }));
  return { ...partOf(engine, members), groups: [{ ...found, members }] };
}

function partOf(engine: Engine, watches: readonly Watch[]): Engine {
  return {
    // Nobody is to hear of what is replayed.
    plan: { ...engine.plan, endpoints: watches.map(({ plan }) => plan), receivers: [] },
    watches: new Map(watches.map((watch) => [watch.plan.id, watch])),
    groups: [],
    byService: Map.groupBy(watches, ({ plan }) => plan.service),
    byRegion: Map.groupBy(watches, ({ plan }) => plan.region),
    standingOn: engine.standingOn,
  };
}
