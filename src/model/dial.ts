// How the dial is shared out: false pages a year for each endpoint, and for the groups of several (detection.md 7).
import type { Endpoint } from './endpoint.ts';
import type { ServicePlan } from './plan.ts';

/** Fewer endpoints are not judged together. */
export const fewestTogether = 3;

/** False pages a year. */
export interface DialShare {
  /** For each endpoint. */
  readonly endpoint: number;
  /** For the groups, all together. */
  readonly groups: number;
}

export interface Dial {
  /** Of services with a number of their own, by id: their endpoints, and the groups that hold no others. */
  readonly own: ReadonlyMap<string, DialShare>;
  /** Everything else: what the own numbers leave of the dial. */
  readonly rest: DialShare;
}

/**
 * Half to endpoints equally, half to groups: no false page is spent twice, so the sum over all tests is at most the dial whatever depends
 * on what, as long as the own numbers add up to no more. The halves are the same within a service with a number of its own: what is its
 * alone shares that number, so that it says what the service may cost whoever else is there. Too few endpoints for a group have all of it.
 * A group of several services is nobody's own and lives on the rest; without endpoints of their own the groups have the whole of that.
 */
export function shareDial(
  falsePagesPerYear: number,
  services: readonly Pick<ServicePlan, 'id' | 'falsePagesPerYear'>[],
  endpoints: readonly Pick<Endpoint, 'service'>[],
): Dial {
  const counts = new Map<string, number>();
  for (const { service } of endpoints) counts.set(service, (counts.get(service) ?? 0) + 1);
  const own = new Map<string, DialShare>();
  let left = falsePagesPerYear;
  let others = endpoints.length;
  for (const { id, falsePagesPerYear: number } of services) {
    const count = counts.get(id) ?? 0;
    if (number === undefined || count === 0) continue;
    const groups = count < fewestTogether ? 0 : number / 2;
    own.set(id, { endpoint: (number - groups) / count, groups });
    left -= number;
    others -= count;
  }
  left = Math.max(0, left);
  return { own, rest: others === 0 ? { endpoint: 0, groups: left } : { endpoint: left / 2 / others, groups: left / 2 } };
}
