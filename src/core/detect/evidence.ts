// The page test and the recovery test: evidence for thirteen patterns of failure against a healthy endpoint.
//
// Shiryaev-Roberts (Shiryaev 1963, Roberts 1966) mixed over weighted alternatives (Pollak 1987): while the endpoint is healthy, evidence
// minus the number of probes is a supermartingale, so the threshold is the mean number of probes to a false page.
import { type DurationMs, secondMs } from '#model/time.ts';

/** Share of probes that fail, of the steady patterns. */
const steadyRates: readonly number[] = [0.015, 0.03, 0.06, 0.12, 0.2, 0.32, 0.5, 0.7, 0.9];
/** Mean time between spells of failures, of the burst patterns. */
const burstGaps: readonly DurationMs[] = [150 * secondMs, 450 * secondMs, 1350 * secondMs];
const burstSpell: DurationMs = 150 * secondMs;
const burstMost = 0.4;
const downRate = 0.9;
const downSpell: DurationMs = 1500 * secondMs;
/** A healthy restart goes on from one probe to the next with exp(-Delta / this): 0.5 at 30 s. */
const restartLength: DurationMs = 43 * secondMs;
/** Chance that a healthy failure goes on after the grace, from one probe of the timing to the next ... */
const afterGrace = 0.1;
/** ... and from an extra one, which is nearer: this, times that of a restart. */
const afterGraceSoon = 0.9;

/** Index of the first pattern of each family; steady comes first. */
export const downPattern = steadyRates.length;
export const firstBurst = downPattern + 1;
export const patternCount = firstBurst + burstGaps.length;

/** What the patterns are, in the order of their numbers: the share of probes that fail, or the time between spells of failures. */
export const patternShapes: readonly (
  | { readonly kind: 'steady' | 'down'; readonly rate: number }
  | { readonly kind: 'bursts'; readonly gap: DurationMs }
)[] = [
  ...steadyRates.map((rate) => ({ kind: 'steady' as const, rate })),
  { kind: 'down', rate: downRate },
  ...burstGaps.map((gap) => ({ kind: 'bursts' as const, gap })),
];

/**
 * Weights of the patterns before the first failure, on average 1. More where a fault is found late, by what its class of faults gains (10 % on
 * noisy endpoints); less where it is found at once anyway, by the down rule or by three failures, or where there is time.
 */
const prior = Float64Array.from([0.5, 1, 2, 2.5, 1.5, 1, 1.5, 1, 0.5, 0.5, 0.5, 0.25, 0.25]);

/** Bound on evidence: far above every threshold, far below overflow. */
const mostEvidence = 1e100;
/** A weight never dies, so that a fault that changes its pattern is followed. */
const leastWeight = 1e-7;

/** All that depends on the time since the previous probe; one number for each pattern. */
export interface Spacing {
  /** The two probes are closer together than those of the timing are. */
  readonly soon: boolean;
  /** Chance that a healthy failure goes on inside the grace, and past it. */
  readonly restart: number;
  readonly afterGrace: number;
  /** Excess chance of a failure after a success. */
  readonly onset: Float64Array;
  /** Chance of a failure after a failure. */
  readonly stay: Float64Array;
  /** Likelihood ratios of a success after a success. */
  readonly calm: Float64Array;
  readonly inGrace: AfterFailure;
  readonly pastGrace: AfterFailure;
}

/** Likelihood ratios after a failure. */
interface AfterFailure {
  readonly failed: Float64Array;
  readonly ok: Float64Array;
}

/** `soon`: the two probes are closer together than those of the timing are. */
export function spacing(delta: DurationMs, soon: boolean): Spacing {
  const onset = Float64Array.from([...steadyRates, downRate, ...burstGaps.map((gap) => Math.min(burstMost, delta / gap))]);
  const burstStay = Math.exp(-delta / burstSpell);
  const stay = Float64Array.from([...steadyRates, Math.exp(-delta / downSpell), ...burstGaps.map(() => burstStay)]);
  const restart = Math.exp(-delta / restartLength);
  const later = soon ? Math.max(afterGrace, afterGraceSoon * restart) : afterGrace;
  return {
    soon,
    restart,
    afterGrace: later,
    onset,
    stay,
    calm: onset.map((g) => 1 - g),
    inGrace: afterFailure(stay, restart),
    pastGrace: afterFailure(stay, later),
  };
}

/** A pattern that goes on no longer than a healthy failure does says nothing: its ratios are 1. */
function afterFailure(stay: Float64Array, healthy: number): AfterFailure {
  return {
    failed: stay.map((b) => Math.max(b, healthy) / healthy),
    ok: stay.map((b) => (1 - Math.max(b, healthy)) / (1 - healthy)),
  };
}

/** R after a success that follows a success; returns S. */
export function calm(evidence: number[], table: Spacing): number {
  const ratios = table.calm;
  let sum = 0;
  for (let j = 0; j < patternCount; j += 1) {
    const next = ((prior[j] as number) + (evidence[j] as number)) * (ratios[j] as number);
    evidence[j] = next;
    sum += next;
  }
  return sum / patternCount;
}

