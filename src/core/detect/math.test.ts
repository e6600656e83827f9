import { expect, test } from 'vitest';
import { betaCdf, betaQuantile, lnGamma } from './math.ts';

test('ln gamma of whole numbers is the ln of a factorial', () => {
  expect(lnGamma(1)).toBeCloseTo(0, 12);
  expect(lnGamma(11)).toBeCloseTo(Math.log(3_628_800), 10);
  expect(lnGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 12);
});

test('Beta(1, 1) is uniform, Beta(2, 1) is x squared, and the arms are mirrored', () => {
  for (const x of [0, 0.1, 0.5, 0.9, 1]) {
    expect(betaCdf(x, 1, 1)).toBeCloseTo(x, 12);
    expect(betaCdf(x, 2, 1)).toBeCloseTo(x * x, 12);
    expect(betaCdf(x, 3.5, 40)).toBeCloseTo(1 - betaCdf(1 - x, 40, 3.5), 10);
  }
});

test('17 of 60 failed: 90 % within 19 to 39 %', () => {
  expect(betaCdf(betaQuantile(0.05, 17.5, 43.5), 17.5, 43.5)).toBeCloseTo(0.05, 7);
  expect(betaQuantile(0.05, 17.5, 43.5)).toBeGreaterThan(0.19);
  expect(betaQuantile(0.95, 17.5, 43.5)).toBeLessThan(0.39);
});

test('quantiles hold for long incidents and for none failed', () => {
  expect(betaQuantile(0.05, 0.5, 1e6)).toBeLessThan(1e-6);
  expect(betaCdf(betaQuantile(0.95, 30_000.5, 70_000.5), 30_000.5, 70_000.5)).toBeCloseTo(0.95, 4);
});
