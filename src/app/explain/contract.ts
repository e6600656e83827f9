// What an explanation of an incident holds: JSON for programs, and all that its text, picture and page are made of.
// Times are ISO 8601 in UTC, lengths are seconds, ratios are 0 to 1 unless said. No body of a reply and no secret: messages are those of the pages.
import type { Saved } from '#core/explain/ahead.ts';
import type { Alternative } from '#core/explain/look.ts';
import type { Engine } from '#core/watch.ts';
import type { EndpointId } from '#model/endpoint.ts';
import type { Incident, IncidentEventKind, Scope, Trouble } from '#model/incident.ts';
import type { Reason } from '#model/reason.ts';
import type { EpochMs } from '#model/time.ts';
import type { State } from '#model/verdict.ts';
import type { CourseEvent, IncidentPage, IncidentQuery, ResultQuery, ResultRecord } from '#sinks/store/contract.ts';

/** Where an explanation gets its facts: of a running daemon, or of a store that no daemon has open. */
export interface ExplainSource {
  /** Of the present plan. */
  readonly engine: Engine;
  results(query: ResultQuery): readonly ResultRecord[];
  incidents(query: IncidentQuery): IncidentPage;
  incident(id: string): Incident | undefined;
  course(incident: string): readonly CourseEvent[];
  /** The present state of these, as it is saved: of endpoints by their ids, of groups by their keys. */
  saved(keys: readonly EndpointId[]): readonly Saved[];
  /** Monotonic. */
  now(): EpochMs;
}

/** Either the incident that is meant, or why there is none, with ids that could be. */
export type Found = { readonly incident: Incident } | NotFound;
export interface NotFound {
  readonly error: string;
  readonly nearest: readonly string[];
}

/** One probe, one round of a group, or, in a long incident, several of them. */
export interface PointView {
  readonly at: string;
  /** The worst of those that it stands for. */
  readonly outcome: 'ok' | 'slow' | 'failed' | 'missing' | 'maintenance';
  readonly probes: number;
  /** Where the incident is about slowness, answers that were slow. */
  readonly failures: number;
  readonly state: State;
  /** Evidence over what a page needs, 1 pages; null while an incident was open. */
  readonly evidence: number | null;
  /** Evidence that it is steady again over what closing needs, 1 closes; null while none was open. */
  readonly recovery: number | null;
  readonly reason?: Reason;
  /** One sentence, untrusted. */
  readonly message?: string;
}

/** A failure that led to the page; of a group, a round with failures. */
export interface FailureView {
  readonly at: string;
  /** '' of a round. */
  readonly reason: Reason | '';
  /** Untrusted; of a round, how many failed. */
  readonly message: string;
  readonly evidence_before: number;
  /** Null where it paged as one too many in a row, whatever the evidence. */
  readonly evidence_after: number | null;
}

/** Someone else who was unwell at the same time. */
export interface OtherView {
  readonly endpoint: string;
  readonly probes: number;
  readonly failures: number;
}

export interface Explanation {
  readonly system: string;
  /** When it was made. */
  readonly at: string;
  readonly incident: {
    readonly id: string;
    readonly key: string;
    readonly state: 'open' | 'resolved';
    readonly scope: Scope;
    readonly trouble: Trouble;
    readonly since: string;
    readonly opened_at: string;
    readonly resolved_at: string | null;
    readonly worst: 'slow' | 'intermittent' | 'down';
    readonly attempts: number;
    readonly failures: number;
    readonly reasons: Readonly<Partial<Record<Reason, number>>>;
  };
  /** The endpoint's id, or the group in words. */
  readonly subject: string;
  /** Of a group: endpoints whose trouble the incident explains, at most 100. */
  readonly members: readonly string[];
  readonly interval_seconds: number;
  readonly course: readonly { readonly at: string; readonly event: IncidentEventKind }[];
  /** What the page was allowed to cost; 0 where the configuration has the subject no more. */
  readonly false_pages_per_year: number;
  /** A: the mean number of probes, or rounds of a group, from one false page to the next, as it is asked for; 0 where there is none to show. */
  readonly threshold: number;
  /** What the daemon said when it paged: evidence over what a page needs, and the learned healthy rate. */
  readonly told: { readonly evidence: number; readonly healthy_ratio: number };
  readonly replay: ReplayView;
  /** Up to the page: the first, and those that moved the evidence most. */
  readonly failures: readonly FailureView[];
  /** How many of them are left out. */
  readonly failures_left_out: number;
  readonly alternatives: { readonly at_page: readonly Alternative[]; readonly at_end: readonly Alternative[] };
  readonly closing: ClosingView;
  /** Incidents that were open at the same time. */
  readonly incidents_then: readonly { readonly id: string; readonly subject: string; readonly since: string }[];
  /** Of a group: its members that failed; of an endpoint: others of its groups that did, from the onset to the page. */
  readonly others: readonly OtherView[];
  /** How many others were looked at. */
  readonly others_looked_at: number;
  /** From some time before the onset on. */
  readonly points: readonly PointView[];
}

/** Recorded results once more through the very tests. */
export interface ReplayView {
  /** Null where there was nothing to replay. */
  readonly from: string | null;
  readonly until: string | null;
  readonly probes: number;
  readonly paged_at: string | null;
  /** What paged in the replay: a run of failures that was too long, or evidence of many. */
  readonly rule: 'down' | 'evidence' | null;
  /** Evidence at the page over what a page needs; null where a run of failures paged before it. */
  readonly evidence: number | null;
  readonly healthy_ratio: number | null;
  readonly closed_at: string | null;
  /** It paged, and where the incident is over closed, at the same probe as the daemon. */
  readonly agrees: boolean;
  /** Why it may differ, and what could not be had: whole sentences. */
  readonly notes: readonly string[];
}

export interface ClosingView {
  /** Of an open incident: probes, or rounds of a group, in a row without a failure from now on that close it; of a closed one: those that did. Null: not known. */
  readonly successes: number | null;
  /** How long that is. */
  readonly seconds: number | null;
  /** The longest run of successes, or rounds, since the page that did not close it, or has not yet. */
  readonly longest_run: number;
  /** Successes, or rounds, since the last failure; of a closed incident, those that closed it. */
  readonly present_run: number;
  /** Evidence that it is steady again over what closing needs: now, or at the end. */
  readonly recovery: number | null;
}
