// A chart of lines: labelled axes, levels that matter, events, and series that are told apart by dashes and signs, not by colour alone.
import { fewPoints, legendOf, sign, stroke } from './lines.ts';
import { type Mark, markLines, marksHeight, shownMarks } from './marks.ts';
import { left, type Picture, right, top } from './picture.ts';
import { type Point, reduced } from './reduce.ts';
import { type Axis, type Scale, scaleOf } from './scale.ts';
import { element, type Markup, number, short, text, through } from './svg.ts';
import { figure, stamp } from './words.ts';

export type { Point } from './reduce.ts';
export type { Axis } from './scale.ts';

export interface Series {
  readonly name: string;
  /** In the order of x. A point whose y is not a number interrupts the line; one whose x is none is left out. */
  readonly points: readonly Point[];
}

export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  /** At most 24 are drawn. */
  readonly series: readonly Series[];
  /** Horizontal lines, such as the threshold that pages. */
  readonly levels?: readonly { readonly at: number; readonly label: string }[];
  /** Vertical lines, such as the moment of the page; at most 40 are drawn. */
  readonly marks?: readonly Mark[];
  /** Pixels; 900 by 320 without it. */
  readonly size?: { readonly width: number; readonly height: number };
}

const mostSeries = 24;
const belowAxis = 44;
/** What the chart is drawn with: where the plot stands, and the two scales. */
interface Frame {
  readonly width: number;
  readonly plot: { readonly top: number; readonly width: number; readonly height: number };
  readonly x: Scale;
  readonly y: Scale;
}

/** Draws it. Bounded whatever it is given: a series costs at most four points a pixel. Never throws. */
export function chartOf(chart: Chart): Picture {
  const shown = chart.series.slice(0, mostSeries);
  const marks = shownMarks(chart.marks);
  const { width, height } = chart.size ?? { width: 900, height: 320 };
  const legend = legendOf(shown, chart.series.length - shown.length, width);
  const plot = { top: top + marksHeight(marks), width: width - left - right, height: 0 };
  plot.height = Math.max(40, height - plot.top - belowAxis - legend.height);
  const levels = chart.levels ?? [];
  const frame: Frame = {
    width,
    plot,
    x: scaleOf(chart.x, xsOf(shown, marks), plot.width / 90),
    y: scaleOf(chart.y, ysOf(shown, levels), plot.height / 28),
  };
  const total = plot.top + plot.height + belowAxis + legend.height;
  const body = element(
    'g',
    {},
    element('text', { class: 'hp-title', x: left, y: 20 }, text(short(chart.title, 120))),
    ...axes(chart, frame),
    ...shown.flatMap((series, index) => line(series, index, frame)),
    ...levels.flatMap((level) => levelLine(level, frame)),
    ...markLines(marks, { width: plot.width, bottom: plot.top + plot.height, scale: frame.x }),
    element('g', { transform: `translate(0 ${number(plot.top + plot.height + belowAxis)})` }, ...legend.parts),
  );
  return { title: short(chart.title, 120), description: describe(chart, shown), width, height: total, body };
}

function* xsOf(series: readonly Series[], marks: readonly Mark[]): Iterable<number> {
  for (const { points } of series) for (const { x } of points) yield x;
  for (const { at } of marks) yield at;
}

function* ysOf(series: readonly Series[], levels: readonly { readonly at: number }[]): Iterable<number> {
  for (const { points } of series) for (const { y } of points) yield y;
  for (const { at } of levels) yield at;
}

function axes({ x, y }: Chart, frame: Frame): Markup[] {
  const { plot } = frame;
  const bottom = plot.top + plot.height;
  const parts: Markup[] = [];
  for (const { place, label } of frame.y.ticks) {
    const at = bottom - place * plot.height;
    parts.push(
      element('line', { class: 'hp-grid', x1: left, y1: at, x2: left + plot.width, y2: at }),
      element('text', { class: 'hp-soft', x: left - 6, y: at + 4, 'text-anchor': 'end' }, text(label)),
    );
  }
  for (const { place, label } of frame.x.ticks) {
    const at = left + place * plot.width;
    parts.push(
      element('line', { class: 'hp-axis', x1: at, y1: bottom, x2: at, y2: bottom + 5 }),
      element('text', { class: 'hp-soft', x: at, y: bottom + 18, 'text-anchor': 'middle' }, text(label)),
    );
  }
  parts.push(
    element('path', {
      class: 'hp-axis',
      d: through([
        [left, plot.top],
        [left, bottom],
        [left + plot.width, bottom],
      ]),
    }),
    element('text', { x: left + plot.width / 2, y: bottom + 36, 'text-anchor': 'middle' }, text(axisLabel(x))),
    element(
      'text',
      { 'text-anchor': 'middle', transform: `translate(14 ${number(plot.top + plot.height / 2)}) rotate(-90)` },
      text(axisLabel(y)),
    ),
  );
  return parts;
}

function axisLabel({ label, unit }: Axis): string {
  return short(unit === '' ? label : `${label} (${unit})`, 80);
}

function levelLine({ at, label }: { readonly at: number; readonly label: string }, { plot, y }: Frame): Markup[] {
  if (!Number.isFinite(at)) return [];
  const place = plot.top + plot.height - y.place(at) * plot.height;
  return [
    element('line', {
      class: 'hp-level',
      x1: left,
      y1: place,
      x2: left + plot.width,
      y2: place,
      'stroke-dasharray': '4 2',
      'stroke-width': 1.5,
    }),
    element('text', { class: 'hp-over', x: left + plot.width - 4, y: place - 4, 'text-anchor': 'end' }, text(short(label, 60))),
  ];
}

function line({ points }: Series, index: number, { plot, x, y }: Frame): Markup[] {
  const bottom = plot.top + plot.height;
  const runs = reduced(points, (point) => [left + x.place(point.x) * plot.width, bottom - y.place(point.y) * plot.height]);
  const d = runs.map(through).join('');
  const isFew = points.length <= fewPoints;
  const parts = d === '' ? [] : [element('path', { ...stroke(index), d })];
  // A point alone between gaps has no length: it needs a sign to be seen.
  const dots = isFew ? runs.flat() : runs.filter((run) => run.length === 1).flat();
  return [...parts, ...dots.map((at) => sign(index, at))];
}

function describe({ x, y, levels = [], marks = [] }: Chart, shown: readonly Series[]): string {
  const placeOf = (value: number): string => (x.scale === 'time' ? `${stamp(value)} UTC` : valueOf(value));
  const lines = shown.map(({ name, points }) => {
    const last = points.at(-1);
    return `${short(name, 60)}: ${points.length} points${last === undefined ? '' : `, the last ${valueOf(last.y)} at ${placeOf(last.x)}`}.`;
  });
  const at = levels.map((level) => `Level ${valueOf(level.at)}: ${short(level.label, 60)}.`);
  const events = shownMarks(marks).map((mark) => `${short(mark.label, 60)} at ${placeOf(mark.at)}.`);
  return [`${axisLabel(y)} over ${axisLabel(x)}.`, ...lines, ...at, ...events].join(' ');
}

function valueOf(value: number): string {
  return Number.isFinite(value) ? figure(value) : 'no value';
}