/** R after a failure that follows a success, where a healthy endpoint fails with `rate`; returns S. */
export function strike(evidence: number[], table: Spacing, rate: number): number {
  const odds = (1 - rate) / rate;
  let sum = 0;
  for (let j = 0; j < patternCount; j += 1) {
    const next = Math.min(mostEvidence, ((prior[j] as number) + (evidence[j] as number)) * (1 + (table.onset[j] as number) * odds));
    evidence[j] = next;
    sum += next;
  }
  return sum / patternCount;
}

/** R before the `strike` that gave it. */
export function unstrike(evidence: number[], table: Spacing, rate: number): void {
  const odds = (1 - rate) / rate;
  for (let j = 0; j < patternCount; j += 1) {
    evidence[j] = Math.max(0, (evidence[j] as number) / (1 + (table.onset[j] as number) * odds) - (prior[j] as number));
  }
}

/**
 * R after the second outcome of an episode that a healthy endpoint goes on with `goesOn`, which it has learned; returns S. A pattern that goes
 * on no longer says nothing.
 */
// oxlint-disable-next-line max-params -- the per-probe path allocates nothing, so no object of arguments
export function followFirst(evidence: number[], table: Spacing, goesOn: number, failed: boolean): number {
  let sum = 0;
  for (let j = 0; j < patternCount; j += 1) {
    const fails = Math.max(table.stay[j] as number, goesOn);
    const ratio = failed ? fails / goesOn : (1 - fails) / (1 - goesOn);
    const next = Math.min(mostEvidence, ((prior[j] as number) + (evidence[j] as number)) * ratio);
    evidence[j] = next;
    sum += next;
  }
  return sum / patternCount;
}

/** R after any later outcome that follows a failure; returns S. */
export function follow(evidence: number[], ratios: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < patternCount; j += 1) {
    const next = Math.min(mostEvidence, ((prior[j] as number) + (evidence[j] as number)) * (ratios[j] as number));
    evidence[j] = next;
    sum += next;
  }
  return sum / patternCount;
}

export function afterFailureRatios(table: Spacing, withinGrace: boolean, failed: boolean): Float64Array {
  const after = withinGrace ? table.inGrace : table.pastGrace;
  return failed ? after.failed : after.ok;
}

/** Where S settles on an endpoint that never fails. */
export function atRest(interval: DurationMs): number {
  return average(Array.from(spacing(interval, false).onset, (g, j) => (prior[j] as number) * ((1 - g) / g)));
}

/** S: the average of R. */
export function average(evidence: readonly number[]): number {
  let sum = 0;
  for (let j = 0; j < patternCount; j += 1) sum += evidence[j] as number;
  return sum / patternCount;
}

/**
 * Turns R into the weights that the patterns have at a page. How much each was given to begin with is taken out: that is for finding faults
 * in time, not for telling what they are.
 */
export function weigh(evidence: number[]): void {
  let total = 0;
  for (let j = 0; j < patternCount; j += 1) total += (evidence[j] as number) / (prior[j] as number);
  for (let j = 0; j < patternCount; j += 1) {
    const share = total > 0 ? (evidence[j] as number) / (prior[j] as number) / total : 1 / patternCount;
    evidence[j] = Math.max(share, leastWeight);
  }
}

/** R as it was when `weigh` turned it into weights, with S being `sum`. */
export function unweigh(evidence: number[], sum: number): void {
  let total = 0;
  for (let j = 0; j < patternCount; j += 1) total += (evidence[j] as number) * (prior[j] as number);
  for (let j = 0; j < patternCount; j += 1) evidence[j] = ((evidence[j] as number) * (prior[j] as number) * sum * patternCount) / total;
}

/** Weight of the steady patterns together. */
export function steadyShare(weights: readonly number[]): number {
  let share = 0;
  for (let j = 0; j < downPattern; j += 1) share += weights[j] as number;
  return Math.min(1, share);
}

/** Chance of a failure on a healthy endpoint that just failed. */
export function healthyContinuation(table: Spacing, withinGrace: boolean): number {
  return withinGrace ? table.restart : table.afterGrace;
}

/** Chance of this outcome after a success under the weighted patterns; moves the weights. `rate`: the healthy one. */
export function faultAfterOk(weights: number[], table: Spacing, rate: number, failed: boolean): number {
  let total = 0;
  for (let j = 0; j < patternCount; j += 1) {
    const fails = rate + (1 - rate) * (table.onset[j] as number);
    const joint = (weights[j] as number) * (failed ? fails : 1 - fails);
    weights[j] = joint;
    total += joint;
  }
  return renew(weights, total);
}

/** The same after a failure. */
export function faultAfterFailure(weights: number[], table: Spacing, failed: boolean): number {
  let total = 0;
  for (let j = 0; j < patternCount; j += 1) {
    const fails = table.stay[j] as number;
    const joint = (weights[j] as number) * (failed ? fails : 1 - fails);
    weights[j] = joint;
    total += joint;
  }
  return renew(weights, total);
}

function renew(weights: number[], total: number): number {
  let sum = 0;
  for (let j = 0; j < patternCount; j += 1) {
    const weight = Math.max((weights[j] as number) / total, leastWeight);
    weights[j] = weight;
    sum += weight;
  }
  for (let j = 0; j < patternCount; j += 1) weights[j] = (weights[j] as number) / sum;
  return total;
}

/** V after an outcome with these chances when healthy and under the fault: the page test with its roles swapped. */
export function recover(recovery: number, healthy: number, fault: number): number {
  return Math.min(mostEvidence, (1 + recovery) * (healthy / fault));
}
