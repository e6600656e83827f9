// The comparison is counted on the same results.
import { expect, test } from 'vitest';
import { Tally } from './tally.ts';

function tallied(outcomes: string, id = 'a'): Tally {
  const tally = new Tally();
  for (const [minute, outcome] of outcomes.split('').entries()) tally.add(id, outcome === '1', minute, false);
  return tally;
}

const pages = ({ rules }: Tally) => rules.map((rule) => [rule.pages, rule.first]);

test('three failures in a row page once, until a success', () => {
  expect(pages(tallied('0011011101111110'))).toEqual([
    [2, 7],
    [3, 2],
  ]);
  expect(pages(tallied('010101010'))).toEqual([
    [0, undefined],
    [4, 1],
  ]);
});

test('probes that only Holter makes are counted, and no rule hears of them', () => {
  const tally = new Tally();
  for (const isExtra of [false, true, true, false, true]) tally.add('a', true, 1, isExtra);
  expect(tally.rules.map((rule) => rule.pages)).toEqual([0, 1]);
  expect([tally.probes, tally.failures]).toEqual([5, 5]);
});

test('each endpoint counts for itself', () => {
  const tally = new Tally();
  for (const id of ['a', 'b', 'a', 'b']) tally.add(id, true, 1, false);
  expect(tally.rules.map((rule) => rule.pages)).toEqual([0, 2]);
  expect([...(tally.rules[1]?.endpoints ?? [])]).toEqual(['a', 'b']);
  expect([tally.probes, tally.failures]).toEqual([4, 4]);
});
