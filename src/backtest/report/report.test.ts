// The reports: what they say, in a form that holds whatever the names are.
import { XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { dayMs, hourMs, minuteMs } from '#model/time.ts';
import { type Backtest, backtest } from '../backtest.ts';
import type { History } from '../history.ts';
import { defaults } from '../rules/defaults.ts';
import type { Judge, Page } from '../verdict.ts';
import { htmlOf } from './html.ts';
import { jsonOf } from './json.ts';
import { tableOf } from './table.ts';
import { length } from './words.ts';

const start = Date.UTC(2026, 10, 1);
const hostile = '<img src=x onerror=alert(1)>"\'&\u202E\n';

function history(name: string, outcomes: string): History {
  return {
    name,
    labels: { service: hostile, region: '', host: '' },
    start,
    interval: 30_000,
    outcomes: Uint8Array.from(outcomes.split(''), (code) => '01?'.indexOf(code)),
  };
}

const quiet = '0'.repeat(2000);
const outage = `${quiet}${'1'.repeat(20)}${quiet}`;
const page: Page = {
  at: start + 2002 * 30_000,
  until: start + 2200 * 30_000,
  level: 'service',
  name: hostile,
  worst: 'down',
  failures: 20,
  attempts: 25,
  places: [0],
};

function run(histories: readonly History[], pages: readonly Page[] = [page]): Backtest {
  const judge: Judge = () => ({
    pages,
    spells: histories.map((_, i) =>
      pages.filter(({ places }) => places.includes(i)).map(({ at, until }) => ({ from: at, until: until ?? at })),
    ),
  });
  return backtest(histories, { judge, falsePagesPerYear: 12, tell: () => undefined });
}

const usual = run([history(`a${hostile}`, outage), history('b', `${quiet}?1`)]);

test('the table names every rule, what it did, and the pages of Holter', () => {
  const lines = tableOf(usual).split('\n');
  expect(lines[0]).toBe('2 endpoints, 2026-11-01 00:00 to 2026-11-02 09:30 UTC (34 h), a probe every 30 s.');
  expect(lines[1]).toBe('6,021 probes, 21 of them failed; 1 are missing and count as neither.');
  expect(lines[2]).toMatch(/^1 episode of trouble\. A rule that looks at the whole history at once/);
  expect(
    lines
      .find((line) => line.startsWith('Holter,'))
      ?.split(/ {2,}/)
      .slice(1),
  ).toEqual(['1', '1 of 1', '60 s', '60 s', '1.00', '0']);
  expect(
    lines
      .find((line) => line.startsWith('any failure'))
      ?.split(/ {2,}/)
      .slice(1),
  ).toEqual(['2', '1 of 1', '0 s', '0 s', '1.00', '1']);
  for (const { name } of defaults)
    expect(
      lines.some((line) => line.startsWith(name)),
      name,
    ).toBe(true);
  expect(lines.at(-1)).toMatch(/^ {2}2026-11-01 16:41 {2}down {10}service <img .*: 20 of 25 probes failed, for 99 min$/);
  expect(tableOf(usual)).not.toMatch(/\u202E/);
  expect(tableOf(run([history('a', quiet)], []))).toContain('Holter would have paged nobody.');
});

test('known faults are said to be known', () => {
  const known = { ...history('a', outage), faults: [[2000, 2019]] as const };
  expect(tableOf(run([known]))).toContain('1 episode of trouble. They are known from the traces.');
  expect(tableOf(run([known, history('b', quiet)]))).toContain('Those of 1 endpoint are known from the traces. A rule');
});

test('where probes come seldom, a reader is told that windows of minutes are not made for them', () => {
  expect(tableOf(usual)).not.toContain('read them with care');
  expect(tableOf(run([{ ...history('a', quiet), interval: 10 * minuteMs }]))).toContain('read them with care');
});

test('the JSON holds all of it', () => {
  const { rules, pages, endpoints, episode_rule: rule } = JSON.parse(jsonOf(usual)) as Record<string, Record<string, unknown>[]>;
  expect(rules).toHaveLength(defaults.length + 1);
  expect(rules?.[0]).toMatchObject({
    pages: 1,
    episodes: 1,
    found: 1,
    covered: 0,
    missed: 0,
    delay_median_s: 60,
    delay_p95_s: 60,
    pages_outside: 0,
  });
  expect(pages?.[0]).toMatchObject({ at: '2026-11-01T16:41:00.000Z', name: hostile, endpoints: [`a${hostile}`] });
  expect(endpoints?.[1]).toMatchObject({ id: 'b', probes: 2001, failed: 1, missing: 1, episodes: [], incidents: [], faults_known: false });
  expect(endpoints?.[0]?.['rule_pages']).toMatchObject({ '3 failures in a row': 1 });
  expect(rule).toContain('30 min');
});

describe('the HTML', () => {
  const html = [...htmlOf(usual, 'now & then')].join('');

  test('is one document that runs, loads and links nothing, whatever the names are', () => {
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect([
      /<img|<script|<link|\s(?:href|src|on\w+)=(?!x onerror)/i.test(html.replaceAll('&lt;img src=x onerror=alert(1)&gt;', '')),
    ]).toEqual([false]);
    expect(html).toContain("default-src 'none'");
    expect(html).toContain('now &amp; then');
    const svgs = html.match(/<svg .*?<\/svg>/gs) ?? [];
    expect(svgs.map((svg) => XMLValidator.validate(svg))).toEqual([true, true]);
    expect(html).toContain('prefers-color-scheme:dark');
  });

  test('draws the fifty with the most trouble, and lists the others', () => {
    const many = Array.from({ length: 60 }, (_, i) => history(`endpoint-${i}`, `${'0'.repeat(100)}${'1'.repeat(i % 7)}`));
    const text = [...htmlOf(run(many, []), 'now')].join('');
    expect(text.match(/<svg /g)).toHaveLength(50);
    expect(text).toContain('The 50 endpoints with the most trouble');
    expect(text.slice(text.indexOf('The other endpoints')).match(/<tr><td>endpoint-/g)).toHaveLength(10);
  });
});

test('lengths of time have two or three figures and a unit', () => {
  expect([0, 1500, 45_000, 119_000, 2 * minuteMs, 90 * minuteMs, 2 * hourMs, 30 * hourMs, 3.25 * dayMs].map(length)).toEqual([
    '0 s',
    '1.5 s',
    '45 s',
    '119 s',
    '2 min',
    '90 min',
    '2 h',
    '30 h',
    '3.3 d',
  ]);
});
