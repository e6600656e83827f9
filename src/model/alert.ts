// What is sent to a receiver about an incident, and what a page says.
import type { IncidentEventKind } from './incident.ts';
import type { EpochMs } from './time.ts';

/** The kinds of incident events that people hear of. */
export type AlertEvent = Exclude<IncidentEventKind, 'narrowed' | 'joined'>;

export const severities = ['critical', 'error', 'warning', 'info'] as const;
export type Severity = (typeof severities)[number];

/** The words of a page. Plain text throughout; every receiver escapes for its own medium. */
export interface Page {
  /** First line, readable on a watch: at most 120 characters. */
  readonly title: string;
  /** Whole sentences, one a line. */
  readonly lines: readonly string[];
  readonly service: string;
  readonly serviceName: string;
  readonly region: string;
  readonly regionName: string;
  readonly state: string;
  readonly severity: Severity;
  readonly since: EpochMs;
  /** "17 of the last 60 probes failed, about 28 % (19 to 39 %)". */
  readonly rate: string;
  /** "9 connect_timeout, 5 reset". */
  readonly reasons: string;
  readonly pattern: string;
  readonly features: readonly string[];
  readonly downtime: string;
  readonly runbook: string;
  readonly links: readonly { readonly name: string; readonly url: string }[];
  readonly strip: string;
}

/** One notice that is owed to some receivers. `id` is the incident event's id: replay after a crash is idempotent. */
export interface Alert {
  readonly id: string;
  /** The incident's key: what the receiver de-duplicates by. */
  readonly key: string;
  readonly incident: string;
  readonly event: AlertEvent;
  readonly at: EpochMs;
  readonly receivers: readonly string[];
  readonly page: Page;
  /** Bounded labels: service, region, endpoint, severity. Nothing that changes during the incident. */
  readonly labels: Readonly<Record<string, string>>;
}
