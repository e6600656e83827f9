// `holter check`: every chosen endpoint is probed once, now; the worst of them decides how the command ends.
import type { EndpointId } from '#model/endpoint.ts';
import type { EndpointPlan, Plan } from '#model/plan.ts';
import type { ProbeResult } from '#model/result.ts';
import type { Clock, Timers } from '#model/time.ts';
import { createProber } from '#prober/attempt.ts';
import type { ProbeKind } from '#prober/contract.ts';
import { Limiter, type Waiting } from '#schedule/limits.ts';
import { shorten } from '#schema/explain.ts';
import { didYouMean } from '#schema/nearest.ts';
import { kinds } from './kinds.ts';
import { agent } from './version.ts';

/** Which endpoints; an absent selector chooses all. `endpoint` is an id or a bare name. */
export interface Selection {
  readonly services?: readonly string[];
  readonly regions?: readonly string[];
  readonly endpoints?: readonly string[];
}

/** What the plug-in convention of monitoring tools can say. */
export type CheckState = 'up' | 'warning' | 'down' | 'unknown';

/** One endpoint's probe and what it means. */
export interface CheckResult {
  readonly endpoint: EndpointPlan;
  readonly state: CheckState;
  readonly result: ProbeResult;
  /** Facts beyond their bounds: "certificate_expiry_seconds is 172800, warn below 1814400". */
  readonly warnings: readonly string[];
}

export interface CheckOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Called as each probe ends. */
  onResult?(result: CheckResult): void;
}

/** So many known names are listed when none is near. */
const namesShown = 20;

/** The endpoints that are chosen, or why there are none: a sentence with the nearest right name. */
export function select(plan: Plan, selection: Selection): readonly EndpointPlan[] | string {
  const trouble =
    unknownName(
      'service',
      selection.services,
      plan.services.map((service) => service.id),
    ) ??
    unknownName(
      'region',
      selection.regions,
      plan.regions.map((region) => region.id),
    ) ??
    unknownName(
      'endpoint',
      selection.endpoints,
      plan.endpoints.flatMap((endpoint) => [endpoint.id, endpoint.name]),
    );
  if (trouble !== undefined) return trouble;
  const chosen = plan.endpoints.filter(
    (endpoint) =>
      (selection.services?.includes(endpoint.service) ?? true) &&
      (selection.regions?.includes(endpoint.region) ?? true) &&
      (selection.endpoints === undefined || selection.endpoints.includes(endpoint.id) || selection.endpoints.includes(endpoint.name)),
  );
  return chosen.length > 0 ? chosen : 'no endpoint is in all that was selected';
}

function unknownName(what: string, wanted: readonly string[] | undefined, known: readonly string[]): string | undefined {
  const unknown = wanted?.find((name) => !known.includes(name));
  if (unknown === undefined) return undefined;
  const hint = didYouMean(unknown, known) ?? `known: ${[...new Set(known)].slice(0, namesShown).join(', ')}`;
  return `the configuration has no ${what} "${shorten(unknown)}" (${hint})`;
}

/** Probes each endpoint once, as parallel as the caps of the plan allow. Results stand in the order of the plan. */
export async function check(plan: Plan, chosen: readonly EndpointPlan[], options: CheckOptions): Promise<readonly CheckResult[]> {
  const { clock, timers } = options;
  const prober = createProber({ clock, vantage: plan.vantage, agent });
  const results = new Map<EndpointId, CheckResult>();
  const limiter = new Limiter<Turn>(plan.limits);
  for (const endpoint of chosen) limiter.add({ endpoint, host: endpoint.host, before: undefined, behind: undefined });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const one = async ({ endpoint }: Turn): Promise<void> => {
    const judged = judge(endpoint, await prober.attempt(endpoint, kindOf(endpoint), clock.monotonic()));
    results.set(endpoint.id, judged);
    options.onResult?.(judged);
    limiter.done(endpoint.host);
    if (results.size === chosen.length) resolve();
    else startAll();
  };
  const startAll = (): void => {
    const now = clock.monotonic();
    for (let turn = limiter.take(now); turn !== undefined; turn = limiter.take(now)) one(turn).catch(reject);
    const at = limiter.nextAt();
    if (Number.isFinite(at) && at > 0) timers.after(Math.max(1, at - now), startAll);
  };
  startAll();
  await promise;
  return chosen.flatMap((endpoint) => results.get(endpoint.id) ?? []);
}

/** An endpoint that waits for the caps to let it start. */
interface Turn extends Waiting<Turn> {
  readonly endpoint: EndpointPlan;
}

function kindOf(endpoint: EndpointPlan): ProbeKind {
  const kind = kinds.probes.get(endpoint.kind);
  if (kind === undefined) throw new Error(`the plan names the kind ${endpoint.kind}, which this build does not have`);
  return kind;
}

function judge(endpoint: EndpointPlan, result: ProbeResult): CheckResult {
  if (result.outcome === 'fail') return { endpoint, result, state: result.reason === 'internal' ? 'unknown' : 'down', warnings: [] };
  const warnings = endpoint.facts.flatMap(({ fact, warn, worse }) => {
    const value = result.facts[fact];
    if (value === undefined || (worse === 'above' ? value <= warn : value >= warn)) return [];
    return [`${fact} is ${Math.round(value)}, warn ${worse} ${warn}`];
  });
  return { endpoint, result, state: warnings.length > 0 ? 'warning' : 'up', warnings };
}

/** Over many endpoints: down wins, then warning, then unknown, then up. */
export function worstOf(results: readonly CheckResult[]): CheckState {
  const order: readonly CheckState[] = ['down', 'warning', 'unknown'];
  return order.find((state) => results.some((result) => result.state === state)) ?? 'up';
}
