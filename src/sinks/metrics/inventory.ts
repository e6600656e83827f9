// The series that a plan calls for, and what they take over from the plan before.
import type { Plan } from '#model/plan.ts';
import { endpointFamilies, type KindFacts, type ServiceSeries, serviceFamilies } from './families.ts';
import { LatencyGroup, latencyFamily, latencyKey } from './latency.ts';
import { EndpointSeries } from './series.ts';
import { type Family, labelPairs } from './text.ts';

export interface Inventory {
  readonly vantage: string;
  readonly endpoints: ReadonlyMap<string, EndpointSeries>;
  readonly latency: ReadonlyMap<string, LatencyGroup>;
  /** All families but those of Holter itself. */
  readonly families: readonly Family[];
}

/** Series with unchanged labels keep their counters, new ones start at 0, those that the plan has no more are not in it. */
export function takeInventory(plan: Plan, kinds: readonly KindFacts[], earlier?: Inventory): Inventory {
  const reasons = new Map(kinds.map((kind) => [kind.kind, kind.reasons]));
  const latency = new Map<string, LatencyGroup>();
  const endpoints = new Map<string, EndpointSeries>();
  for (const endpoint of plan.endpoints) {
    const key = latencyKey(endpoint);
    const group = latency.get(key) ?? earlier?.latency.get(key) ?? new LatencyGroup(endpoint);
    latency.set(key, group);
    const { id, service, name, region, kind, fingerprint } = endpoint;
    const of = { id, service, name, region, kind, fingerprint, vantage: plan.vantage, reasons: reasons.get(kind) ?? [] };
    const series = new EndpointSeries(of, group);
    const before = earlier?.endpoints.get(id);
    if (before?.labels === series.labels) series.inherit(before);
    endpoints.set(id, series);
  }
  const all = [...endpoints.values()];
  const used = kinds.filter((kind) => all.some((series) => series.of.kind === kind.kind));
  const families = [
    ...endpointFamilies(all, used),
    latencyFamily([...latency.values()]),
    ...serviceFamilies(groupByService(all, plan.vantage)),
  ];
  return { vantage: plan.vantage, endpoints, latency, families };
}

function groupByService(all: readonly EndpointSeries[], vantage: string): readonly ServiceSeries[] {
  const groups = Map.groupBy(all, (series) => JSON.stringify([series.of.service, series.of.region]));
  return [...groups.values()].flatMap((endpoints) => {
    const [first] = endpoints;
    return first === undefined ? [] : [{ labels: labelPairs({ service: first.of.service, region: first.of.region, vantage }), endpoints }];
  });
}
