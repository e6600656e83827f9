// What one probe found.
import type { EndpointId } from './endpoint.ts';
import type { EndpointReason, OwnTrouble, Reason } from './reason.ts';
import type { DurationMs, EpochMs } from './time.ts';

/** The stretches of an attempt, named as blackbox_exporter names them. A kind uses those that it has, and steps of its own. */
export const phases = ['resolve', 'connect', 'tls', 'processing', 'transfer', 'request'] as const;
export type Phase = (typeof phases)[number];

/** What every attempt records, well or ill. */
export interface Attempt {
  readonly endpoint: EndpointId;
  readonly vantage: string;
  /** When it was due. Results are ordered by this. */
  readonly scheduledAt: EpochMs;
  readonly startedAt: EpochMs;
  readonly duration: DurationMs;
  /** By `Phase`, or a step of the kind's own (`token`, `read`). One that did not happen is absent, not zero. Summed over redirects. */
  readonly phases: Readonly<Record<string, DurationMs>>;
  /** Numbers that the kind declared and learned on the way (status_code, certificate_expiry_seconds ...). */
  readonly facts: Readonly<Record<string, number>>;
  /** Short bounded strings that make a flap explainable (remote address, certificate fingerprint). Never labels, never patient data. */
  readonly notes: Readonly<Record<string, string>>;
}

/** The endpoint answered as it should. */
export interface OkResult extends Attempt {
  readonly outcome: 'ok';
}

/** The endpoint, or for `internal` Holter itself, failed. `message` is one sentence of at most 200 characters without control characters; it may hold untrusted text: escape where shown. */
export interface FailResult extends Attempt {
  readonly outcome: 'fail';
  readonly reason: Reason;
  readonly message: string;
  /** With `auth`: the far end said that the account is locked. */
  readonly locked?: true;
  /** With `internal`: what of our own it was, where that is known to trouble more than this endpoint. Not kept in the store. */
  readonly trouble?: OwnTrouble;
}

/** One attempt, one outcome. */
export type ProbeResult = OkResult | FailResult;

/** Longest `message` of a result, in UTF-16 units. */
export const messageLimit = 200;

/** What a judge says of a reply: nothing when it is well. */
export interface Failure {
  readonly reason: EndpointReason;
  readonly message: string;
}
