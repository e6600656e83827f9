// What an engine is compiled from: detectors that endpoints share, the places of their groups, stand-ins for what the plan does not name.
import type { EndpointId } from '#model/endpoint.ts';
import type { Group } from '#model/group.ts';
import type { EndpointPlan, Plan, ServicePlan } from '#model/plan.ts';
import * as detect from './detect/detector.ts';
import { compileGroup } from './detect/group.ts';
import { compileSlow, slowShare } from './detect/slow.ts';
import type { EndpointState } from './state.ts';
import type { Engine, GroupWatch, Watch } from './watch.ts';

/** Each endpoint's groups, the smallest first. */
export function placesOf(groups: readonly Group[]): ReadonlyMap<EndpointId, readonly number[]> {
  const places = new Map<EndpointId, number[]>();
  for (const [place, { members }] of groups.entries()) for (const id of members) places.set(id, [...(places.get(id) ?? []), place]);
  return places;
}

/** The last of an endpoint that the new plan does not have: its incident is told as far as the old plan knew it. */
export function departed(to: Engine, before: Watch | undefined, own: EndpointState): Watch {
  if (before !== undefined) return { ...before, groups: [], destination: { receivers: [], fallback: false } };
  const settings = { interval: 30_000, falsePagesPerYear: 1, grace: to.plan.paging.grace };
  const plan: EndpointPlan = {
    ...own.endpoint,
    timing: { kind: 'every', interval: settings.interval },
    timeout: 0,
    options: {},
    pausesAfterAuth: false,
    host: '',
    falsePagesPerYear: settings.falsePagesPerYear,
    facts: [],
    fingerprint: own.fingerprint,
  };
  const service = to.plan.services.find((candidate) => candidate.id === own.endpoint.service) ?? namelessService(own.endpoint.service);
  const regionName = to.plan.regions.find((region) => region.id === own.endpoint.region)?.name ?? own.endpoint.region;
  return { plan, service, regionName, ...detectors(settings), destination: { receivers: [], fallback: false }, groups: [] };
}

/** A group that the plan has no more, as far as its id tells: its incident is owed an end. */
export function departedGroup(id: string): GroupWatch {
  const [level = '', name = '', region = ''] = id.split('/');
  const settings = { round: 30_000, falsePagesPerYear: 1 };
  // Written by `groupsOf`: the level comes first.
  const group = { id, level: level as Group['level'], name, region: level === 'region' ? name : region, members: [], ...settings };
  return { group, test: compileGroup(settings), members: [] };
}

type Detectors = Pick<Watch, 'detector' | 'slow'>;

/** One pair of detectors for each distinct set of settings: tables are the same for thousands of endpoints. */
export function sharedDetectors(plan: Plan): (endpoint: EndpointPlan) => Detectors {
  const made = new Map<string, Detectors>();
  return ({ timing, falsePagesPerYear }) => {
    const key = `${timing.interval} ${falsePagesPerYear}`;
    let pair = made.get(key);
    if (pair === undefined) {
      pair = detectors({ interval: timing.interval, falsePagesPerYear, grace: plan.paging.grace });
      made.set(key, pair);
    }
    return pair;
  };
}

/** Slowness has its part of the endpoint's false pages, failing the rest. */
function detectors({ interval, falsePagesPerYear, grace }: detect.DetectorSettings): Detectors {
  const detector = detect.compile({ interval, falsePagesPerYear: (1 - slowShare) * falsePagesPerYear, grace });
  return { detector, slow: compileSlow({ interval, falsePagesPerYear }) };
}

export function namelessService(id: string): ServicePlan {
  return { id, name: id, features: [], dependsOn: [], owner: '', runbook: '', downtime: '', criticality: 'normal' };
}
