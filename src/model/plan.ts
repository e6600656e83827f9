// What the configuration means: the value that every other room works from. Made by config, read by all, changed by nobody.
import type { Endpoint } from './endpoint.ts';
import type { DurationMs, EpochMs } from './time.ts';

/** When an endpoint is probed: a fixed interval, or a cron expression that ticks in UTC and keeps the instants whose local fields match. */
export type Timing =
  | { readonly kind: 'every'; readonly interval: DurationMs }
  | { readonly kind: 'cron'; readonly expression: string; readonly timezone: string; readonly interval: DurationMs };

/** Extra probes after a failure, beside those of the timing. */
export interface Reprobe {
  /** From the probe before it to an extra one, at least; less than the interval. */
  readonly spacing: DurationMs;
  /** From an extra one to the next of the timing, at least: how often the far end may be asked. */
  readonly least: DurationMs;
}

/**
 * A probe this soon after the latest one of the timing, in intervals, is extra. Those of the timing are whole intervals apart, and the schedule
 * makes no extra one in the last ninth. It is told by the time alone, so that whoever reads results, stored or replayed, tells it alike.
 */
export const extraBelow = 0.9;

/** Bounds on a fact that open a quiet incident for the owner. Above or below, as the kind says. */
export interface FactThreshold {
  readonly fact: string;
  readonly warn: number;
  readonly fail: number;
  readonly worse: 'above' | 'below';
}

export interface EndpointPlan extends Endpoint {
  readonly timing: Timing;
  /** Bound on one whole attempt. Always less than the interval. */
  readonly timeout: DurationMs;
  /** Absent: never probed sooner than the timing says. */
  readonly reprobe?: Reprobe;
  /** Options parsed by the kind's own schema; may hold Secret values. */
  readonly options: unknown;
  /** It sends credentials: after two refusals in a row, or one that says "locked", it is not probed for a while. */
  readonly pausesAfterAuth: boolean;
  /** `host:port` or host that caps on concurrency and rate count by. */
  readonly host: string;
  /** False pages a year that this endpoint's own tests may cost. */
  readonly falsePagesPerYear: number;
  readonly facts: readonly FactThreshold[];
  /** Changes when what is probed changes: a reload with an equal fingerprint keeps the endpoint's state. */
  readonly fingerprint: string;
}

export interface ServicePlan {
  readonly id: string;
  readonly name: string;
  /** The words that patients know. */
  readonly features: readonly string[];
  readonly dependsOn: readonly string[];
  /** A receiver's name, or ''. */
  readonly owner: string;
  readonly runbook: string;
  readonly downtime: string;
  readonly criticality: 'critical' | 'high' | 'normal' | 'low';
  /** What it may cost by itself, of the dial; left out: it shares in what the others leave. */
  readonly falsePagesPerYear?: number;
}

export interface RegionPlan {
  readonly id: string;
  readonly name: string;
}

export interface ReceiverPlan {
  readonly name: string;
  readonly kind: string;
  /** Options parsed by the receiver kind's own schema; may hold Secret values. */
  readonly options: unknown;
}

/** First match wins; an empty list of services or regions matches all. */
export interface RoutePlan {
  readonly services: readonly string[];
  readonly regions: readonly string[];
  readonly to: readonly string[];
}

/** A maintenance window: once (`from`, `until`) or again and again (`cron`, `length`). */
export type WindowPlan = {
  /** Stable: made of its content. */
  readonly id: string;
  readonly services: readonly string[];
  readonly regions: readonly string[];
  readonly endpoints: readonly string[];
  readonly why: string;
} & (
  | { readonly kind: 'once'; readonly from: EpochMs; readonly until: EpochMs }
  | { readonly kind: 'cron'; readonly expression: string; readonly timezone: string; readonly length: DurationMs }
);

/** A named bearer token: what is kept is a SHA-256 hash, what it may do is listed. */
export interface TokenPlan {
  readonly name: string;
  readonly sha256: string;
  readonly rights: readonly ('publish' | 'acknowledge' | 'maintain' | 'reload')[];
}

/** Caps on what goes to one host, and in all. */
export interface LimitsPlan {
  /** Attempts under way at once, over all hosts. */
  readonly concurrency: number;
  /** Attempts under way at once to one host. */
  readonly hostConcurrency: number;
  /** Attempts started per second to one host. */
  readonly hostRate: number;
}

/** Something that must answer whenever the network of the vantage works. */
export type SelfCheckTarget = Pick<EndpointPlan, 'kind' | 'options' | 'timeout'> & { readonly id: string };

export interface SelfCheckPlan {
  /** Bound on one check of a target; 0 where there are none. */
  readonly timeout: DurationMs;
  /** Without any nothing waits for a self-check. */
  readonly targets: readonly SelfCheckTarget[];
}

export interface Plan {
  readonly system: string;
  readonly vantage: string;
  readonly paging: {
    /** The dial: false pages a year for the whole installation. */
    readonly falsePagesPerYear: number;
    /** A restart as long as this is not a fault. */
    readonly grace: DurationMs;
    /** Spacing of the first reminder; later ones double. */
    readonly remind: DurationMs;
  };
  readonly listen: { readonly host: string; readonly port: number };
  /** Address that links in pages point at; default: `http://` + listen. */
  readonly publicUrl: string;
  /** Folder of the store. */
  readonly data: string;
  readonly retention: { readonly results: DurationMs; readonly hourly: DurationMs };
  readonly limits: LimitsPlan;
  readonly selfCheck: SelfCheckPlan;
  readonly regions: readonly RegionPlan[];
  readonly services: readonly ServicePlan[];
  readonly endpoints: readonly EndpointPlan[];
  readonly receivers: readonly ReceiverPlan[];
  readonly routes: readonly RoutePlan[];
  readonly maintenance: readonly WindowPlan[];
  readonly tokens: readonly TokenPlan[];
}
