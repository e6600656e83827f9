// The sink behind the API: remembers the last results and the incidents; what endpoints are believed to be is asked of the engine, not kept.
import type { EndpointId } from '#model/endpoint.ts';
import type { Event, Sink } from '#model/event.ts';
import type { Incident } from '#model/incident.ts';
import type { EndpointPlan, Plan, ServicePlan } from '#model/plan.ts';
import { rollUp } from '#model/rollup.ts';
import { secondMs } from '#model/time.ts';
import type { Slowness, Verdict } from '#model/verdict.ts';
import { type Case, Casebook } from './casebook.ts';
import { Recent } from './recent.ts';
import {
  type EndpointDetail,
  type EndpointView,
  type IncidentView,
  isoTime,
  type ServiceView,
  type SlownessView,
  type StatusSource,
  type VantageView,
  type VerdictView,
} from './views.ts';

export interface BoardOptions {
  readonly plan: Plan;
  /** What the engine believes of the endpoint now; undefined before it knows the endpoint. */
  verdict(endpoint: EndpointId): Verdict | undefined;
  /** The open incidents as they are now: what the last event said of them grows old. */
  openIncidents(): Iterable<Incident>;
  /** How the prober itself is now. */
  vantage(): Omit<VantageView, 'vantage'>;
}

interface Watched {
  readonly plan: EndpointPlan;
  readonly recent: Recent;
}

