// The two classical charts for a proportion that may have risen: what a statistician would try first.
import type { Rule } from './rule.ts';

/**
 * Exponentially weighted moving average of failures (Roberts 1959, Technometrics 1). `span` outcomes: weight of the latest 2 / (span + 1). Fires above
 * `threshold` (0 to 1), until at half of it or below: without that gap it would page again and again. Missing outcomes change nothing.
 */
export function ewma(span: number, threshold: number): Rule {
  const weight = 2 / (span + 1);
  return {
    name: `EWMA over ${span}, above ${threshold}`,
    source: 'Roberts 1959, Technometrics 1',
    start: () => {
      let mean = 0;
      let firing = false;
      return {
        observe: (failed) => {
          if (failed !== undefined) mean += weight * (Number(failed) - mean);
          firing = mean > (firing ? threshold / 2 : threshold);
          return firing;
        },
      };
    },
  };
}

/** Failure rates that a CUSUM tells apart: `healthy` below `faulty`, both between 0 and 1. */
export interface Rates {
  readonly healthy: number;
  readonly faulty: number;
}

/**
 * Bernoulli CUSUM (Page 1954, Biometrika 41; Reynolds and Stoumbos 1999, J. Quality Technology 31): the sum of log-likelihood ratios, never below 0;
 * fires at `threshold` (natural logarithm, above 0). The sum is held at the threshold while it fires and the firing ends at 0, so that it neither pages
 * twice in a row nor stays for ever. Missing outcomes change nothing.
 */
export function cusum({ healthy, faulty }: Rates, threshold: number): Rule {
  const up = Math.log(faulty / healthy);
  const down = Math.log((1 - faulty) / (1 - healthy));
  return {
    name: `CUSUM ${healthy} to ${faulty}, at ${threshold}`,
    source: 'Page 1954; Reynolds and Stoumbos 1999 (Bernoulli CUSUM)',
    start: () => {
      let sum = 0;
      let firing = false;
      return {
        observe: (failed) => {
          if (failed !== undefined) sum = Math.min(threshold, Math.max(0, sum + (failed ? up : down)));
          firing = firing ? sum > 0 : sum >= threshold;
          return firing;
        },
      };
    },
  };
}
