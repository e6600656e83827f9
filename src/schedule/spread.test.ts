import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextOnGrid, phaseOf, stableHash } from './spread.ts';

const services = [
  'ehr',
  'pharmacy',
  'laboratory',
  'radiology',
  'billing',
  'identity',
  'network',
  'call-center',
  'message-center',
  'records',
];
const regions = ['norcal', 'socal', 'midatl', 'nw', 'colorado', 'georgia', 'hawaii', 'washington'];

/** Names as people give them: alike in front, behind, or but for a number. */
const families: readonly (readonly [string, readonly string[]])[] = [
  [
    'services, endpoints and regions',
    services.flatMap((service) => regions.flatMap((region) => numbered(13).map((n) => `${service}/fhir-${n}/${region}`))),
  ],
  ['numbered clinics', numbered(1000).map((n) => `pharmacy/payment-terminals/clinic-${n}`)],
  ['endpoints without a region', numbered(1000).map((n) => `network/gateway-${n}`)],
  ['endpoints that differ in front', numbered(1000).map((n) => `${n}/tcp/nw`)],
];

describe.each(families)('%s', (_name, ids) => {
  test.each([1000, 30_000, 3_600_000])('spread evenly over an interval of %i ms', (interval) => {
    const bins = 50;
    const counts = Array.from({ length: bins }, () => 0);
    for (const id of ids) {
      const bin = Math.floor((phaseOf(id, interval) / interval) * bins);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    const expected = ids.length / bins;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 49 degrees of freedom: even names stay below 85.4 in 999 of 1,000 cases.
    expect(chiSquare).toBeLessThan(85.4);
    expect(Math.max(...counts)).toBeLessThan(2.5 * expected);
  });
});

test('a thousand endpoints never start together: in no 10 ms of a 30 s interval do more than six', () => {
  const slots = new Map<number, number>();
  for (const id of families[0]?.[1].slice(0, 1000) ?? []) {
    const slot = Math.floor(phaseOf(id, 30_000) / 10);
    slots.set(slot, (slots.get(slot) ?? 0) + 1);
  }
  expect(Math.max(...slots.values())).toBeLessThanOrEqual(6);
});

// Worked out by another program in another language.
test('the hash is the same for ever: a change would move every endpoint of every installation', () => {
  expect(['', 'a', 'ehr/fhir/norcal', 'klinik/größe/süd', '薬局/端末'].map(stableHash)).toEqual([
    2872998923, 444641715, 1340729105, 2525374148, 1427572653,
  ]);
});

test('a phase is a whole number of milliseconds inside the interval', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1000, max: 10 ** 9 }), (id, interval) => {
      const phase = phaseOf(id, interval);
      expect(Number.isInteger(phase) && phase >= 0 && phase < interval).toBe(true);
    }),
  );
});

test('the next instant on the grid is later than the given one, at most an interval later, and the same after a restart', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2e12 }),
      fc.integer({ min: 1000, max: 1e8 }),
      fc.nat(),
      fc.nat(999),
      (after, interval, seed, share) => {
        const phase = seed % interval;
        const next = nextOnGrid(after, interval, phase);
        expect(next).toBeGreaterThan(after);
        expect(next).toBeLessThanOrEqual(after + interval);
        expect((next - phase) % interval).toBe(0);
        // Any other moment before it, as after a restart, leads to the same instant.
        expect(nextOnGrid(after + Math.floor(((next - after - 1) * share) / 1000), interval, phase)).toBe(next);
      },
    ),
  );
});

test('a fractional interval goes on for ever', () => {
  for (const interval of [1000.1, 1333.3, 2777.7]) {
    let at = Date.UTC(2026, 2, 2) + 0.7;
    for (let count = 0; count < 20_000; count += 1) {
      const next = nextOnGrid(at, interval, 12.3);
      if (!(next > at && next - at < interval * 1.001)) expect([interval, at, next]).toEqual([]);
      at = next;
    }
  }
});

function numbered(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
