import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { type Chart, chartOf } from './chart.ts';
import { stacked, svgOf } from './picture.ts';
import { reduced } from './reduce.ts';
import { stripOf } from './strippicture.ts';

const start = Date.UTC(2026, 10, 25, 14, 2, 30);
const time = { label: 'time', unit: 'UTC', scale: 'time' } as const;
const evidence = { label: 'evidence', unit: 'pages', scale: 'log' } as const;

function chart(part: Partial<Chart>): Chart {
  return { title: 'Evidence', x: time, y: evidence, series: [], ...part };
}

/** The document as XML, or the reason why it is none. */
function parsed(svg: string): unknown {
  expect(XMLValidator.validate(svg)).toBe(true);
  return new XMLParser({ ignoreAttributes: false }).parse(svg);
}

/** The shape without its place. */
function moved(path: string): string {
  const numbers = path.match(/-?[\d.]+/g)?.map(Number) ?? [];
  return numbers.map((value, index) => (value - (numbers[index % 2] ?? 0)).toFixed(1)).join(' ');
}

function series(count: number, y: (index: number) => number) {
  return { name: 'S/A', points: Array.from({ length: count }, (_, index) => ({ x: start + index * 30_000, y: y(index) })) };
}

describe('a chart', () => {
  test('says what its axes, levels, marks and series are', () => {
    const svg = svgOf(
      chartOf(
        chart({
          series: [series(100, (index) => 10 ** (index / 25 - 3)), { ...series(100, () => 0.5), name: 'for: 5m' }],
          levels: [{ at: 1, label: 'pages' }],
          marks: [{ at: start + 75 * 30_000, label: 'paged' }],
        }),
      ),
    );
    parsed(svg);
    for (const words of ['time (UTC)', 'evidence (pages)', 'for: 5m', '>pages<', '>paged<', '>14:20<', '>0.001<', '>10<'])
      expect(svg).toContain(words);
    expect(svg).toContain('S/A: 100 points, the last 9.12 at 2026-11-25 14:52:00 UTC.');
  });

  test('hostile names end as text', () => {
    const name = `<script>alert(1)</script>'"&]]>\u0000\u202E`;
    const svg = svgOf(
      chartOf(
        chart({
          title: name,
          x: { ...time, label: name, unit: name },
          series: [{ ...series(3, () => 1), name }],
          levels: [{ at: 1, label: name }],
          marks: [{ at: start, label: name }],
        }),
      ),
    );
    parsed(svg);
    expect(svg).not.toContain('<script');
    for (const character of ['\u0000', '\u202E']) expect(svg).not.toContain(character);
  });

  const few: readonly (readonly [string, Partial<Chart>])[] = [
    ['nothing at all', {}],
    ['series without points', { series: [series(0, () => 1)] }],
    ['one point', { series: [series(1, () => 1)] }],
    ['one point of zero on a logarithm', { series: [series(1, () => 0)] }],
    ['one value again and again', { y: { ...evidence, scale: 'linear' }, series: [series(5, () => 7)] }],
    [
      'values that are none',
      { series: [series(5, () => Number.NaN), series(5, () => Number.POSITIVE_INFINITY)], levels: [{ at: Number.NaN, label: 'x' }] },
    ],
    [
      'times that are none',
      {
        series: [
          {
            name: 'x',
            points: [
              { x: Number.NaN, y: 1 },
              { x: Number.POSITIVE_INFINITY, y: 2 },
            ],
          },
        ],
        marks: [{ at: Number.NaN, label: 'x' }],
      },
    ],
    [
      'huge and tiny values',
      { y: { ...evidence, scale: 'linear' }, series: [series(4, (index) => [1e308, -1e308, 1e-308, 5][index] ?? 0)] },
    ],
    ['the largest evidence', { series: [series(4, (index) => [1e100, 1e-100, 1, 5e-324][index] ?? 0)] }],
    [
      'times of a calendar that ends',
      {
        series: [
          {
            name: 'x',
            points: [
              { x: -1e18, y: 1 },
              { x: 1e18, y: 2 },
            ],
          },
        ],
      },
    ],
    [
      'a range the wrong way round',
      { x: { ...time, range: [5, 1] }, y: { ...evidence, range: [0, Number.NaN] }, series: [series(3, () => 1)] },
    ],
  ];

  test.each(few)('of %s is a picture still', (_, part) => {
    const svg = svgOf(chartOf(chart(part)));
    parsed(svg);
    expect(svg.replace(/<style>.*<\/style>/, '')).not.toMatch(/NaN|Infinity|[0-9]e[-+]?[0-9]/);
  });

  test('100,000 points become a few thousand at most, and keep their extremes', () => {
    const points = series(100_000, (index) => (index === 54_321 ? 900 : 1 + (index % 7)));
    const svg = svgOf(chartOf(chart({ series: [points] })));
    expect(svg.length).toBeLessThan(60_000);
    const runs = reduced(points.points, ({ x, y }) => [(x - start) / 30_000 / 125, 1000 - y]);
    expect(runs.flat().length).toBeLessThanOrEqual(4 * 801);
    expect(Math.min(...runs.flat().map(([, y]) => y))).toBe(100);
  });

  test('100,000 points with a gap at every other one stay bounded', () => {
    const svg = svgOf(chartOf(chart({ series: [series(100_000, (index) => (index % 2 === 0 ? 1 : Number.NaN))] })));
    expect(svg.length).toBeLessThan(60_000);
  });

  test('a gap interrupts the line', () => {
    const points = [1, 2, Number.NaN, 3, 4].map((y, index) => ({ x: index * 10, y }));
    expect(reduced(points, ({ x, y }) => [x, y])).toEqual([
      [
        [0, 1],
        [10, 2],
      ],
      [
        [30, 3],
        [40, 4],
      ],
    ]);
  });

  test('series are told apart without colour, and what is not drawn is said', () => {
    const many = Array.from({ length: 30 }, (_, index) => ({ ...series(5, () => index + 1), name: `rule ${index}` }));
    const svg = svgOf(chartOf(chart({ series: many })));
    const legend = /<path class="hp-l\d"([^>]*) d="M[^L]*L[^L]*"\/><path class="hp-p\d" d="([^"]*)"\/><text[^>]*>rule/g;
    const looks = [...svg.matchAll(legend)].map(([, dashes = '', sign = '']) => `${/dasharray="[^"]*"/.exec(dashes)?.[0]} ${moved(sign)}`);
    expect(looks.length).toBe(24);
    expect(new Set(looks).size).toBe(24);
    expect(svg).toContain('and 6 more that are not drawn');
  });
});

test('pictures that are stacked stand below one another and are told as one', () => {
  const strip = stripOf({ title: 'Outcomes', cells: [{ at: start, outcome: 'ok' }], interval: 30_000 });
  const below = chartOf(chart({}));
  const both = stacked('Both', [strip, below]);
  expect(both.height).toBe(strip.height + below.height);
  expect(both.description).toMatch(/^Outcomes\. 1 probes.*\nEvidence\. evidence \(pages\) over time \(UTC\)\.$/s);
  parsed(svgOf(both));
});
