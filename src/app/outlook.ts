// What the dial means for a plan: how soon which fault is found, endpoint by endpoint and group by group.
import type { Chance, Delay } from '#core/detect/forecast.ts';
import { slowShare } from '#core/detect/slow.ts';
import { groupsOf } from '#core/group/topology.ts';
import type { Group } from '#model/group.ts';
import type { EndpointPlan, Plan } from '#model/plan.ts';
import { type DurationMs, dayMs } from '#model/time.ts';
import { type Circumstances, Forecasts } from './forecasts.ts';
import type { LearnedRates } from './learned.ts';

/** Believed of an endpoint that has learned nothing yet. */
export const assumedRate = 0.001;
/** Shares of probes that fail, of the faults that are forecast. */
export const faultRates = [1, 0.1, 0.02] as const;
/** The one that rows are compared and prices told by. */
export const usualRate = 0.1;
/** So much oftener do all members of a group fail, of the faults that are forecast for groups. */
export const sharedExcess = 0.01;
/** From here on an endpoint is noisy: weak faults are found late, or never (detection.md 4). */
const noisyRate = 0.01;
/** Of a noisy endpoint it is told which of these is the weakest that is usually found within a day. */
const ladder = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5] as const;

export interface Found {
  /** Share of probes that fail. */
  readonly rate: number;
  readonly wait: Delay;
}

export interface EndpointOutlook {
  readonly endpoint: EndpointPlan;
  readonly healthyRate: number;
  /** How long that was learned; left out where it is assumed. */
  readonly learnedOver?: DurationMs;
  /** One for each of `faultRates`. */
  readonly faults: readonly Found[];
  /** Of a noisy endpoint, if there is any. */
  readonly noisy?: { readonly weakest?: Found };
}

export interface GroupOutlook {
  readonly group: Group;
  readonly wait: Delay;
}

/** What a fault of `usualRate` on one endpoint would take if something were turned. */
export interface Price {
  readonly endpoint: EndpointPlan;
  readonly now: Delay;
  readonly halfInterval: Delay;
  readonly twiceDial: Delay;
  readonly halfDial: Delay;
}

export interface Outlook {
  readonly plan: Plan;
  /** In the order of the plan. */
  readonly endpoints: readonly EndpointOutlook[];
  /** The smallest first. */
  readonly groups: readonly GroupOutlook[];
  /** Of an endpoint as most are; left out for a plan without one. */
  readonly price?: Price;
  /** Why what was learned could not be read; ''. */
  readonly problem: string;
}

/** The same plan, knowledge and chance give the same figures. */
export function outlookOf(plan: Plan, { rates, problem }: LearnedRates, chance: Chance): Outlook {
  const ownOf = (endpoint: EndpointPlan) => circumstancesOf(plan, endpoint, rates);
  const forecasts = new Forecasts(chance, plan.endpoints.map(ownOf));
  const endpoints = plan.endpoints.map((endpoint): EndpointOutlook => {
    const own = ownOf(endpoint);
    const learnedOver = rates.get(endpoint.id)?.over;
    const find = (rate: number): Found => ({ rate, wait: forecasts.fault(own, rate) });
    return {
      endpoint,
      healthyRate: own.healthyRate,
      ...(learnedOver !== undefined && { learnedOver }),
      faults: faultRates.map(find),
      ...(own.healthyRate > noisyRate && { noisy: weakestOf(find) }),
    };
  });
  const groups = groupsOf(plan).map((group): GroupOutlook => {
    const healthyRate = group.members.reduce((sum, id) => sum + (rates.get(id)?.rate ?? assumedRate), 0) / group.members.length;
    return { group, wait: forecasts.shared(group, { members: group.members.length, healthyRate, excess: sharedExcess }) };
  });
  const [first] = largestKind(plan.endpoints);
  const price = first === undefined ? {} : { price: priceOf(first, ownOf(first), forecasts) };
  return { plan, endpoints, groups, ...price, problem };
}

function circumstancesOf({ paging }: Plan, endpoint: EndpointPlan, rates: LearnedRates['rates']): Circumstances {
  const { id, timing, falsePagesPerYear, reprobe } = endpoint;
  const healthyRate = rates.get(id)?.rate ?? assumedRate;
  // As the engine compiles it: the rest is for slowness.
  const common = { interval: timing.interval, falsePagesPerYear: (1 - slowShare) * falsePagesPerYear, grace: paging.grace, healthyRate };
  return reprobe === undefined ? common : { ...common, reprobe };
}

function weakestOf(find: (rate: number) => Found): { readonly weakest?: Found } {
  for (const rate of ladder) {
    const found = find(rate);
    if ((found.wait.median ?? Number.POSITIVE_INFINITY) <= dayMs) return { weakest: found };
  }
  return {};
}

/** Endpoints of the commonest intervals and part of the dial. */
function largestKind(endpoints: readonly EndpointPlan[]): readonly EndpointPlan[] {
  const kinds = Map.groupBy(endpoints, ({ timing, reprobe, falsePagesPerYear }) =>
    [timing.interval, reprobe?.spacing, falsePagesPerYear].join(' '),
  );
  return [...kinds.values()].toSorted((a, b) => b.length - a.length)[0] ?? [];
}

function priceOf(endpoint: EndpointPlan, own: Circumstances, forecasts: Forecasts): Price {
  const turned = (change: Partial<Circumstances>) => forecasts.fault({ ...own, ...change }, usualRate);
  return {
    endpoint,
    now: turned({}),
    halfInterval: turned({ interval: own.interval / 2 }),
    twiceDial: turned({ falsePagesPerYear: 2 * own.falsePagesPerYear }),
    halfDial: turned({ falsePagesPerYear: own.falsePagesPerYear / 2 }),
  };
}
