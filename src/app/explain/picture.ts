// An explanation as a picture: the strip of outcomes above the evidence, on one time axis.
import { type Chart, chartOf } from '#draw/chart.ts';
import { type Picture, stacked, svgOf } from '#draw/picture.ts';
import type { Strip, StripCell } from '#draw/strip.ts';
import { stripOf } from '#draw/strippicture.ts';
import { secondMs } from '#model/time.ts';
import type { Explanation, PointView } from './contract.ts';
import { timeOf } from './views.ts';

const labels: Readonly<Partial<Record<string, string>>> = {
  opened: 'paged',
  reopened: 'paged again',
  resolved: 'closed',
  worsened: 'down',
  widened: 'widened',
};

/** A whole SVG document. */
export function explanationSvg(explanation: Explanation): string {
  return svgOf(pictureOf(explanation));
}

function pictureOf(explanation: Explanation): Picture {
  const strip = stripOf(stripOfPoints(explanation));
  const title = `Incident of ${explanation.subject}`;
  if (explanation.incident.trouble === 'credentials') return stacked(title, [strip]);
  return stacked(title, [strip, chartOf(chartOfPoints(explanation))]);
}

/** The strip of all points. */
export function stripOfPoints(explanation: Explanation): Strip {
  const { points, subject, interval_seconds: interval } = explanation;
  const range = rangeOf(explanation);
  return {
    title: `Outcomes of ${subject}`,
    cells: points.map(cellOf),
    interval: spacingOf(points, interval * secondMs),
    marks: marksOf(explanation),
    ...(range !== undefined && { range }),
  };
}

function cellOf({ at, outcome, reason, message, probes, failures }: PointView): StripCell {
  const why = reason === undefined ? undefined : `${reason}: ${message ?? ''}`;
  const share = probes > 0 ? failures / probes : 1;
  return { at: timeOf(at), outcome, share, ...(why !== undefined && { detail: why }) };
}

/** Points of a long course stand for several probes. */
function spacingOf(points: readonly PointView[], interval: number): number {
  const probes = Math.max(1, ...points.slice(0, 3).map((point) => point.probes));
  return interval === 0 || points.length < 3 || probes === 1 ? Math.max(interval, secondMs) : medianGap(points);
}

function medianGap(points: readonly PointView[]): number {
  const gaps = points.slice(1).map((point, index) => timeOf(point.at) - timeOf(points[index]?.at ?? point.at));
  return gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? secondMs;
}

function chartOfPoints(explanation: Explanation): Chart {
  const { points } = explanation;
  const range = rangeOf(explanation);
  const line = (name: string, value: (point: PointView) => number | null) => ({
    name,
    points: points.map((point) => ({ x: timeOf(point.at), y: value(point) ?? Number.NaN })),
  });
  return {
    title: 'Evidence',
    x: { label: 'time', unit: 'UTC', scale: 'time', ...(range !== undefined && { range }) },
    y: { label: 'evidence over what is needed', unit: '', scale: 'log' },
    series: [line('for a fault: 1 pages', (point) => point.evidence), line('that it is steady again: 1 closes', (point) => point.recovery)],
    levels: [{ at: 1, label: 'decides' }],
    marks: marksOf(explanation),
  };
}

function marksOf({ incident, course }: Explanation) {
  const steps = course.flatMap(({ at, event }) => {
    const label = labels[event];
    return label === undefined ? [] : [{ at: timeOf(at), label }];
  });
  return [{ at: timeOf(incident.since), label: 'began' }, ...steps];
}

function rangeOf({ points, interval_seconds: interval }: Explanation): readonly [number, number] | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return [timeOf(first.at), timeOf(last.at) + Math.max(interval, 1) * secondMs];
}
