import { describe, expect, test } from 'vitest';
import { minuteMs, secondMs } from '#model/time.ts';
import { random } from '../../../tests/bench/detect/random.ts';
import { compile, type DetectorSettings } from './detector.ts';
import { type Chance, type Delay, forecastFault, forecastShared } from './forecast.ts';
import { compileGroup } from './group.ts';

const usual: DetectorSettings = { interval: 30 * secondMs, falsePagesPerYear: 1, grace: minuteMs };
const chance: Chance = (draw) => {
  const source = random(draw);
  return () => source.next();
};
/** In probes, or rounds. */
const inUnits = ({ median, p95 }: Delay, unit: number = usual.interval): Delay => ({
  ...(median !== undefined && { median: median / unit }),
  ...(p95 !== undefined && { p95: p95 / unit }),
});
const fault = (rate: number, settings: Partial<DetectorSettings> = {}, healthyRate = 1e-3) =>
  inUnits(forecastFault(compile({ ...usual, ...settings }), { healthyRate, rate }, { chance, draws: 120 }), settings.interval);

const shared = (members: number, excess = 0.01, healthyRate = 1e-3) =>
  inUnits(
    forecastShared(
      compileGroup({ round: 30 * secondMs, falsePagesPerYear: 0.5 }),
      { members, healthyRate, excess },
      { chance, draws: 120 },
    ),
  );

describe('a fault of one endpoint', () => {
  // Medians and 95th percentiles of tests/bench/reports/detect-2026-11-24.md, "Faults", means of its two seeds. Healthy rates there are
  // anything from 1e-4 to 1e-2: on 1e-3, their middle, the delay lies rather on the shorter side. 120 draws are off by a sixth.
  test.each([
    { rate: 1, median: 3, p95: 4 },
    { rate: 0.5, median: 7, p95: 15 },
    { rate: 0.3, median: 12, p95: 28 },
    { rate: 0.1, median: 36, p95: 97.5 },
    { rate: 0.05, median: 85, p95: 253 },
    { rate: 0.02, median: 266.5, p95: 865 },
  ])('of $rate is found about when the bench finds it', ({ rate, median, p95 }) => {
    const delay = fault(rate);
    expect((delay.median ?? 0) / median).toBeGreaterThan(0.7);
    expect((delay.median ?? 0) / median).toBeLessThan(1.15);
    expect((delay.p95 ?? 0) / p95).toBeGreaterThan(0.6);
    expect((delay.p95 ?? 0) / p95).toBeLessThan(1.15);
  });

  test('has the same figures however often it is asked', () => {
    expect(fault(0.1)).toEqual(fault(0.1));
  });

  test('is found no later where more false pages are allowed, and later on a noisy endpoint', () => {
    const medians = [0.01, 0.1, 1, 10].map((falsePagesPerYear) => fault(0.05, { falsePagesPerYear }).median ?? 0);
    expect(medians).toEqual(medians.toSorted((a, b) => b - a));
    expect(medians[0]).toBeGreaterThan(medians[3] ?? 0);
    const noisy = [1e-4, 1e-3, 1e-2].map((healthyRate) => fault(0.05, {}, healthyRate).median ?? 0);
    expect(noisy).toEqual(noisy.toSorted((a, b) => a - b));
    expect(noisy[2]).toBeGreaterThan(2 * (noisy[0] ?? 0));
  });

  test('is found sooner where a failure is followed by extra probes, and an outage no later', () => {
    const slow = compile({ ...usual, interval: minuteMs });
    const [without, sooner] = [{}, { reprobe: { spacing: 10 * secondMs, least: secondMs } }].map((more) =>
      [0.05, 1].map((rate) => forecastFault(slow, { healthyRate: 1e-3, rate, ...more }, { chance, draws: 120 }).median ?? 0),
    );
    expect(sooner?.[0]).toBeLessThan(0.9 * (without?.[0] ?? 0));
    expect(sooner?.[1]).toBeLessThanOrEqual(without?.[1] ?? 0);
  });

  test('that is hardly worse than health is not found', () => {
    expect(fault(0.02, {}, 0.018)).toEqual({});
  });

  test('that half of the time is found within a week has a median, and may have no more', () => {
    const delay = fault(0.02, { interval: 10 * minuteMs }, 5e-3);
    expect(delay.median).toBeLessThan(1008);
    expect(delay.p95).toBeUndefined();
  });

  test('costs a bounded number of throws, also where it stays hidden', () => {
    let throws = 0;
    const counted: Chance = (draw) => {
      const next = chance(draw);
      return () => {
        throws += 1;
        return next();
      };
    };
    forecastFault(compile(usual), { healthyRate: 0.018, rate: 0.02 }, { chance: counted, draws: 120 });
    forecastFault(compile(usual), { healthyRate: 0.001, rate: 0.02 }, { chance: counted, draws: 120 });
    forecastFault(compile({ ...usual, interval: 10 * secondMs }), { healthyRate: 0.012, rate: 0.02 }, { chance: counted, draws: 120 });
    expect(throws).toBeLessThan(1_000_000);
  });
});

describe('a fault that a group shares', () => {
  // detection.md 7: 200 endpoints at +1 % are found after 9 rounds; its endpoints are healthy from 1e-4 to 1e-2, 0.2 % on average.
  test('of 200 endpoints at 1 % more is found after some nine rounds', () => {
    const { median = 0, p95 = 0 } = shared(200, 0.01, 0.00215);
    expect(median).toBeGreaterThanOrEqual(7);
    expect(median).toBeLessThanOrEqual(11);
    expect(p95).toBeLessThanOrEqual(20);
  });

  test('is found the sooner the more it breaks, but never before four rounds', () => {
    const medians = [10, 40, 200, 10_000].map((members) => shared(members).median ?? 0);
    expect(medians).toEqual(medians.toSorted((a, b) => b - a));
    expect(new Set(medians).size).toBe(4);
    expect(medians.at(-1)).toBeGreaterThanOrEqual(4);
  });

  test('is found by three members at least, however many false pages are allowed', () => {
    const loose = compileGroup({ round: 30 * secondMs, falsePagesPerYear: 3e6 });
    const { median = 0 } = inUnits(forecastShared(loose, { members: 3, healthyRate: 1e-3, excess: 0.01 }, { chance, draws: 120 }));
    // The last of three failures, each with 1.1 % a round: 1 - (1 - x)^3 = 1/2 after some 143.
    expect(median).toBeGreaterThan(110);
    expect(median).toBeLessThan(180);
  });

  test('of three endpoints at a hundredth more than usual is not found within a day', () => {
    expect(shared(3, 1e-5)).toEqual({});
  });
});
