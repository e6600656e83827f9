// Seeded randomness for benches and recorded traces.
import { chanceOf } from '#app/chance.ts';

/** Uniform numbers in [0, 1), 32 bits each. */
export interface Random {
  next(): number;
}

/** The generator of the forecasts: xoshiro128** 1.1. */
export function random(seed: number): Random {
  return { next: chanceOf(seed) };
}

/** Number of failures before the first success of trials that succeed with chance p: how many probes until something happens. */
export function geometric(source: Random, p: number): number {
  return Math.floor(Math.log(1 - source.next()) / Math.log1p(-p));
}

export function between(source: Random, low: number, high: number): number {
  return low + (high - low) * source.next();
}

/** Log-uniform. */
export function around(source: Random, low: number, high: number): number {
  return low * (high / low) ** source.next();
}
