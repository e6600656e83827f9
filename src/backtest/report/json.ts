// Everything as one JSON document, for programs. Times are ISO 8601 in UTC, lengths seconds.
import { type EpochMs, secondMs } from '#model/time.ts';
import type { Backtest } from '../backtest.ts';
import { episodeRule } from '../episodes.ts';
import { endOf, noCounts } from '../history.ts';
import { defaults } from '../rules/defaults.ts';
import type { Score } from '../score.ts';
import type { Page } from '../verdict.ts';

export function jsonOf(backtest: Backtest): string {
  const names = backtest.histories.map(({ name }) => name);
  const document = {
    episode_rule: episodeRule,
    rules: backtest.scores.map(ruleOf),
    pages: backtest.judgement.pages.map((page) => pageOf(page, names)),
    endpoints: names.map((_, place) => endpointOf(backtest, place)),
  };
  return JSON.stringify(document, undefined, 1);
}

function ruleOf({ name, source, pages, episodes, found, covered, medianDelay, lateDelay, pagesPerEpisode, outside }: Score) {
  return {
    name,
    source,
    pages,
    episodes,
    found,
    covered,
    missed: episodes - found,
    delay_median_s: seconds(medianDelay),
    delay_p95_s: seconds(lateDelay),
    pages_per_episode: pagesPerEpisode ?? null,
    pages_outside: outside,
  };
}

function pageOf({ at, until, level, name, worst, failures, attempts, places }: Page, names: readonly string[]) {
  return {
    at: iso(at),
    until: until === undefined ? null : iso(until),
    level,
    name,
    worst,
    failures,
    attempts,
    endpoints: places.map((place) => names[place] ?? ''),
  };
}

function endpointOf({ histories, counts, episodes, judgement, rulePages }: Backtest, place: number) {
  const history = histories[place];
  if (history === undefined) return {};
  const { failed, known: probes, missing } = counts[place] ?? noCounts;
  return {
    id: history.name,
    ...history.labels,
    from: iso(history.start),
    until: iso(endOf(history)),
    interval_s: history.interval / secondMs,
    probes,
    failed,
    missing,
    faults_known: history.faults !== undefined,
    episodes: (episodes[place] ?? []).map(({ from, to, failures }) => ({ from: iso(from), to: iso(to), failures })),
    incidents: (judgement.spells[place] ?? []).map(({ from, until }) => ({ from: iso(from), until: iso(until) })),
    rule_pages: Object.fromEntries(defaults.map(({ name }, i) => [name, rulePages[place]?.[i] ?? 0])),
  };
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}

function seconds(span: number | undefined): number | null {
  return span === undefined ? null : span / secondMs;
}
