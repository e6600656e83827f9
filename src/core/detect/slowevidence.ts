// Evidence that an endpoint is slow: Shiryaev-Roberts mixed over patterns, as of the detector (evidence.ts), on answers in three grades.
//
// Of the patterns some have more slow answers, of which the usual part is very slow; others have more very slow ones, and are else as ever.

export const slowPatternCount = 12;
/** Bound on evidence: far above every threshold, far below overflow. */
const mostEvidence = 1e100;

/** How slow an answer is: not, slow, or very slow. */
export type Grade = 0 | 1 | 2;

/** Excess share of answers that are slow, of the first patterns, and very slow, of the others. */
const slowExcess = [0.04, 0.08, 0.15, 0.3, 0.55, 0.9];
const verySlowExcess = [0.02, 0.05, 0.1, 0.2, 0.4, 0.8];
const excess = Float64Array.from([...slowExcess, ...verySlowExcess]);
const firstVerySlow = slowExcess.length;

/** Where S settles on an endpoint that is never slow. */
export function slowAtRest(): number {
  return excess.reduce((sum, g) => sum + (1 - g) / g, 0) / slowPatternCount;
}

/** V after an answer with these chances as usual and while slow. */
export function recoverSlow(recovery: number, healthy: number, fault: number): number {
  return Math.min(mostEvidence, (1 + recovery) * (healthy / fault));
}

/** Chance of an answer of this grade as usual. */
export function chanceUsual(grade: Grade, rate: number, veryRate: number): number {
  if (grade === 0) return 1 - rate;
  return grade === 1 ? rate - veryRate : veryRate;
}

/** S: the average of R. */
export function averageSlow(evidence: readonly number[]): number {
  let sum = 0;
  for (let j = 0; j < slowPatternCount; j += 1) sum += evidence[j] as number;
  return sum / slowPatternCount;
}

/** R after an answer that is not slow; returns S. */
export function calmSlow(evidence: number[]): number {
  let sum = 0;
  for (let j = 0; j < slowPatternCount; j += 1) {
    const next = (1 + (evidence[j] as number)) * (1 - (excess[j] as number));
    evidence[j] = next;
    sum += next;
  }
  return sum / slowPatternCount;
}

/** R after a slow answer, returns S; of the patterns of very slow answers one that is only slow is no sign. */
export function strikeSlow(evidence: number[], grade: 1 | 2, rate: number, veryRate: number): number {
  const odds = (1 - rate) / rate;
  const veryOdds = (1 - veryRate) / veryRate;
  let sum = 0;
  for (let j = 0; j < slowPatternCount; j += 1) {
    const g = excess[j] as number;
    const ratio = j < firstVerySlow ? 1 + g * odds : grade === 2 ? 1 + g * veryOdds : 1 - g;
    const next = Math.min(mostEvidence, (1 + (evidence[j] as number)) * ratio);
    evidence[j] = next;
    sum += next;
  }
  return sum / slowPatternCount;
}

/** Turns R into the weights that the patterns have at a page. */
export function weighSlow(evidence: number[]): void {
  let total = 0;
  for (let j = 0; j < slowPatternCount; j += 1) total += evidence[j] as number;
  for (let j = 0; j < slowPatternCount; j += 1) evidence[j] = Math.max(leastWeight, (evidence[j] as number) / total);
}

/** A weight never dies, so that slowness that changes its shape is followed. */
const leastWeight = 1e-7;

/** Chance of this answer under the weighted patterns; moves the weights. */
export function chanceWhileSlow(weights: number[], grade: Grade, rate: number, veryRate: number): number {
  let total = 0;
  for (let j = 0; j < slowPatternCount; j += 1) {
    const g = excess[j] as number;
    const joint =
      (weights[j] as number) * (j < firstVerySlow ? chanceSlow(grade, g, rate, veryRate) : chanceVerySlow(grade, g, rate, veryRate));
    weights[j] = joint;
    total += joint;
  }
  let sum = 0;
  for (let j = 0; j < slowPatternCount; j += 1) {
    const weight = Math.max((weights[j] as number) / total, leastWeight);
    weights[j] = weight;
    sum += weight;
  }
  for (let j = 0; j < slowPatternCount; j += 1) weights[j] = (weights[j] as number) / sum;
  return total;
}

/** More answers are slow, of which the usual part is very slow. */
function chanceSlow(grade: Grade, g: number, rate: number, veryRate: number): number {
  if (grade === 0) return (1 - rate) * (1 - g);
  const slow = rate + (1 - rate) * g;
  return slow * (grade === 2 ? veryRate / rate : 1 - veryRate / rate);
}

/** More answers are very slow; the others are as ever. */
function chanceVerySlow(grade: Grade, g: number, rate: number, veryRate: number): number {
  if (grade === 2) return veryRate + (1 - veryRate) * g;
  return (1 - g) * (grade === 1 ? rate - veryRate : 1 - rate);
}
