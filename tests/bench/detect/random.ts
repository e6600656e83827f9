// Seeded randomness for benches and recorded traces.

/** Uniform numbers in [0, 1), 32 bits each. */
export interface Random {
  next(): number;
}

/** xoshiro128** 1.1 (Blackman and Vigna 2018, prng.di.unimi.it), seeded by SplitMix32 (after Steele, Lea, Flood 2014). */
export function random(seed: number): Random {
  let mix = seed | 0;
  const split = (): number => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let a = split();
  let b = split();
  let c = split();
  let d = split();
  return {
    next() {
      const product = Math.imul(b, 5);
      const result = Math.imul((product << 7) | (product >>> 25), 9);
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
      return (result >>> 0) / 4294967296;
    },
  };
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
