// The comparison as text for a terminal, and Holter's pages one a line.
import { short } from '#draw/svg.ts';
import type { Backtest } from '../backtest.ts';
import { columns, count, courseOf, legendOf, minute, rowOf, subjectOf, summaryOf } from './words.ts';

/** Pages that are listed: the latest. */
const mostPages = 40;
const nameWidth = 72;

export function tableOf(backtest: Backtest): string {
  const rows = [columns, ...backtest.scores.map(rowOf)];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '));
  return [...summaryOf(backtest), '', ...lines, '', ...legendOf(backtest), '', ...pagesOf(backtest)].join('\n');
}

function pagesOf({ judgement: { pages } }: Backtest): readonly string[] {
  if (pages.length === 0) return ['Holter would have paged nobody.'];
  const shown = pages.slice(-mostPages);
  const which = shown.length === pages.length ? '' : `, the last ${shown.length} of ${count(pages.length)} (--format json has all)`;
  return [
    `What Holter would have paged, UTC${which}:`,
    ...shown.map((page) => `  ${minute(page.at)}  ${page.worst.padEnd(12)}  ${short(subjectOf(page), nameWidth)}: ${courseOf(page)}`),
  ];
}
