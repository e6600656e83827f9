// Seeded chance for forecasts: the same figures on every run.

/** xoshiro128** 1.1 (Blackman and Vigna 2018, prng.di.unimi.it), its state filled by SplitMix32 from the seed. Uniform in [0, 1), 32 bits. */
export function chanceOf(seed: number): () => number {
  let mix = seed | 0;
  const split = (): number => {
    mix = (mix + 0x9e3779b9) | 0;
    const once = Math.imul(mix ^ (mix >>> 16), 0x21f0aaad);
    const twice = Math.imul(once ^ (once >>> 15), 0x735a2d97);
    return twice ^ (twice >>> 15);
  };
  let [a, b, c, d] = [split(), split(), split(), split()];
  return () => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return (result >>> 0) / 2 ** 32;
  };
}
