// Quantiles of the Beta distribution: intervals for a share that was counted.

/** Lanczos approximation, g = 7, n = 9 (Numerical Recipes 3rd ed., 6.1): relative error below 1e-13 for x >= 0.5. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** Natural logarithm of the gamma function, for x >= 0.5. */
export function lnGamma(x: number): number {
  const z = x - 1;
  let sum: number = lanczos[0];
  for (let i = 1; i < lanczos.length; i += 1) sum += (lanczos[i] as number) / (z + i);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

const tiny = 1e-300;
const mostTerms = 400;

/** Share of Beta(a, b) at or below x, by the continued fraction (Numerical Recipes 3rd ed., 6.4). a, b >= 0.1. */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(lnBetaTerm(x, a, b));
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b;
}

function lnBetaTerm(x: number, a: number, b: number): number {
  // Gamma(a) = Gamma(a + 1) / a keeps the arguments of lnGamma above 0.5.
  const lnBeta = lnGamma(a + 1) - Math.log(a) + lnGamma(b + 1) - Math.log(b) - lnGamma(a + b + 1) + Math.log(a + b);
  return a * Math.log(x) + b * Math.log1p(-x) - lnBeta;
}

/** Lentz's method. */
function fraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= mostTerms; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const step = d * c;
    result *= step;
    if (Math.abs(step - 1) < 1e-14) break;
  }
  return result;
}

/** Not nearer to zero than Lentz's method can divide by. */
function away(value: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/** The x below which a `share` of Beta(a, b) lies, to 1e-9, by bisection: sure, and quick enough for texts. */
export function betaQuantile(share: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 40 && high - low > 1e-9; i += 1) {
    const middle = (low + high) / 2;
    if (betaCdf(middle, a, b) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
