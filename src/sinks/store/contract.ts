// What the store promises to the rest of the house: what it is given, what it gives back, and how it says that it is unwell.
import type { Alert } from '#model/alert.ts';
import type { EndpointId } from '#model/endpoint.ts';
import type { IncidentEvent } from '#model/event.ts';
import type { Incident, IncidentEventKind } from '#model/incident.ts';
import type { Log } from '#model/log.ts';
import type { Reason } from '#model/reason.ts';
import type { ProbeResult } from '#model/result.ts';
import type { Clock, DurationMs, EpochMs } from '#model/time.ts';

/** A result and what the engine made of it. `counted` is false when it was missing, late or in maintenance. */
export interface ResultRecord {
  readonly result: ProbeResult;
  readonly counted: boolean;
  readonly maintenance: boolean;
}

/** What the engine knows of one endpoint, as text of the engine's own making. */
export interface SavedState {
  readonly endpoint: EndpointId;
  /** The plan's fingerprint: a state of another fingerprint is of another thing. */
  readonly fingerprint: string;
  /** `scheduledAt` of the last result that is part of `state`: what comes later is replayed. */
  readonly at: EpochMs;
  readonly state: string;
}

/** All that one step of the engine changed. Any part may be empty. */
export interface Transition {
  readonly results?: readonly ResultRecord[];
  readonly incidentEvents?: readonly IncidentEvent[];
  /** Owed once to each of its `receivers`; a pair of alert id and receiver that is known already is left alone. */
  readonly alerts?: readonly Alert[];
  readonly states?: readonly SavedState[];
}

/** What a start needs to go on where the last process ended. */
export interface Loaded {
  readonly states: readonly SavedState[];
  readonly openIncidents: readonly Incident[];
  /** Results after each endpoint's saved state, oldest first; at most those of the last hour of the record. */
  readonly replay: readonly ResultRecord[];
}

/** Sums of one endpoint in one hour of UTC. Availability is `1 - failures / probes`. */
export interface HourlySum {
  /** Start of the hour. */
  readonly hour: EpochMs;
  /** Results that counted. */
  readonly probes: number;
  readonly failures: number;
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
  /** Results in maintenance: in no other sum. */
  readonly maintenance: number;
  /** Results that did not count for another cause (missing, internal). */
  readonly missing: number;
  /** Summed duration of `probes`. */
  readonly duration: DurationMs;
}

export interface ResultQuery {
  readonly endpoint: EndpointId;
  /** Inclusive. */
  readonly since: EpochMs;
  /** Inclusive; default: no end. */
  readonly until?: EpochMs;
  /** At most 100,000; the newest are given. */
  readonly limit: number;
}

export interface IncidentQuery {
  readonly state?: 'open' | 'resolved';
  readonly endpoint?: EndpointId;
  /** At most 1,000. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

export interface IncidentPage {
  /** Newest opening first. */
  readonly incidents: readonly Incident[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** One step in the course of an incident. */
export interface CourseEvent {
  readonly id: string;
  readonly at: EpochMs;
  readonly kind: IncidentEventKind;
  readonly incident: Incident;
}

/** One alert owed to one receiver. */
export interface OwedRow {
  readonly row: number;
  readonly receiver: string;
  readonly alert: Alert;
  readonly attempts: number;
  readonly notBefore: EpochMs;
  readonly createdAt: EpochMs;
}

/** The journal of what is owed: the shape that delivery asks for. Works from memory while the file is unwell; never throws. */
export interface StoreOutbox {
  pending(receiver: string, limit: number): readonly OwedRow[];
  settle(row: number, outcome: 'delivered' | 'refused', at: EpochMs, options?: { readonly standing: boolean }): void;
  postpone(row: number, notBefore: EpochMs): void;
  backlog(): readonly { readonly receiver: string; readonly length: number; readonly oldest: EpochMs }[];
  standing(receiver: string): readonly Alert[];
  dismiss(receiver: string, key: string): void;
}

export type StoreProblem = 'full' | 'read_only' | 'corrupt' | 'locked' | 'unreadable' | 'removed' | 'failed';

/** `problem` is a sentence without secrets for /readyz. */
export type StoreHealth =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: StoreProblem; readonly problem: string; readonly since: EpochMs };

/** For the metrics. */
export interface StoreFigures {
  /** The last write went well. */
  readonly writable: boolean;
  /** Results that wait to be written. At most 50,000. */
  readonly waiting: number;
  /** Results given up because too many waited. */
  readonly lost: number;
  /** The file and its write-ahead log; 0 while there is none. */
  readonly bytes: number;
  /** Incident events, owed alerts, settlements and states that are in memory only. */
  readonly waitingFacts: number;
  readonly commits: number;
  readonly failedCommits: number;
}

export interface StoreOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Given back as the `vantage` of results that are read. */
  readonly vantage: string;
  readonly retention: { readonly results: DurationMs; readonly hourly: DurationMs };
}

export interface Store {
  /** Keeps a result for the next `flush`. Costs one push; never throws. */
  quiet(record: ResultRecord): void;
  /** Writes what waits, at most 5,000 results a call, and lets old rows go in small bites. Call it about once a second. Never throws. */
  flush(): void;
  /**
   * One transaction: waiting results, then these. When it returns true all of it survives `kill -9`.
   * False: the file is unwell, everything is kept in memory, works from there and is written by a later `flush`. Never throws.
   */
  transition(change: Transition): boolean;
  /** The periodic snapshot; written by the next `flush`. */
  saveStates(states: readonly SavedState[]): void;
  /** `endpoints`: those of the plan. Of others only the state is given, and only while an incident is open: its end is owed. */
  load(endpoints: readonly EndpointId[]): Loaded;
  /** Oldest first. */
  results(query: ResultQuery): readonly ResultRecord[];
  /** Oldest first; hours without a result are left out. */
  hourly(endpoint: EndpointId, since: EpochMs, until?: EpochMs): readonly HourlySum[];
  incidents(query: IncidentQuery): IncidentPage;
  incident(id: string): Incident | undefined;
  /** Oldest first, at most 1,000. */
  course(incident: string): readonly CourseEvent[];
  meta(key: string): string | undefined;
  setMeta(key: string, value: string): void;
  readonly outbox: StoreOutbox;
  health(): StoreHealth;
  figures(): StoreFigures;
  /** Copies the store while it runs, in steps that leave the loop free. Throws HolterError `store_backup`. */
  backup(file: string): Promise<void>;
  /** Writes what waits and ends. */
  close(): void;
}
