// Where a group stands in words and labels.
import type { Endpoint } from '#model/endpoint.ts';
import type { Group } from '#model/group.ts';
import type { Scope } from '#model/incident.ts';
import type { Plan } from '#model/plan.ts';

export interface GroupPlace {
  readonly scope: Scope;
  /** In the place of an endpoint: its id begins with `*`, which no endpoint's does. */
  readonly subject: Endpoint;
  readonly level: Group['level'];
  /** What people call it: "Network", "Northern California", "db-1.example.org". */
  readonly name: string;
  /** '' where it is not of one region alone. */
  readonly regionName: string;
}

/** With a plan the names that people use, else ids. */
export function groupPlaceOf(group: Group, plan?: Plan): GroupPlace {
  const { level, name, region } = group;
  const isService = level === 'dependency' || level === 'service';
  const regionName = nameIn(plan?.regions, region);
  return {
    scope: scopeOf(group.id),
    subject: { id: groupKey(group.id), service: isService ? name : '', name: '', region, kind: '' },
    level,
    name: level === 'system' ? (plan?.system ?? '') : isService ? nameIn(plan?.services, name) : level === 'region' ? regionName : name,
    regionName: level === 'region' ? '' : regionName,
  };
}

/** What a group with this id is about. */
export function scopeOf(id: string): Scope {
  const [level = ''] = id.split('/');
  // Written by `groupsOf`: the level comes first.
  return { level: level as Scope['level'], name: id.slice(level.length + 1) };
}

function nameIn(list: readonly { readonly id: string; readonly name: string }[] | undefined, id: string): string {
  return list?.find((entry) => entry.id === id)?.name ?? id;
}

/** Under which the state of a group is saved, and its incidents are found: no endpoint is called so. */
export function groupKey(id: string): string {
  return `*${id}`;
}

export function isGroupKey(key: string): boolean {
  return key.startsWith('*');
}
