// Where trouble was, and how good pages about it are, by hand.
import { describe, expect, test } from 'vitest';
import { minuteMs, secondMs } from '#model/time.ts';
import { episodesOf } from './episodes.ts';
import { countsOf, endOf, type History, indexAt, timeAt } from './history.ts';
import { consecutive } from './rules/consecutive.ts';
import { isWithin, Tally } from './score.ts';
import { type Page, spellsOf } from './verdict.ts';

const start = Date.UTC(2026, 10, 1);
const codes: Readonly<Record<string, number>> = { '0': 0, '1': 1 };

function history(outcomes: string, more: Partial<History> = {}): History {
  return {
    name: 'a',
    labels: { service: '', region: '', host: '' },
    start,
    interval: 30 * secondMs,
    outcomes: Uint8Array.from(outcomes.split(''), (code) => codes[code] ?? 2),
    ...more,
  };
}

/** First and last outcome, and failures. */
function episodes(outcomes: string, more: Partial<History> = {}) {
  const whole = history(outcomes, more);
  return episodesOf(whole).map(({ from, to, failures }) => [indexAt(whole, from), indexAt(whole, to), failures]);
}

const well = '0'.repeat(100);

describe('an episode', () => {
  test('is three failures in a row; two are a blip', () => {
    expect(episodes(`${well}111${well}11${well}`)).toEqual([[100, 102, 3]]);
  });

  test('is five failures, each at most 30 min after the one before: 60 probes of 30 s', () => {
    const each = `${'0'.repeat(59)}1`;
    expect(episodes(`${well}1${each.repeat(4)}${well}`)).toEqual([[100, 340, 5]]);
    expect(episodes(`${well}1${each.repeat(3)}${well}`)).toEqual([]);
    expect(episodes(`${well}1${`0${each}`.repeat(9)}${well}`)).toEqual([]);
  });

  test('of seldom probes: each at most ten probes after the one before', () => {
    const hourly = { interval: 60 * minuteMs };
    expect(episodes(`0001${'0000000001'.repeat(4)}${well}`, hourly)).toEqual([[3, 43, 5]]);
    expect(episodes(`0001${'00000000001'.repeat(4)}${well}`, hourly)).toEqual([]);
  });

  test('missing outcomes neither break a row nor count; a long silence ends it', () => {
    expect(episodes('0011?10')).toEqual([[2, 5, 3]]);
    expect(episodes(`0011${'?'.repeat(100)}100`)).toEqual([]);
  });

  test('that lasts to the end is one', () => {
    expect(episodes('000111')).toEqual([[3, 5, 3]]);
  });

  test('is the fault itself where that is known, found in the outcomes or not', () => {
    expect(episodes('0001000', { faults: [[2, 5]] })).toEqual([[2, 5, 1]]);
    expect(episodes('0111110', { faults: [] })).toEqual([]);
  });

  test('is never more than the failures there are, and in order', () => {
    for (let seed = 1; seed < 200; seed += 1) {
      let state = seed;
      const outcomes = Array.from({ length: 2000 }, () => {
        state = (state * 1103515245 + 12345) % 2 ** 31;
        return '0000000001?'[Math.floor(state / 65536) % 11] ?? '0';
      }).join('');
      const found = episodesOf(history(outcomes));
      expect(found.reduce((sum, { failures }) => sum + failures, 0)).toBeLessThanOrEqual(countsOf(history(outcomes)).failed);
      for (const [i, { from, to }] of found.entries()) {
        expect(from).toBeLessThanOrEqual(to);
        expect(from).toBeGreaterThan(found[i - 1]?.to ?? 0);
      }
    }
  });
});

describe('a rule', () => {
  test('has a spell from each page until it is taken back, or until the history ends', () => {
    const whole = history('0111001111');
    expect(spellsOf(consecutive(3), whole)).toEqual([
      { from: timeAt(whole, 3), until: timeAt(whole, 4) },
      { from: timeAt(whole, 8), until: endOf(whole) },
    ]);
  });
});

function scored(outcomes: string, k: number) {
  const whole = history(outcomes);
  const tally = new Tally('rule', 'source');
  tally.add(spellsOf(consecutive(k), whole), episodesOf(whole));
  return tally.score();
}

const stretch = (from: number, to: number) => ({ from, to, until: to + 60_000, failures: 3 });

describe('a score', () => {
  test('counts what was found, how late, and what belongs to nothing', () => {
    // An outage of six, a blip of two, an outage of three.
    const outcomes = `${well}111111${well}11${well}111${well}`;
    expect(scored(outcomes, 2)).toMatchObject({
      pages: 3,
      episodes: 2,
      found: 2,
      covered: 0,
      outside: 1,
      medianDelay: 30_000,
      lateDelay: 30_000,
    });
    expect(scored(outcomes, 5)).toMatchObject({ pages: 1, episodes: 2, found: 1, outside: 0, medianDelay: 120_000, pagesPerEpisode: 1 });
    expect(scored(outcomes, 7)).toMatchObject({ pages: 0, found: 0, medianDelay: undefined, pagesPerEpisode: undefined });
  });

  test('several pages in one episode are pages per episode', () => {
    expect(scored(`${well}1101101101101${well}`, 2)).toMatchObject({ pages: 4, found: 1, pagesPerEpisode: 4, outside: 0 });
  });

  test('an episode that begins while the page before is open is found, without a delay', () => {
    const whole = history('0'.repeat(500));
    const tally = new Tally('rule', 'source');
    const at = (i: number) => timeAt(whole, i);
    tally.add([{ from: at(12), until: at(210) }], [stretch(at(10), at(20)), stretch(at(200), at(220)), stretch(at(400), at(410))]);
    expect(tally.score()).toMatchObject({ episodes: 3, found: 2, covered: 1, medianDelay: 60_000 });
  });

  test('a page of Holter about several endpoints is one page, within when one of them is in an episode', () => {
    const [a, b] = [history(`${well}111111`), history(`${well}000000`)];
    const page: Page = {
      at: timeAt(a, 103),
      until: undefined,
      level: 'service',
      name: 's',
      worst: 'down',
      failures: 3,
      attempts: 3,
      places: [0, 1],
    };
    const spell = { from: page.at, until: endOf(a) };
    const tally = new Tally('Holter', '');
    tally.addTogether({ pages: [page], spells: [[spell], [spell]] }, [episodesOf(a), episodesOf(b)]);
    expect(tally.score()).toMatchObject({ pages: 1, episodes: 1, found: 1, outside: 0, medianDelay: 90_000 });
  });

  test('a moment is within an episode up to a minute after its last failure, or two probes where that is more', () => {
    const found = episodesOf(history(`${well}111${well}`));
    const whole = history('');
    expect([99, 100, 102, 104, 105].map((i) => isWithin(timeAt(whole, i), found))).toEqual([false, true, true, true, false]);
    expect(isWithin(start, [])).toBe(false);
  });
});
