// What the detector believes about one endpoint, and the evidence a person on call may check it by.
import type { EndpointId } from './endpoint.ts';
import type { DurationMs, EpochMs } from './time.ts';

export const states = ['up', 'intermittent', 'down', 'recovering', 'unknown', 'maintenance'] as const;
export type State = (typeof states)[number];

/** The shape of the failures, from the summed weights of the alternatives (detection.md 6). */
export interface Pattern {
  readonly kind: 'steady' | 'bursts' | 'down';
  /** Posterior share of this family, 0 to 1; below 0.8 a text names the alternatives. */
  readonly share: number;
  /** For bursts: typical length of a spell and of the gap between spells, seconds. */
  readonly spellSeconds?: number;
  readonly gapSeconds?: number;
  readonly alternatives: readonly { readonly kind: 'steady' | 'bursts' | 'down'; readonly share: number }[];
}

/** Share of probes that fail, with a 90 % interval. */
export interface FailureRate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** A latency brown-out in figures, counted since its onset. An answer is slow when it takes longer than the endpoint's own 98th percentile. */
export interface Slowness {
  readonly since: EpochMs;
  /** Successful answers, and the slow ones among them. */
  readonly attempts: number;
  readonly slow: number;
  readonly share: FailureRate;
  /** Share of answers that are slow usually. */
  readonly usualShare: number;
  /** What an answer may take without being slow. */
  readonly limit: DurationMs;
  /** What the slow answers typically take, and what an answer usually does. */
  readonly typical: DurationMs;
  readonly usual: DurationMs;
  /** The phases that most of the extra time goes into, at most three; none where it is spread. */
  readonly phases: readonly { readonly name: string; readonly share: number }[];
}

export interface Verdict {
  readonly endpoint: EndpointId;
  readonly state: State;
  /** Latency brown-out: independent of the state. */
  readonly slow: boolean;
  /** Estimated onset of the present state: for a fault the first probe after the last quiet moment. */
  readonly since: EpochMs;
  /** Largest evidence over what a page needs; at or above 1 pages. Held below 1 until the extra conditions hold. */
  readonly evidenceRatio: number;
  /** Probes and failures since `since`. */
  readonly attempts: number;
  readonly failures: number;
  /** While up: the learned healthy rate. While an incident is open: since the onset. */
  readonly failureRate: FailureRate;
  /** Learned rate of failure while healthy. */
  readonly healthyRate: number;
  /** Absent while up. */
  readonly pattern?: Pattern;
  /** Present while slow. */
  readonly slowness?: Slowness;
}
