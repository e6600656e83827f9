// The endpoints of a plan as scenarios see them: what each stands on, and how its far end can fail.
import type { EndpointPlan, Plan } from '#model/plan.ts';
import type { Place } from './scenarios.ts';
import { reasonsOf } from './world.ts';

export function placesOf({ endpoints, services }: Pick<Plan, 'endpoints' | 'services'>): readonly Place[] {
  const needs = new Map(services.map(({ id, dependsOn }) => [id, dependsOn]));
  return endpoints.map((endpoint) => placeOf(endpoint, below(endpoint.service, needs)));
}

function placeOf({ id, service, name, region, kind, timing }: EndpointPlan, standsOn: ReadonlySet<string>): Place {
  return { id, service, name, region, kind, interval: timing.interval, standsOn, shows: reasonsOf(kind) };
}

function below(service: string, needs: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set([service]);
  // A set may grow while it is walked: what is added is walked too.
  for (const one of found) for (const need of needs.get(one) ?? []) found.add(need);
  return found;
}
