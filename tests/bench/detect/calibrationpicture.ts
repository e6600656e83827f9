// Asked against measured: false pages of healthy endpoints over those that the dial allows, by how often a healthy endpoint fails.
import { chartOf } from '#draw/chart.ts';
import { svgOf } from '#draw/picture.ts';
import type { CellScore } from './calibration.ts';

/** Without a season, restarts of every sort together; a line for each interval and dial. */
export function calibrationPicture(scores: readonly CellScore[]): string {
  const lines = Map.groupBy(
    scores.filter(({ health }) => !health.season),
    ({ settings }) => `${settings.interval / 1000} s probes, ${settings.falsePagesPerYear} a year`,
  );
  return svgOf(
    chartOf({
      title: 'False pages measured over those asked for; the dial keeps its word at 1 and below',
      x: { label: 'failures per probe of a healthy endpoint', unit: '', scale: 'log' },
      y: { label: 'measured / asked', unit: '', scale: 'linear' },
      series: [...lines].map(([name, cells]) => ({ name, points: pointsOf(cells) })),
      levels: [{ at: 1, label: 'asked' }],
      size: { width: 1000, height: 480 },
    }),
  );
}

function pointsOf(cells: readonly CellScore[]): { readonly x: number; readonly y: number }[] {
  const byRate = Map.groupBy(cells, ({ health }) => health.rate);
  return [...byRate]
    .map(([x, of]) => ({
      x,
      y: sum(of, ({ intermittent, down }) => intermittent + down) / sum(of, ({ settings, up }) => settings.falsePagesPerYear * up),
    }))
    .toSorted((a, b) => a.x - b.x);
}

function sum(cells: readonly CellScore[], of: (cell: CellScore) => number): number {
  return cells.reduce((total, cell) => total + of(cell), 0);
}
