// Which endpoints one cause can break together: what the configuration says of services, regions, dependencies and hosts.
import { fewestTogether, shareDial } from '#model/dial.ts';
import type { EndpointId } from '#model/endpoint.ts';
import type { Group } from '#model/group.ts';
import type { EndpointPlan, Plan, ServicePlan } from '#model/plan.ts';

/** How the classes of groups share what groups may cost: services and dependencies are where causes are. */
const weights: Readonly<Record<Group['level'], number>> = { dependency: 2, host: 1, service: 2, region: 1, vantage: 1, system: 1 };
/**
 * Of two groups with the same members the first names the cause better; the other gets no test of its own, which would page twice for one
 * cause. There is none of the level `vantage`: a process has one vantage, and all that is seen from there are the members of `system`. That level
 * is of incidents about the vantage itself, its own trouble, which no test over the members opens.
 */
const levels: readonly Group['level'][] = ['dependency', 'service', 'region', 'host', 'vantage', 'system'];

interface Draft extends Omit<Group, 'round' | 'falsePagesPerYear'> {
  /** The one service of all members, '' where they are of several. */
  readonly within: string;
}

/**
 * All groups of three or more endpoints, the smallest first; of several with the same members only the one that names the cause best.
 * Linear in the endpoints and what they stand on.
 */
export function groupsOf(plan: Plan): readonly Group[] {
  const drafts = [...dependenciesOf(plan), ...servicesOf(plan), ...regionsOf(plan), ...hostsOf(plan), systemOf(plan)];
  const distinct = new Map<string, Draft>();
  for (const one of drafts.toSorted((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level))) {
    const key = one.members.join('\n');
    if (one.members.length >= fewestTogether && !distinct.has(key)) distinct.set(key, one);
  }
  const found = [...distinct.values()];
  const intervals = new Map(plan.endpoints.map(({ id, timing }) => [id, timing.interval]));
  return withBudgets(found, plan)
    .map((one) => ({ ...one, round: medianInterval(one.members, intervals) }))
    .toSorted((a, b) => a.members.length - b.members.length || levels.indexOf(a.level) - levels.indexOf(b.level));
}

/** Groups with what each may cost: those of one service with a number of its own share its half, all others that of the rest. */
function withBudgets(groups: readonly Draft[], { paging, services, endpoints }: Plan) {
  const { own, rest } = shareDial(paging.falsePagesPerYear, services, endpoints);
  const pools = Map.groupBy(groups, ({ within }) => (own.has(within) ? within : ''));
  return [...pools].flatMap(([service, pool]) => {
    const shares = shareOut(pool, (own.get(service) ?? rest).groups);
    return pool.map(({ id, level, name, region, members }) => {
      return { id, level, name, region, members, falsePagesPerYear: shares.get(level) ?? 0 };
    });
  });
}

/** What each group of a level may cost. */
function shareOut(groups: readonly Draft[], budget: number): ReadonlyMap<Group['level'], number> {
  const byLevel = Map.groupBy(groups, ({ level }) => level);
  const total = [...byLevel.keys()].reduce((sum, level) => sum + weights[level], 0);
  return new Map([...byLevel].map(([level, same]) => [level, (budget * weights[level]) / total / same.length]));
}

function systemOf({ endpoints }: Plan): Draft {
  return { id: 'system', level: 'system', name: '', region: '', within: soleService(endpoints), members: idsOf(endpoints) };
}

function servicesOf({ endpoints }: Plan): readonly Draft[] {
  return [...Map.groupBy(endpoints, ({ service }) => service)].map(([name, own]) => draft('service', name, '', own));
}

function regionsOf({ endpoints }: Plan): readonly Draft[] {
  const placed = endpoints.filter(({ region }) => region !== '');
  return [...Map.groupBy(placed, ({ region }) => region)].map(([name, own]) => draft('region', name, name, own));
}

function hostsOf({ endpoints }: Plan): readonly Draft[] {
  const named = endpoints.filter(({ host }) => host !== '');
  return [...Map.groupBy(named, ({ host }) => withoutPort(host))].map(([name, own]) => draft('host', name, '', own));
}

/** Everything that stands on a service, and the service itself: in each region where it is, and all together. */
function dependenciesOf({ services: all, endpoints }: Plan): readonly Draft[] {
  const byService = Map.groupBy(endpoints, ({ service }) => service);
  const needed = new Set(all.flatMap(({ dependsOn }) => dependsOn));
  return [...needed].flatMap((name) => {
    const behind = new Set([name, ...standingOn(name, all)]);
    const members = [...behind].flatMap((service) => byService.get(service) ?? []);
    const places = new Set((byService.get(name) ?? []).map(({ region }) => region).filter((region) => region !== ''));
    const local = [...places].map((region) =>
      draft(
        'dependency',
        name,
        region,
        members.filter((endpoint) => endpoint.region === region),
      ),
    );
    return [...local, draft('dependency', name, '', members)];
  });
}

/** Ids of the services that depend on it, directly or by others. */
export function standingOn(name: string, services: readonly ServicePlan[]): ReadonlySet<string> {
  const found = new Set<string>();
  const next = [name];
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    for (const service of services) {
      if (!service.dependsOn.includes(id) || found.has(service.id) || service.id === name) continue;
      found.add(service.id);
      next.push(service.id);
    }
  }
  return found;
}

// oxlint-disable-next-line max-params -- four words of one line
function draft(level: Draft['level'], name: string, region: string, members: readonly EndpointPlan[]): Draft {
  const id = [level, name, ...(region === '' || level === 'region' ? [] : [region])].join('/');
  return { id, level, name, region, within: soleService(members), members: idsOf(members) };
}

function idsOf(members: readonly EndpointPlan[]): readonly EndpointId[] {
  return members.map((endpoint) => endpoint.id).toSorted();
}

function soleService(members: readonly EndpointPlan[]): string {
  const first = members[0]?.service ?? '';
  return members.every(({ service }) => service === first) ? first : '';
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

function medianInterval(members: readonly EndpointId[], intervals: ReadonlyMap<EndpointId, number>): number {
  const sorted = members.map((id) => intervals.get(id) ?? 0).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
