import { beforeEach, expect, test } from 'vitest';
import type { OwnTrouble } from '#model/reason.ts';
import { failResult, okResult } from '../../tests/support/results.ts';
import { Vantage, type VantageState } from './vantage.ts';

let at: number;
let vantage: Vantage;

beforeEach(() => {
  at = 0;
  vantage = new Vantage({ monotonic: () => at });
});

function missing(trouble: OwnTrouble, count: number, now: number): void {
  at = now;
  for (let i = 0; i < count; i += 1) vantage.note(failResult('ehr/fhir', 'internal', { trouble }));
}

function well(count: number, now: number): void {
  at = now;
  for (let i = 0; i < count; i += 1) vantage.note(okResult('ehr/fhir'));
}

function look(now: number, network: Parameters<Vantage['look']>[0]): VantageState {
  at = now;
  return vantage.look(network);
}

test('is well while nothing is missing, and failures of endpoints are none of its trouble', () => {
  well(10, 1000);
  for (let i = 0; i < 10; i += 1) vantage.note(failResult('ehr/fhir', 'timeout'));
  for (let i = 0; i < 10; i += 1) vantage.note(failResult('ehr/exec', 'internal'));
  expect(look(2000, undefined)).toEqual({ ok: true });
  expect(vantage.totals.size).toBe(0);
});

test('is ill at once when the self-check fails, and well at once when it does not', () => {
  expect(look(5000, { since: 4000, why: 'gateway: no route' })).toEqual({
    ok: false,
    since: 4000,
    why: 'the self-check fails (gateway: no route)',
  });
  missing('network', 100, 5500);
  expect(look(6000, undefined)).toEqual({ ok: true });
  expect(vantage.totals.get('network')).toBe(100);
});

test('is ill when a part of the results of a minute meets with the same trouble, from the first of them to a whole minute without', () => {
  missing('descriptors', 1, 3000);
  missing('descriptors', 2, 10_000);
  expect(look(11_000, undefined)).toEqual({ ok: false, since: 3000, why: 'no file descriptor is left' });
  expect(look(60_000, undefined)).toMatchObject({ ok: false, since: 3000 });
  missing('descriptors', 5, 61_000);
  expect(look(120_000, undefined)).toMatchObject({ ok: false, since: 3000 });
  well(5, 121_000);
  expect(look(179_000, undefined)).toMatchObject({ ok: false, since: 3000 });
  look(180_000, undefined);
  expect(look(181_000, undefined)).toEqual({ ok: true });
});

test.each([
  ['a hiccup', 2, 0],
  ['a share that is small', 10, 300],
])('%s is no state', (_, ours, others) => {
  missing('standstill', ours, 1000);
  well(others, 1000);
  expect(look(2000, undefined)).toEqual({ ok: true });
});
