// Numbers, lengths of time and titles as all reports write them.
import { stamp } from '#draw/words.ts';
import { type DurationMs, dayMs, type EpochMs, hourMs, minuteMs, secondMs } from '#model/time.ts';
import type { Backtest } from '../backtest.ts';
import { episodeRule } from '../episodes.ts';
import { endOf } from '../history.ts';
import type { Score } from '../score.ts';
import type { Page } from '../verdict.ts';

/** `45 s`, `1.5 min`, `22 min`, `2.5 h`, `3 d`. */
export function length(span: DurationMs): string {
  if (span < 2 * minuteMs) return `${figures(span / secondMs)} s`;
  if (span < 2 * hourMs) return `${figures(span / minuteMs)} min`;
  return span < 2 * dayMs ? `${figures(span / hourMs)} h` : `${figures(span / dayMs)} d`;
}

function figures(value: number): string {
  return String(value >= 10 ? Math.round(value) : Math.round(value * 10) / 10);
}

/** `4,312,112` */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 endpoint`, `50 endpoints` */
function counted(amount: number, noun: string): string {
  return `${count(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}

/** To the minute, UTC. */
export function minute(at: EpochMs): string {
  return stamp(at).slice(0, 16);
}

/** What was judged, a sentence or two each. */
export function summaryOf({ histories, counts, episodes }: Backtest): readonly string[] {
  const from = Math.min(...histories.map(({ start }) => start));
  const until = Math.max(...histories.map(endOf));
  const intervals = histories.map(({ interval }) => interval).toSorted((a, b) => a - b);
  const [least = 0, most = 0] = [intervals[0], intervals.at(-1)];
  const every = least === most ? `every ${length(least)}` : `every ${length(least)} to ${length(most)}`;
  const known = counts.reduce((sum, one) => sum + one.known, 0);
  const failed = counts.reduce((sum, one) => sum + one.failed, 0);
  const missing = counts.reduce((sum, one) => sum + one.missing, 0);
  const amount = episodes.reduce((sum, own) => sum + own.length, 0);
  return [
    `${counted(histories.length, 'endpoint')}, ${minute(from)} to ${minute(until)} UTC (${length(until - from)}), a probe ${every}.`,
    `${counted(known, 'probe')}, ${count(failed)} of them failed; ${count(missing)} are missing and count as neither.`,
    `${counted(amount, 'episode')} of trouble. ${truthOf(histories)}`,
  ];
}

function truthOf(histories: Backtest['histories']): string {
  const known = histories.filter(({ faults }) => faults !== undefined).length;
  const rule = `A rule that looks at the whole history at once says where trouble was: ${episodeRule}.`;
  if (known === 0) return rule;
  return known === histories.length
    ? 'They are known from the traces.'
    : `Those of ${counted(known, 'endpoint')} are known from the traces. ${rule}`;
}

/** Windows of minutes are meant for probes that come so often. */
const windowed: DurationMs = minuteMs;

/** What the columns of the comparison mean, and what a reader has to know of it. */
export function legendOf({ histories }: Backtest): readonly string[] {
  const isSlow = histories.some(({ interval }) => interval > windowed);
  return isSlow ? [...legend, slowly] : legend;
}

const slowly =
  'Rules with a window in minutes (for, avg_over_time, burn rate) are meant for a probe every minute or oftener: read them with care here.';
const legend: readonly string[] = [
  'found: episodes that were paged for, or that began while the page before was still open.',
  "delay: from an episode's first failure to its first page, median and 95th percentile.",
  "per episode: pages within episodes over episodes found; one page of Holter's may be about several endpoints.",
  'outside: pages that belong to no episode.',
  'Every rule saw every probe as soon as it was made, and thought all well before the history began. Reminders and recoveries are no pages.',
];

export const columns = ['rule', 'pages', 'found', 'delay', '95 %', 'per episode', 'outside'] as const;

/** Cells of one rule, as texts. */
export function rowOf({ name, pages, found, episodes, medianDelay, lateDelay, pagesPerEpisode, outside }: Score): readonly string[] {
  return [
    name,
    count(pages),
    `${count(found)} of ${count(episodes)}`,
    medianDelay === undefined ? '-' : length(medianDelay),
    lateDelay === undefined ? '-' : length(lateDelay),
    pagesPerEpisode === undefined ? '-' : pagesPerEpisode.toFixed(2),
    count(outside),
  ];
}

/** Whom a page is about. Untrusted names are in it as they are. */
export function subjectOf({ level, name, places }: Page): string {
  if (level === 'endpoint') return name;
  const whole = level === 'system' || name === '' ? 'everything together' : `${level} ${name}`;
  return `${whole} (${counted(places.length, 'endpoint')})`;
}

/** `17 of 60 probes failed, for 22 min` */
export function courseOf({ at, until, failures, attempts }: Page): string {
  return `${count(failures)} of ${counted(attempts, 'probe')} failed, ${until === undefined ? 'still open' : `for ${length(until - at)}`}`;
}
