// One fault with a scope, a start, a course and an end.
import type { Endpoint, EndpointId } from './endpoint.ts';
import type { Reason } from './reason.ts';
import type { EpochMs } from './time.ts';
import type { Verdict } from './verdict.ts';

export const incidentEvents = ['opened', 'worsened', 'widened', 'narrowed', 'joined', 'reminder', 'resolved', 'reopened'] as const;
export type IncidentEventKind = (typeof incidentEvents)[number];

/** What an incident is about: one endpoint, or a group of them. */
export interface Scope {
  readonly level: 'endpoint' | 'service' | 'region' | 'system' | 'dependency' | 'host' | 'vantage';
  /** The endpoint's id, the service's, the region's; `network/norcal` for what stands on a service in one region. */
  readonly name: string;
}

/**
 * What is wrong with the scope: it fails, it answers slowly, it refuses our credentials and nothing is known of it, or Holter itself sees nothing
 * from there.
 */
export const troubles = ['failing', 'slow', 'credentials', 'blind'] as const;
export type Trouble = (typeof troubles)[number];

export interface FailureSample {
  readonly at: EpochMs;
  readonly reason: Reason;
  /** Untrusted text: escape where shown. */
  readonly message: string;
}

export interface Incident {
  /** `key` + '@' + onset in seconds: one fault's name for ever. */
  readonly id: string;
  /** System + scope + kind of trouble: the same in every process that sees the fault. De-duplicates at receivers. */
  readonly key: string;
  readonly state: 'open' | 'resolved';
  readonly scope: Scope;
  readonly trouble: Trouble;
  /** Of a vantage: `*blind`. Of a group: its id behind a `*`, and the service and region that its members share; '' where they share none. */
  readonly endpoint: Endpoint;
  /** Of a group: endpoints whose trouble it explains, at most 100. */
  readonly members?: readonly EndpointId[];
  readonly verdict: Verdict;
  /** Estimated onset. */
  readonly since: EpochMs;
  readonly openedAt: EpochMs;
  readonly resolvedAt?: EpochMs;
  /** Worst so far. */
  readonly worst: 'slow' | 'intermittent' | 'down';
  /** Failures by reason since the onset. */
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
  /** The latest failures, at most three. */
  readonly samples: readonly FailureSample[];
  /** The last 60 outcomes in the notation of traces: 0 ok, 1 failed, ? missing; newest last. */
  readonly strip: string;
  /** Number of the latest event; event ids are `id` + '#' + sequence. */
  readonly sequence: number;
}
