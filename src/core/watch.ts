// A plan made ready for the fold: everything looked up once, so that a quiet result costs two map reads.
import type { EndpointId } from '#model/endpoint.ts';
import type { Group } from '#model/group.ts';
import type { EndpointPlan, Plan, ServicePlan } from '#model/plan.ts';
import type { Destination } from './alert/route.ts';
import type { Detector } from './detect/detector.ts';
import type { GroupTest } from './detect/group.ts';
import type { SlowDetector } from './detect/slow.ts';

/** One endpoint of the plan with what the engine needs to know of its surroundings. */
export interface Watch {
  readonly plan: EndpointPlan;
  readonly service: ServicePlan;
  /** '' where the endpoint has no region. */
  readonly regionName: string;
  /** Shared by all endpoints with equal settings. */
  readonly detector: Detector;
  /** Likewise. */
  readonly slow: SlowDetector;
  readonly destination: Destination;
  /** Its groups, the smallest first: places in the engine's list. */
  readonly groups: readonly number[];
}

/** One group with its test, and its members looked up. */
export interface GroupWatch {
  readonly group: Group;
  readonly test: GroupTest;
  readonly members: readonly Watch[];
}

/** Compiled from a plan, changed by nobody. */
export interface Engine {
  readonly plan: Plan;
  readonly watches: ReadonlyMap<EndpointId, Watch>;
  /** The smallest first. */
  readonly groups: readonly GroupWatch[];
  readonly byService: ReadonlyMap<string, readonly Watch[]>;
  readonly byRegion: ReadonlyMap<string, readonly Watch[]>;
  /** Names of the services that stand on a service, by its id. */
  readonly standingOn: ReadonlyMap<string, readonly string[]>;
}
