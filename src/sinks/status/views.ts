// The JSON of the API: what each answer holds. Times are ISO 8601 in UTC, lengths are seconds, ratios 0 to 1; no secret, no body of a reply.
import type { Incident, IncidentEventKind, Scope, Trouble } from '#model/incident.ts';
import type { OwnTrouble, Reason } from '#model/reason.ts';
import type { EpochMs } from '#model/time.ts';
import type { Pattern, State } from '#model/verdict.ts';

/** How one probe ended. `message` may hold untrusted text: escape it where it is shown. */
export interface ResultView {
  readonly at: string;
  readonly outcome: 'ok' | 'fail';
  /** '' when it went well. */
  readonly reason: Reason | '';
  readonly message: string;
  readonly duration_seconds: number;
  /** False when it was late, in maintenance, or Holter's own trouble. */
  readonly counted: boolean;
}

/** One member of `endpoints` in `/api/v1/endpoints`. */
export interface EndpointView {
  /** `service/endpoint/region`: the path below `/api/v1/endpoints/`. */
  readonly id: string;
  readonly service: string;
  readonly endpoint: string;
  readonly region: string;
  readonly kind: string;
  readonly state: State;
  readonly slow: boolean;
  /** Estimated onset of the state; null before anything is known. */
  readonly since: string | null;
  /** The learned healthy rate while up, the rate since the onset while an incident is open. */
  readonly failure_ratio: number | null;
  /** Evidence for a fault over what a page needs; 1 pages. */
  readonly evidence_ratio: number | null;
  readonly last: ResultView | null;
}

/** `/api/v1/endpoints/{service}/{endpoint}/{region}`. */
export interface EndpointDetail extends EndpointView {
  readonly interval_seconds: number;
  readonly timeout_seconds: number;
  readonly verdict: VerdictView | null;
  /** The last 60 outcomes since the process started: 0 ok, 1 failed, ? missing; newest last. */
  readonly strip: string;
  /** The last results since the process started, at most ten, newest first. */
  readonly results: readonly ResultView[];
  /** Of the last result. */
  readonly phases_seconds: Readonly<Record<string, number>>;
  readonly facts: Readonly<Record<string, number>>;
  /** Short bounded texts, untrusted. */
  readonly notes: Readonly<Record<string, string>>;
  /** Ids of its open incidents. */
  readonly incidents: readonly string[];
}

export interface VerdictView {
  readonly state: State;
  readonly since: string;
  readonly attempts: number;
  readonly failures: number;
  /** With a 90 % interval. */
  readonly failure_ratio: { readonly mean: number; readonly low: number; readonly high: number };
  readonly healthy_ratio: number;
  readonly evidence_ratio: number;
  readonly pattern: Pattern | null;
  readonly slow: boolean;
  /** Null unless it is slow. */
  readonly slowness: SlownessView | null;
}

/** A latency brown-out, counted since its onset. */
export interface SlownessView {
  readonly since: string;
  /** Successful answers, and the slow ones among them. */
  readonly attempts: number;
  readonly slow: number;
  /** With a 90 % interval. */
  readonly slow_ratio: { readonly mean: number; readonly low: number; readonly high: number };
  /** The usual share of answers that take longer than the limit. */
  readonly usual_ratio: number;
  readonly limit_seconds: number;
  /** What slow answers typically take, and what an answer usually does. */
  readonly typical_seconds: number;
  readonly usual_seconds: number;
  /** Phases that most of the extra time goes into, with their shares of it; none where it is spread. */
  readonly phases: readonly { readonly name: string; readonly share: number }[];
}

/** One member of `services` in `/api/v1/services`. */
export interface ServiceView {
  readonly id: string;
  readonly name: string;
  readonly features: readonly string[];
  readonly depends_on: readonly string[];
  readonly owner: string;
  readonly runbook: string;
  readonly downtime: string;
  readonly criticality: string;
  readonly state: State;
  /** Whether any of its endpoints is. */
  readonly slow: boolean;
  readonly regions: readonly ServiceRegionView[];
}

interface ServiceRegionView {
  /** '' where endpoints have no region. */
  readonly region: string;
  readonly name: string;
  readonly state: State;
  readonly slow: boolean;
  readonly endpoints: number;
}

/** One member of `incidents` in `/api/v1/incidents`: open ones first, then those resolved lately. */
export interface IncidentView {
  readonly id: string;
  /** What receivers de-duplicate by. */
  readonly key: string;
  readonly state: 'open' | 'resolved';
  readonly scope: Scope;
  /** `failing`, `slow`, or `credentials` that the endpoint refuses. Slowness that becomes failing goes on as one incident. */
  readonly trouble: Trouble;
  readonly service: string;
  readonly region: string;
  /** '' where the incident is about a group. */
  readonly endpoint: string;
  /** Endpoints that the incident of a group explains, at most 100; of one endpoint, itself. */
  readonly members: readonly string[];
  readonly since: string;
  readonly opened_at: string;
  readonly resolved_at: string | null;
  readonly worst: Incident['worst'];
  readonly verdict: VerdictView;
  /** Failures by reason since the onset. */
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
  readonly samples: readonly { readonly at: string; readonly reason: Reason; readonly message: string }[];
  readonly strip: string;
  /** What happened since the process started, at most the last fifty steps; `why` where the fault's own course does not say it. */
  readonly course: readonly { readonly at: string; readonly event: IncidentEventKind; readonly why: string }[];
}

/** `/api/v1/vantage`: how the place is that everything is seen from. */
export interface VantageView {
  readonly vantage: string;
  /** `trouble`: of Holter itself; failures are missing, not failed. `unknown`: there is no self-check that could tell. */
  readonly state: 'ok' | 'trouble' | 'unknown';
  /** Since when, and one sentence; null and '' without trouble. */
  readonly since: string | null;
  readonly why: string;
  /** The targets of the self-check that have been asked, as they were the last time. */
  readonly targets: readonly { readonly target: string; readonly ok: boolean }[];
  /** Results that were missing since the process started, by what stood in the way. */
  readonly missing: Readonly<Partial<Record<OwnTrouble, number>>>;
}

/** One condition of `/readyz`. */
export interface Readiness {
  readonly check: string;
  readonly ok: boolean;
  /** '' when ok; else one sentence for the operator. */
  readonly why: string;
}

/** What the server shows; nothing is computed before it is asked for. */
export interface StatusSource {
  readonly system: string;
  vantage(): VantageView;
  services(): Iterable<ServiceView>;
  endpoints(): Iterable<EndpointView>;
  endpoint(id: string): EndpointDetail | undefined;
  incidents(): Iterable<IncidentView>;
  incident(id: string): IncidentView | undefined;
}

/** ISO 8601 in UTC; times that no calendar knows become the epoch's ends rather than an error. */
export function isoTime(at: EpochMs): string {
  return new Date(Math.max(-8.64e15, Math.min(8.64e15, Number.isNaN(at) ? 0 : at))).toISOString();
}
