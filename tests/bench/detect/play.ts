// Plays outcomes through the detector and notes what happened.
import { compile, type Detector, type DetectorState, describe, fresh, observe } from '#core/detect/detector.ts';

export interface Change {
  readonly i: number;
  readonly from: string;
  readonly to: string;
}

export type Look = (i: number, state: DetectorState, detector: Detector) => void;

export const intervalS = 30;
export const usual = compile({ interval: intervalS * 1000, falsePagesPerYear: 1, grace: 60_000 });

/** Changes of state over equally spaced outcomes of a fresh endpoint. `look` sees the state after the probes of its index. */
export function play(detector: Detector, outcomes: Uint8Array, looks: ReadonlyMap<number, Look> = new Map()): Change[] {
  const { interval } = detector.settings;
  const state = fresh();
  const changes: Change[] = [];
  let shown = 'up';
  for (let i = 0; i < outcomes.length; i += 1) {
    observe(detector, state, outcomes[i] === 1, i * interval, (i * interval) % 86_400_000);
    if (state.state !== shown) {
      changes.push({ i, from: shown, to: state.state });
      shown = state.state;
    }
    if (looks.size > 0) looks.get(i)?.(i, state, detector);
  }
  return changes;
}

export { describe };

export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].toSorted((x, y) => x - y);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
}

export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
