// Holter and the rules in common use, as tables and pictures: what each costs in false pages, and what it finds how soon.
import { defaults } from '#backtest/rules/defaults.ts';
import type { Rule } from '#backtest/rules/rule.ts';
import { type Chart, chartOf } from '#draw/chart.ts';
import { svgOf } from '#draw/picture.ts';
import { families } from './families.ts';
import {
  binBounds,
  byClass,
  type Curve,
  curveRates,
  curves,
  type Delays,
  falsePages,
  healthyYears,
  holter,
  observerCurve,
  tune,
} from './peers.ts';
import { mean, quantile } from './play.ts';

export interface Contest {
  readonly markdown: string;
  /** By name, without the ending. */
  readonly pictures: ReadonlyMap<string, string>;
}

interface Size {
  readonly years: number;
  readonly traces: number;
}

/** Endpoints on which rules are tuned, on which false pages are counted, and traces of faults have seeds of their own each. */
export function contest(seed: number, { years, traces }: Size): Contest {
  const training = healthyYears(seed + 11, years);
  const asShipped = [holter(1), ...defaults];
  const settings = families.map((family) => ({ family, rule: tune(family, training, 1) }));
  const tuned = [holter(1), ...settings.flatMap(({ rule }) => rule ?? [])];
  const never = settings.flatMap(({ family, rule }) => (rule === undefined ? [family] : []));
  const healthy = healthyYears(seed + 12, years);
  const lines = curves(seed + 100, tuned, traces);
  const observer = { name: 'all-knowing observer', medians: observerCurve(seed + 200, traces), pages: [] };
  const markdown = [
    '### As they come',
    '',
    table(asShipped, { healthy, seed: seed + 13, traces }),
    '',
    '### Each set to one false page a year and endpoint',
    '',
    `Tuned on ${years} other endpoint-years of the same sort: the most sensitive setting within the dial. ${named(never)}`,
    '',
    table(tuned, { healthy, seed: seed + 13, traces }),
  ].join('\n');
  return {
    markdown,
    pictures: new Map([
      ['delay', drawn(delayChart([...fastest(lines), observer]))],
      ['pages', drawn(pagesChart(fastest(lines)))],
    ]),
  };
}

function named(never: readonly { readonly name: string }[]): string {
  return never.length === 0 ? '' : `No setting of these is quiet enough: ${never.map(({ name }) => name).join(', ')}.`;
}

/** Classes of faults that have a column. */
const shown = ['down', '50 %', '30 %', '20 %', '10 %', '5 %', '2 %', 'bursts, 150 s every 450 s', 'ramp to 30 % over 4 to 8 h'];

interface Data extends Pick<Size, 'traces'> {
  readonly healthy: ReturnType<typeof healthyYears>;
  readonly seed: number;
}

function table(rules: readonly Rule[], { healthy, seed, traces }: Data): string {
  const classes = byClass(seed, rules, traces).filter(({ fault }) => shown.includes(fault.name));
  const bins = binBounds.slice(1).map((bound, i) => `${binBounds[i]} to ${bound}`);
  const head = [
    'rule',
    'false pages a year and endpoint',
    ...bins.map((bin) => `healthy ${bin}`),
    ...classes.map(({ fault }) => fault.name),
    'pages per fault',
  ];
  const rows = rules.map((rule, k) => {
    const { all, byBin } = falsePages(rule, healthy);
    const scores = classes.map(({ scores: of }) => of[k] as Delays);
    const cells = [rule.name, amount(all), ...byBin.map(amount), ...scores.map(delayCell), amount(mean(scores.map(({ pages }) => pages)))];
    return `| ${cells.join(' | ')} |`;
  });
  return [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...rows].join('\n');
}

/** Median and 95th percentile of the probes to the page, and where some stayed unseen how many were found. */
function delayCell({ delays }: Delays): string {
  const found = delays.filter((delay) => Number.isFinite(delay)).length / delays.length;
  const text = `${probes(quantile(delays, 0.5))} / ${probes(quantile(delays, 0.95))}`;
  return found === 1 ? text : `${text}, ${Math.floor(100 * found)} % found`;
}

function probes(delay: number): string {
  return Number.isFinite(delay) ? String(delay) : 'never';
}

function amount(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Of rules whose names begin alike the pictures show the one that is soonest at 10 %. */
const mostLines = 12;

function fastest(lines: readonly Curve[]): Curve[] {
  const at = curveRates.indexOf(0.1);
  const [ours, ...others] = lines;
  const sorted = others.toSorted((x, y) => (x.medians[at] as number) - (y.medians[at] as number));
  const byKind = new Map(sorted.toReversed().map((line) => [line.name.replace(/ .*/u, ''), line]));
  const chosen = [...byKind.values()].toSorted((x, y) => (x.medians[at] as number) - (y.medians[at] as number));
  return [...(ours === undefined ? [] : [ours]), ...chosen.slice(0, mostLines)];
}

function delayChart(lines: readonly Curve[]): Chart {
  return {
    title: 'Median delay at one false page a year and endpoint; lines end where half of the faults stay unseen for a day',
    x: { label: 'share of probes that fail', unit: '', scale: 'log' },
    y: { label: 'probes to the page', unit: '', scale: 'log' },
    series: lines.map(({ name, medians }) => ({ name, points: pointsOf(medians) })),
    size: { width: 1000, height: 620 },
  };
}

function pagesChart(lines: readonly Curve[]): Chart {
  return {
    title: 'Pages for one fault of a day, every rule at one false page a year and endpoint',
    x: { label: 'share of probes that fail', unit: '', scale: 'log' },
    y: { label: 'pages', unit: '', scale: 'log' },
    series: lines.map(({ name, pages }) => ({ name, points: pointsOf(pages.map((of) => (of > 0 ? of : Number.NaN))) })),
    size: { width: 1000, height: 620 },
  };
}

function pointsOf(values: readonly number[]): { readonly x: number; readonly y: number }[] {
  return curveRates.map((x, i) => ({ x, y: Number.isFinite(values[i]) ? (values[i] as number) : Number.NaN }));
}

export function drawn(chart: Chart): string {
  return svgOf(chartOf(chart));
}
