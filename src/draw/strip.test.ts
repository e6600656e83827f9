import { XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { svgOf } from './picture.ts';
import { type Outcome, type StripCell, stripText } from './strip.ts';
import { stripOf } from './strippicture.ts';

const start = Date.UTC(2026, 10, 25, 14, 2, 30);
const outcomes: Readonly<Record<string, Outcome>> = { '.': 'ok', '#': 'failed', '?': 'missing', m: 'maintenance', s: 'slow' };

/** Cells from signs, 30 s apart. */
function cells(signs: string): StripCell[] {
  return Array.from(signs, (sign, index) => ({ at: start + index * 30_000, outcome: outcomes[sign] ?? 'ok', detail: 'timeout' }));
}

function strip(signs: string) {
  return { title: 'Outcomes', cells: cells(signs), interval: 30_000 };
}

describe('as text', () => {
  test('rows begin with their time, marks stand below their probe', () => {
    const marks = [
      { at: start + 8 * 30_000, label: 'closed' },
      { at: start + 3 * 30_000 + 5000, label: 'paged' },
    ];
    expect(stripText({ ...strip('..##?m..#'), marks }, { columns: 5, rows: 10 })).toEqual([
      '2026-11-25 14:02:30  ..##?',
      '                        ^ paged',
      '2026-11-25 14:05:00  m..#',
      '                        ^ closed',
      '. ok, # failed, ? missing, m maintenance',
    ]);
  });

  test('a long strip says how many probes a sign stands for, and no failure is lost', () => {
    const lines = stripText(strip(`${'.'.repeat(99_999)}#`), { columns: 60, rows: 10 });
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('. ok, # failed; each sign stands for 167 probes and shows the worst of them');
    expect(lines.at(-2)).toMatch(/\.#$/);
  });

  test('nothing is no row; hostile labels stay on their line', () => {
    expect(stripText(strip(''), { columns: 60, rows: 10 })).toEqual([]);
    const marks = [{ at: start, label: 'a\n\u001B[31mb' }];
    expect(stripText({ ...strip('.'), marks }, { columns: 60, rows: 10 })[1]).toBe('                     ^ a [31mb');
  });
});

describe('as a picture', () => {
  test('slow answers have a shape and a sign of their own', () => {
    expect(stripText(strip('..ss#'), { columns: 60, rows: 10 }).at(-1)).toBe('. ok, s slow, # failed');
    const svg = svgOf(stripOf(strip('..ss#')));
    expect(svg.match(/<path class="hp-slow"/g)).toHaveLength(2);
    expect(svg).toContain('1 failed, 2 ok, 2 slow, 0 missing, 0 maintenance.');
    expect(svgOf(stripOf(strip('..#')))).not.toContain('<path class="hp-slow"');
  });

  test('the outcomes have shapes of their own, and failures their words', () => {
    const svg = svgOf(stripOf(strip('..#??mm.')));
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg).toContain('<title>2026-11-25 14:03:30 UTC failed: timeout</title>');
    expect(svg).toContain('8 probes from 2026-11-25 14:02:30 to 2026-11-25 14:06:00 UTC: 1 failed, 3 ok, 2 missing, 2 maintenance.');
    for (const kind of ['hp-ok', 'hp-missing', 'hp-maintenance'])
      expect(svg.match(new RegExp(`<path class="${kind}"`, 'g'))).toHaveLength(2);
  });

  test('lanes and marks share the time axis; hostile words end as text', () => {
    const label = '</text><script>x</script>';
    const lanes = [{ name: label, spans: [{ from: start, until: start + 60_000, label }] }];
    const svg = svgOf(stripOf({ ...strip('.#.#'), marks: [{ at: start, label }], lanes }));
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg).not.toContain('<script');
    expect(svg).toContain('2026-11-25 14:02:30 to 2026-11-25 14:03:30 UTC');
  });

  test('100,000 outcomes of which every other failed stay bounded', () => {
    const lanes = Array.from({ length: 50 }, (_, lane) => ({
      name: `rule ${lane}`,
      spans: Array.from({ length: 1000 }, (__, index) => ({ from: start + index, until: start + index + 1, label: 'x' })),
    }));
    expect(svgOf(stripOf(strip('.#'.repeat(50_000)))).length).toBeLessThan(80_000);
    expect(svgOf(stripOf({ ...strip('.#'), lanes })).length).toBeLessThan(1_200_000);
  });

  test.each([
    ['nothing', ''],
    ['one probe', '#'],
    ['no failure', '....'],
  ])('of %s is a picture still', (_, signs) => {
    const svg = svgOf(stripOf(strip(signs)));
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  test('probes that come a little early or late leave no hole, and a pause leaves one', () => {
    const uneven = Array.from({ length: 200 }, (_, index) => ({
      at: start + (index + (index < 100 ? 0 : 20)) * 30_000 + ((index * 7919) % 900) - 450,
      outcome: 'ok' as const,
    }));
    const range = [start - 40_000, start + 225 * 30_000] as const;
    const svg = svgOf(stripOf({ title: 'x', cells: uneven, interval: 30_000, range }));
    const ok = /<path class="hp-ok" d="([^"]*)"/g;
    // The first is in the key.
    expect([...svg.matchAll(ok)][1]?.[1]?.match(/M/g)).toHaveLength(2);
  });

  test('times that are none are left out', () => {
    const broken = [...cells('.#'), { at: Number.NaN, outcome: 'failed' }, { at: Number.POSITIVE_INFINITY, outcome: 'ok' }] as const;
    const svg = svgOf(stripOf({ title: 'x', cells: broken, interval: Number.NaN }));
    expect(svg).not.toMatch(/NaN|Infinity/);
    expect(svg).toContain('2 probes from');
  });
});
