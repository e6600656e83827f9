// Who hears of an incident: the first route that matches, and the service's owner.
import type { Endpoint } from '#model/endpoint.ts';
import type { Plan } from '#model/plan.ts';

export interface Destination {
  /** Names of receivers, each once; empty where the plan has none. */
  readonly receivers: readonly string[];
  /** There are routes, and none of them matches: every receiver is told, and the page says so. */
  readonly fallback: boolean;
}

/** Without any route every receiver hears of everything; an owner who is not among the receivers is left out. */
export function destinationOf(plan: Plan, endpoint: Endpoint): Destination {
  const known = plan.receivers.map((receiver) => receiver.name);
  const route = plan.routes.find(
    (candidate) => matches(candidate.services, endpoint.service) && matches(candidate.regions, endpoint.region),
  );
  if (route === undefined) return { receivers: known, fallback: plan.routes.length > 0 && known.length > 0 };
  const owner = plan.services.find((service) => service.id === endpoint.service)?.owner ?? '';
  const wanted = new Set([...route.to, owner]);
  return { receivers: [...wanted].filter((name) => known.includes(name)), fallback: false };
}

/** Of what concerns no service and no region: the first route for all of them; without one everybody. */
export function destinationOfAll(plan: Plan): Destination {
  return destinationOf(plan, { id: '', service: '', name: '', region: '', kind: '' });
}

function matches(names: readonly string[], name: string): boolean {
  return names.length === 0 || names.includes(name);
}
