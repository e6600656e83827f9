// `holter backtest`: a history from where it is kept, through Holter and through the rules in common use, as a report.
import { writeFile } from 'node:fs/promises';
import { type Backtest, backtest } from '#backtest/backtest.ts';
import type { History } from '#backtest/history.ts';
import { htmlOf } from '#backtest/report/html.ts';
import { jsonOf } from '#backtest/report/json.ts';
import { tableOf } from '#backtest/report/table.ts';
import type { Judge } from '#backtest/verdict.ts';
import { HolterError } from '#model/error.ts';
import type { DurationMs } from '#model/time.ts';
import { judgeHistories } from './backtestjudge.ts';
import { agent } from './version.ts';

export interface JudgedBy {
  readonly falsePagesPerYear: number;
  readonly grace: DurationMs;
  /** Knows more than the endpoints' labels: the judge of a configuration. */
  readonly judge?: Judge;
}

/** Histories, and how Holter is to judge them. */
export interface Material {
  readonly histories: readonly History[];
  readonly by: JudgedBy;
}

/** `histories`: at least one. `tell` hears from 0 to 1 how far it is. */
export function runBacktest({ histories, by }: Material, tell: (share: number) => void): Backtest {
  const { falsePagesPerYear, grace } = by;
  const byLabels: Judge = (all, told) => judgeHistories(all, { falsePagesPerYear, grace }, told);
  return backtest(histories, { judge: by.judge ?? byLabels, falsePagesPerYear, tell });
}

/** What is printed, by format. */
export const backtestFormats = { table: tableOf, json: jsonOf } as const;

/** Writes the report as HTML over whatever is there. Throws HolterError `write`. */
export async function writeHtml(path: string, report: Backtest, now: Date): Promise<void> {
  try {
    await writeFile(path, htmlOf(report, `${agent}, ${now.toISOString()}`));
  } catch (error) {
    throw new HolterError(
      'write',
      `the report could not be written to ${path} (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
      {
        retryable: true,
        cause: error,
      },
    );
  }
}
