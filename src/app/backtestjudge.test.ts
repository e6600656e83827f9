// The daemon's engine over histories: its pages, whose they are, how long each endpoint was known to be ill.
import { describe, expect, test } from 'vitest';
import { type History, timeAt } from '#backtest/history.ts';
import { judgeTrace } from '#core/detect/detect.ts';
import { dayMs } from '#model/time.ts';
import { judgeHistories } from './backtestjudge.ts';

const start = Date.UTC(2026, 10, 1);
const interval = 30_000;
const day = dayMs / interval;
const paging = { falsePagesPerYear: 12, grace: 60_000 };

function history(name: string, outcomes: string, more: Partial<History> = {}): History {
  const labels = { service: '', region: '', host: '' };
  return { name, labels, start, interval, outcomes: Uint8Array.from(outcomes.split(''), (code) => '01?'.indexOf(code)), ...more };
}

const judged = (histories: readonly History[], dial = paging) => judgeHistories(histories, dial, () => undefined);
const well = '0'.repeat(day);

test('an outage is one page at its third or fourth failure, with what was found since its onset, and ends when it is steady', () => {
  const whole = history('billing', `${well}${'1'.repeat(40)}${well}`);
  const { pages, spells } = judged([whole]);
  expect(pages).toHaveLength(1);
  expect(pages[0]).toMatchObject({ level: 'endpoint', name: 'billing', worst: 'down', failures: 40, places: [0] });
  expect(pages[0]?.at).toBeLessThanOrEqual(timeAt(whole, day + 3));
  expect(spells[0]).toEqual([{ from: pages[0]?.at, until: pages[0]?.until }]);
  expect(pages[0]?.until).toBeGreaterThan(timeAt(whole, day + 40));
});

test('one endpoint alone is paged when the detector by itself changes its state', () => {
  const outcomes = `${well}${'0010010000'.repeat(60)}${well}`;
  const { events } = judgeTrace({ id: 'a', interval_s: 30, outcomes }, 6, 60_000);
  const { spells } = judged([history('a', outcomes, { start: 0 })]);
  const first = events.find(({ state }) => state === 'intermittent');
  const last = events.find(({ state }) => state === 'up');
  expect(spells[0]).toEqual([{ from: (first?.i ?? -1) * interval, until: (last?.i ?? -1) * interval }]);
});

describe('several that one cause breaks', () => {
  const services = ['*ehr', 'lab/x', 'pharmacy', '<b>'];
  const histories = services.flatMap((service) =>
    ['nor"cal', 'socal'].map((region) =>
      history(`${service}-${region}`, `${well}${(region === 'socal' ? '0' : '1').repeat(60)}${well}`, {
        labels: { service, region, host: '' },
      }),
    ),
  );

  test('are one page, in the words of their labels, about all of them', () => {
    const { pages, spells } = judged(histories);
    expect(pages).toHaveLength(1);
    expect(pages[0]).toMatchObject({ level: 'region', name: 'nor"cal', worst: 'down', places: [0, 2, 4, 6] });
    expect(pages[0]?.failures).toBe(4 * 60);
    expect(spells.map((own) => own.length)).toEqual([1, 0, 1, 0, 1, 0, 1, 0]);
  });

  test('are judged by their own times, in whatever order and at whatever pace they were probed', () => {
    const mixed = histories.map((one, i) => ({ ...one, start: start + i * 1700 }));
    const { pages } = judged([...mixed, history('slow', '0'.repeat(300), { interval: 600_000 })]);
    expect(pages.map(({ level }) => level)).toEqual(['region']);
  });
});

test('what is missing is neither well nor ill, and a page that nothing ends is open', () => {
  const silent = history('a', `${well}${'?'.repeat(200)}${well}`);
  const broken = history('b', `${well}${'1'.repeat(20)}${'?'.repeat(2000)}`);
  const { pages, spells } = judged([silent, broken]);
  expect(pages.map(({ name, until }) => [name, until])).toEqual([['b', undefined]]);
  expect(spells[1]?.at(-1)?.until).toBe(timeAt(broken, broken.outcomes.length));
});

test('years between two histories are passed over, and what was open before is told', () => {
  const early = history('early', `${well}${'1'.repeat(40)}`, { start: 0 });
  const { pages, spells } = judged([early, history('late', `${well}${'1'.repeat(40)}${well}`)]);
  expect(pages.map(({ name, worst }) => [name, worst])).toEqual([
    ['early', 'down'],
    ['late', 'down'],
  ]);
  expect(spells.map((own) => own.length)).toEqual([1, 1]);
});

test('the dial decides what is worth a page', () => {
  const few = history('a', `${well}${`1${'0'.repeat(20)}`.repeat(4)}${well}`);
  const pagesAt = (falsePagesPerYear: number) => judged([few], { ...paging, falsePagesPerYear }).pages.length;
  expect([pagesAt(1e-3), pagesAt(1e4)]).toEqual([0, 1]);
});

test('tells how far it is, from 0 to 1', () => {
  const told: number[] = [];
  judgeHistories([history('a', well)], paging, (share) => told.push(share));
  expect([told[0], told.at(-1)]).toEqual([0, 1]);
});
