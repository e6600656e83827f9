// Histories from a Prometheus: `query_range` of an expression that is 1 or 0, in chunks that any server grants.
import { HolterError } from '#model/error.ts';
import { type DurationMs, type EpochMs, minuteMs, secondMs } from '#model/time.ts';
import type { History } from '../history.ts';
import type { Answer, Prometheus, Range } from './client.ts';
import { Collector, tooMany } from './collect.ts';
import type { LabelNames } from './names.ts';
import { paceOf } from './pace.ts';

export interface PrometheusQuery {
  readonly query: string;
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Undefined: the interval at which the data was scraped. */
  readonly step: DurationMs | undefined;
  readonly names: LabelNames;
  /** Most series. */
  readonly most: number;
}

export interface Telling {
  /** How far it is. */
  readonly progress: (text: string) => void;
  /** What a person should know of the answers; each is told once. */
  readonly note: (text: string) => void;
}

/** What Prometheus grants a series in one answer. */
const mostPoints = 11_000;
/** Points in one answer over all series: some 30 MB. */
const pointsAnswer = 1_000_000;
const fewestPoints = 60;
/** Series that are scraped oftener than this many times for one of most series are looked at more seldom than they were scraped. */
const mostFaster = 4;
/** Points of the first look over the whole range. */
const surveyPoints = 300;

/**
 * A plain selector is read sample by sample, at their own times, so that a missed scrape is missing. Of an expression, or with a step that is longer
 * than the scrapes are apart, the value at each step counts: there Prometheus itself fills gaps of less than its look-back of 5 min.
 * Throws HolterError `history`: refused, empty, not 0 or 1, or beyond the bounds.
 */
export async function readPrometheus(prometheus: Prometheus, wanted: PrometheusQuery, telling: Telling): Promise<readonly History[]> {
  const { query, from, to, most } = wanted;
  const heard = listener(telling);
  telling.progress('looking for series');
  const survey = heard(await prometheus.range(query, surveyRange(wanted)));
  if (survey.length > most) throw tooMany(`${survey.length} series; more than ${most}`, 'narrow the query, or raise --max-series');
  const pace = await paceOf(prometheus, query, busiest(survey) ?? to);
  if (!pace.isSelector && wanted.step === undefined) {
    telling.note(
      `how often it was scraped cannot be told from this query; every ${pace.usual / secondMs} s is assumed (--step says otherwise)`,
    );
  }
  const step = wanted.step ?? Math.max(Math.min(pace.usual, ...pace.intervals.values()), pace.usual / mostFaster);
  const bySample = pace.isSelector && step <= pace.usual;
  const collector = new Collector({ to, most, step, intervals: bySample ? pace.intervals : new Map() });
  const take = async (chunk: Range): Promise<void> => {
    try {
      collector.take(heard(await (bySample ? prometheus.samples(query, chunk.from - step, chunk.to) : prometheus.range(query, chunk))));
    } catch (error) {
      const halves = error instanceof HolterError && error.retryable ? halvesOf(chunk) : [];
      if (halves.length === 0) throw error;
      for (const half of halves) await take(half);
    }
  };
  const chunks = chunksOf({ from, to, step }, Math.max(1, survey.length));
  for (const [i, chunk] of chunks.entries()) {
    telling.progress(`part ${i + 1} of ${chunks.length}, ${collector.samples.toLocaleString('en-US')} samples`);
    await take(chunk);
  }
  const histories = collector.histories(wanted.names);
  if (histories.length === 0) throw nothing(wanted);
  return histories;
}

/** Passes warnings on, each once. */
function listener({ note }: Telling): (answer: Answer) => Answer['series'] {
  const told = new Set<string>();
  return ({ warnings, series }) => {
    for (const warning of warnings) {
      if (!told.has(warning)) note(`Prometheus warns: ${warning}`);
      told.add(warning);
    }
    return series;
  };
}

/** What was too hard in one piece; none where it cannot be smaller. */
function halvesOf({ from, to, step }: Range): readonly Range[] {
  const points = Math.floor((to - from) / step) + 1;
  if (points < 2) return [];
  const middle = from + (Math.floor(points / 2) - 1) * step;
  return [
    { from, to: middle, step },
    { from: middle + step, to, step },
  ];
}

function surveyRange({ from, to }: PrometheusQuery): Range {
  return { from, to, step: Math.max(minuteMs, Math.ceil((to - from) / surveyPoints / minuteMs) * minuteMs) };
}

/** The latest moment at which most series were there. */
function busiest(series: Answer['series']): EpochMs | undefined {
  const counts = new Map<number, number>();
  for (const { values } of series) for (const [at] of values) counts.set(at, (counts.get(at) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  const [latest] = [...counts].filter(([, there]) => there === most).toSorted(([a], [b]) => b - a);
  return latest === undefined ? undefined : latest[0] * secondMs;
}

/** On multiples of the step, as Prometheus' own graphs are: the same question has the same answer. */
function chunksOf({ from, to, step }: Range, series: number): readonly Range[] {
  const points = Math.min(mostPoints, Math.max(fewestPoints, Math.floor(pointsAnswer / series)));
  const chunks: Range[] = [];
  const last = Math.floor(to / step) * step;
  for (let start = Math.ceil(from / step) * step; start <= last; start += points * step) {
    chunks.push({ from: start, to: Math.min(last, start + (points - 1) * step), step });
  }
  return chunks;
}

function nothing({ from, to, query }: PrometheusQuery): HolterError {
  const range = `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
  return new HolterError('history', `the query ${query.slice(0, 200)} gives nothing from ${range}: are the name and the range right?`, {
    retryable: false,
  });
}
