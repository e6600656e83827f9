import { expect, test } from 'vitest';
import { addExcess, blamedOf, freshPhases, learnPhases } from './phases.ts';

const well = { resolve: 5, connect: 10, tls: 20, processing: 60 };

function learned() {
  const record = freshPhases();
  for (let i = 0; i < 2000; i += 1) learnPhases(record, { ...well, processing: 60 + ((i * 37) % 41) - 20 });
  return record;
}

test('the typical of each phase is learned', () => {
  const { names, typical } = learned();
  const known = Object.fromEntries(names.map((name, place) => [name, typical[place]]));
  for (const [name, length] of Object.entries(well)) expect((known[name] ?? 0) / length).toBeCloseTo(1, 0.9);
});

test('a slow name server is named, a far end that is slow everywhere is not', () => {
  const record = learned();
  addExcess(record, { ...well, resolve: 1800 }, true);
  addExcess(record, { ...well, resolve: 2500, processing: 90 }, false);
  expect(blamedOf([record])).toEqual([{ name: 'resolve', share: expect.closeTo(0.99, 1) }]);
  const spread = { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 };
  const even = freshPhases();
  learnPhases(even, spread);
  addExcess(even, { a: 9, b: 9, c: 9, d: 9, e: 9, f: 9 }, true);
  expect(blamedOf([even])).toEqual([]);
});

test('two phases that explain it together are named together, the larger first', () => {
  const record = learned();
  addExcess(record, { ...well, connect: 410, processing: 660 }, true);
  expect(blamedOf([record]).map(({ name }) => name)).toEqual(['processing', 'connect']);
});

test('what an earlier slowness took is not blamed for this one', () => {
  const record = learned();
  addExcess(record, { ...well, resolve: 9000 }, true);
  addExcess(record, { ...well, tls: 500 }, true);
  expect(blamedOf([record]).map(({ name }) => name)).toEqual(['tls']);
});

test('nothing is blamed where nothing took longer', () => {
  expect(blamedOf([])).toEqual([]);
  expect(blamedOf([learned()])).toEqual([]);
});

test('names are cut, and lengths that are none are left out', () => {
  const record = freshPhases();
  learnPhases(record, { ['x'.repeat(500)]: 1, odd: Number.NaN });
  expect(record.names).toEqual(['x'.repeat(60)]);
});
