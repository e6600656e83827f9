// Maintenance windows as data: which endpoints are inside one at a moment of wall time, and when that may change next.
import type { EndpointId } from '#model/endpoint.ts';
import type { EndpointPlan, Plan, WindowPlan } from '#model/plan.ts';
import type { EpochMs } from '#model/time.ts';
import { type Cron, compileCron } from './cron.ts';

/** An endpoint came into maintenance, or left it. `why` is '' when it left. */
export interface MaintenanceChange {
  readonly endpoint: EndpointId;
  readonly open: boolean;
  readonly why: string;
}

export interface MaintenanceWindows {
  /**
   * What changed since the last call. The first call tells the standing of every endpoint, so that whoever kept an older plan's or an
   * older process's windows in mind is set right. Costs nothing until the next boundary; a clock that was set back is looked at afresh.
   */
  changes(wall: EpochMs): readonly MaintenanceChange[];
  /** When `changes` may next have something to tell; Infinity when never. */
  nextAt(): EpochMs;
}

/** Windows of one plan: make new ones when the plan changes. The windows and endpoints are those of a plan that was checked. */
export function maintenanceWindows(plan: Pick<Plan, 'endpoints' | 'maintenance'>): MaintenanceWindows {
  return new Windows(plan);
}

/** Whether a window is open, and until when that is certain. */
interface Standing {
  readonly open: boolean;
  readonly until: EpochMs;
}

interface Window {
  readonly plan: WindowPlan;
  readonly members: readonly EndpointId[];
  readonly standing: (wall: EpochMs) => Standing;
}

const nothing: readonly MaintenanceChange[] = [];

class Windows implements MaintenanceWindows {
  readonly #windows: readonly Window[];
  /** Why each endpoint is in maintenance; '' is a reason too. Undefined before the first look. */
  #inside: ReadonlyMap<EndpointId, string> | undefined;
  readonly #endpoints: readonly EndpointId[];
  #lookedAt: EpochMs = Number.NEGATIVE_INFINITY;
  #nextAt: EpochMs = Number.NEGATIVE_INFINITY;

  constructor(plan: Pick<Plan, 'endpoints' | 'maintenance'>) {
    this.#endpoints = plan.endpoints.map((endpoint) => endpoint.id);
    this.#windows = plan.maintenance.map((window) => ({
      plan: window,
      members: plan.endpoints.filter((endpoint) => covers(window, endpoint)).map((endpoint) => endpoint.id),
      standing:
        window.kind === 'once' ? once(window.from, window.until) : again(compileCron(window.expression, window.timezone), window.length),
    }));
  }

  changes(wall: EpochMs): readonly MaintenanceChange[] {
    if (wall >= this.#lookedAt && wall < this.#nextAt) return nothing;
    const before = this.#inside;
    const now = this.#look(wall);
    return this.#endpoints.flatMap((endpoint) => {
      const why = now.get(endpoint);
      if (before !== undefined && before.has(endpoint) === (why !== undefined)) return nothing;
      return [{ endpoint, open: why !== undefined, why: why ?? '' }];
    });
  }

  nextAt(): EpochMs {
    return this.#nextAt;
  }

  /** Where windows overlap, the first in the plan gives the reason. */
  #look(wall: EpochMs): ReadonlyMap<EndpointId, string> {
    const inside = new Map<EndpointId, string>();
    let next = Number.POSITIVE_INFINITY;
    for (const { plan, members, standing } of this.#windows) {
      const { open, until } = standing(wall);
      next = Math.min(next, until);
      if (!open) continue;
      for (const member of members) if (!inside.has(member)) inside.set(member, plan.why);
    }
    this.#inside = inside;
    this.#lookedAt = wall;
    this.#nextAt = next;
    return inside;
  }
}

/** An empty list of services, regions or endpoints covers all of them. */
function covers(window: WindowPlan, endpoint: EndpointPlan): boolean {
  return (
    (window.services.length === 0 || window.services.includes(endpoint.service)) &&
    (window.regions.length === 0 || window.regions.includes(endpoint.region)) &&
    (window.endpoints.length === 0 || window.endpoints.includes(endpoint.id))
  );
}

function once(from: EpochMs, until: EpochMs): Window['standing'] {
  return (wall) => {
    if (wall < from) return { open: false, until: from };
    return wall < until ? { open: true, until } : { open: false, until: Number.POSITIVE_INFINITY };
  };
}

/** Open for `length` from each opening on, its end excluded; also when that was before the process began. */
function again(cron: Cron, length: number): Window['standing'] {
  return (wall) => {
    const opening = cron.nextOpening(wall - length);
    if (opening === undefined) return { open: false, until: Number.POSITIVE_INFINITY };
    return opening <= wall ? { open: true, until: opening + length } : { open: false, until: opening };
  };
}
