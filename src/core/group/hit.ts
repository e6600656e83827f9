// Whom the incident of a group hits, who hears of it, and what it leaves alone.
import type { EndpointId } from '#model/endpoint.ts';
import type { Watch } from '../watch.ts';
import { type GroupScene, type Member, membersOf } from './scene.ts';

/** Members that it explains, and those that failed since its onset: a weak fault of many pages before any member is ill by itself. */
export function hitBy(scene: GroupScene): readonly Member[] {
  const { record } = scene;
  const attached = new Set<EndpointId>(record.attached);
  const onset = record.course?.onset ?? scene.at;
  return [...membersOf(scene)].filter(({ watch, own }) => attached.has(watch.plan.id) || (own.trail.recent.at(-1)?.at ?? -1) >= onset);
}

export function servicesOf(hit: readonly Member[]) {
  const byService = Map.groupBy(hit, ({ watch }) => watch.service);
  return [...byService].map(([service, members]) => ({ service, unwell: members.length }));
}

/** Names of other regions, and of services with no part in the group, in which nothing is unwell, and in which something is. */
export function elsewhere(
  scene: GroupScene,
  hit: readonly Member[],
): { readonly unaffected: readonly string[]; readonly alsoUnwell: readonly string[] } {
  const { engine, watch } = scene;
  const regions = new Set(hit.map((member) => member.watch.plan.region));
  const services = new Set([...watch.members, ...hit.map((member) => member.watch)].map((member) => member.plan.service));
  const places = [
    ...[...engine.byRegion]
      .filter(([region]) => region !== '' && !regions.has(region))
      .map(([, watches]) => [watches[0]?.regionName ?? '', watches] as const),
    ...[...engine.byService]
      .filter(([service]) => !services.has(service))
      .map(([, watches]) => [watches[0]?.service.name ?? '', watches] as const),
  ];
  const [unaffected, alsoUnwell] = [false, true].map((ill) =>
    places.filter(([, watches]) => isUnwell(scene, watches) === ill).map(([name]) => name),
  );
  return { unaffected: unaffected ?? [], alsoUnwell: alsoUnwell ?? [] };
}

function isUnwell({ state }: GroupScene, watches: readonly Watch[]): boolean {
  return watches.some(({ plan }) => (state.endpoints.get(plan.id)?.detector.course ?? 'up') !== 'up');
}

/** No route matches any of those that are hit. */
export function isUnrouted(hit: readonly Member[]): boolean {
  return hit.length > 0 && hit.every(({ watch }) => watch.destination.fallback);
}

export function receiversOf(watches: readonly Watch[]): readonly string[] {
  return [...new Set(watches.flatMap(({ destination }) => destination.receivers))];
}