export class Board implements Sink, StatusSource {
  readonly #options: BoardOptions;
  readonly #cases = new Casebook();
  #plan: Plan;
  #watched: ReadonlyMap<EndpointId, Watched>;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#plan = options.plan;
    this.#watched = watch(options.plan, new Map());
  }

  get system(): string {
    return this.#plan.system;
  }

  vantage(): VantageView {
    return { vantage: this.#plan.vantage, ...this.#options.vantage() };
  }

  /** Never throws; results of endpoints that are not in the plan are left aside. */
  accept(event: Event): void {
    if (event.type === 'result') this.#watched.get(event.result.endpoint)?.recent.add(event.result, event.counted);
    else if (event.type === 'incident') this.#cases.step(event);
  }

  async close(): Promise<void> {
    // Nothing is queued and nothing is open.
  }

  /** Endpoints that left are forgotten, with their open incidents. */
  replan(plan: Plan): void {
    this.#plan = plan;
    this.#watched = watch(plan, this.#watched);
    // Of a group that left its incident is resolved aloud.
    this.#cases.retain((endpoint) => endpoint.startsWith('*') || this.#watched.has(endpoint));
  }

  /** Takes over incidents that were known before the process started. */
  restore(incidents: Iterable<Incident>): void {
    this.#cases.restore(incidents);
  }

  openIncidents(): readonly Incident[] {
    return this.#cases.open().map((entry) => entry.incident);
  }

  /** One service at a time: to ask for thousands of verdicts in one go would hold the event loop. */
  *services(): Iterable<ServiceView> {
    const plans = Map.groupBy(this.#plan.endpoints, (endpoint) => endpoint.service);
    const names = new Map(this.#plan.regions.map((region) => [region.id, region.name]));
    const lookOf = ({ id }: EndpointPlan): Look => {
      const { state = 'unknown', slow = false } = this.#options.verdict(id) ?? {};
      return { state, slow };
    };
    for (const service of this.#plan.services) {
      const regions = Map.groupBy(plans.get(service.id) ?? [], (endpoint) => endpoint.region);
      yield serviceView(
        service,
        Array.from(regions, ([region, endpoints]) => ({ region, name: names.get(region) ?? '', looks: endpoints.map(lookOf) })),
      );
    }
  }

  *endpoints(): Iterable<EndpointView> {
    for (const watched of this.#watched.values()) yield endpointView(watched, this.#options.verdict(watched.plan.id));
  }

  endpoint(id: string): EndpointDetail | undefined {
    const watched = this.#watched.get(id);
    if (watched === undefined) return undefined;
    const { plan, recent } = watched;
    const verdict = this.#options.verdict(id);
    const { last } = recent;
    return {
      ...endpointView(watched, verdict),
      interval_seconds: plan.timing.interval / secondMs,
      timeout_seconds: plan.timeout / secondMs,
      verdict: verdict === undefined ? null : verdictView(verdict),
      strip: recent.strip(),
      results: recent.results(),
      phases_seconds: Object.fromEntries(Object.entries(last?.phases ?? {}).map(([phase, length]) => [phase, length / secondMs])),
      facts: last?.facts ?? {},
      notes: last?.notes ?? {},
      incidents: this.openIncidents()
        .filter((incident) => incident.endpoint.id === id || incident.members?.includes(id) === true)
        .map((incident) => incident.id),
    };
  }

  *incidents(): Iterable<IncidentView> {
    const now = new Map(Array.from(this.#options.openIncidents(), (incident) => [incident.id, incident]));
    for (const entry of [...this.#cases.open(), ...this.#cases.resolved()]) yield incidentView(entry, now.get(entry.incident.id));
  }

  incident(id: string): IncidentView | undefined {
    const entry = this.#cases.get(id);
    if (entry === undefined) return undefined;
    return incidentView(
      entry,
      [...this.#options.openIncidents()].find((incident) => incident.id === id),
    );
  }
}

/** `now`: the incident as the engine has it, while it is open. */
function incidentView({ incident: told, course }: Case, now: Incident | undefined): IncidentView {
  const incident = told.state === 'open' && now !== undefined ? now : told;
  const { endpoint } = incident;
  return {
    id: incident.id,
    key: incident.key,
    state: incident.state,
    scope: incident.scope,
    trouble: incident.trouble,
    service: endpoint.service,
    region: endpoint.region,
    endpoint: incident.scope.level === 'endpoint' ? endpoint.id : '',
    members: incident.members ?? [endpoint.id],
    since: isoTime(incident.since),
    opened_at: isoTime(incident.openedAt),
    resolved_at: incident.resolvedAt === undefined ? null : isoTime(incident.resolvedAt),
    worst: incident.worst,
    verdict: verdictView(incident.verdict),
    reasons: incident.reasons,
    samples: incident.samples.map((sample) => ({ at: isoTime(sample.at), reason: sample.reason, message: sample.message })),
    strip: incident.strip,
    course: course.map((step) => ({ at: isoTime(step.at), event: step.kind, why: step.why })),
  };
}

function watch(plan: Plan, earlier: ReadonlyMap<EndpointId, Watched>): ReadonlyMap<EndpointId, Watched> {
  return new Map(
    plan.endpoints.map((endpoint) => {
      const before = earlier.get(endpoint.id);
      const same = before?.plan.fingerprint === endpoint.fingerprint;
      return [endpoint.id, { plan: endpoint, recent: same && before !== undefined ? before.recent : new Recent() }];
    }),
  );
}

function endpointView({ plan, recent }: Watched, verdict: Verdict | undefined): EndpointView {
  return {
    id: plan.id,
    service: plan.service,
    endpoint: plan.name,
    region: plan.region,
    kind: plan.kind,
    state: verdict?.state ?? 'unknown',
    slow: verdict?.slow ?? false,
    since: verdict === undefined ? null : isoTime(verdict.since),
    failure_ratio: verdict?.failureRate.mean ?? null,
    evidence_ratio: verdict?.evidenceRatio ?? null,
    last: recent.latest(),
  };
}

function verdictView(verdict: Verdict): VerdictView {
  return {
    state: verdict.state,
    since: isoTime(verdict.since),
    attempts: verdict.attempts,
    failures: verdict.failures,
    failure_ratio: verdict.failureRate,
    healthy_ratio: verdict.healthyRate,
    evidence_ratio: verdict.evidenceRatio,
    pattern: verdict.pattern ?? null,
    slow: verdict.slow,
    slowness: verdict.slowness === undefined ? null : slownessView(verdict.slowness),
  };
}

function slownessView({ since, attempts, slow, share, usualShare, limit, typical, usual, phases }: Slowness): SlownessView {
  return {
    since: isoTime(since),
    attempts,
    slow,
    slow_ratio: share,
    usual_ratio: usualShare,
    limit_seconds: limit / secondMs,
    typical_seconds: typical / secondMs,
    usual_seconds: usual / secondMs,
    phases,
  };
}

type Look = Pick<Verdict, 'state' | 'slow'>;

interface RegionLooks {
  readonly region: string;
  readonly name: string;
  readonly looks: readonly Look[];
}

function together(looks: readonly Look[]): Look {
  return { state: rollUp(looks.map(({ state }) => state)), slow: looks.some(({ slow }) => slow) };
}

function serviceView(service: ServicePlan, regions: readonly RegionLooks[]): ServiceView {
  return {
    id: service.id,
    name: service.name,
    features: service.features,
    depends_on: service.dependsOn,
    owner: service.owner,
    runbook: service.runbook,
    downtime: service.downtime,
    criticality: service.criticality,
    ...together(regions.flatMap(({ looks }) => looks)),
    regions: regions.map(({ region, name, looks }) => ({ region, name, ...together(looks), endpoints: looks.length })),
  };
}
