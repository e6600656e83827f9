// Histories judged: by Holter, and by the rules in common use, on the very same outcomes.
import { type Episode, episodesOf } from './episodes.ts';
import { type Counts, countsOf, type History } from './history.ts';
import { defaults } from './rules/defaults.ts';
import { type Score, Tally } from './score.ts';
import { type Judge, type Judgement, spellsOf } from './verdict.ts';

export interface BacktestOptions {
  readonly judge: Judge;
  /** False pages a year that Holter was allowed, all endpoints and groups together. */
  readonly falsePagesPerYear: number;
  /** Hears from 0 to 1 how far it is. */
  readonly tell: (share: number) => void;
}

export interface Backtest {
  readonly histories: readonly History[];
  /** Of each history. */
  readonly counts: readonly Counts[];
  readonly episodes: readonly (readonly Episode[])[];
  readonly judgement: Judgement;
  /** Holter first, then the rules of `defaults` in their order. */
  readonly scores: readonly Score[];
  /** Pages of each rule of `defaults` for each history. */
  readonly rulePages: readonly (readonly number[])[];
}

/** Holter takes some of the time, the rules the rest. */
const judgeShare = 0.7;

/** Runs all of it; takes some microseconds an outcome. `histories`: at least one. */
export function backtest(histories: readonly History[], { judge, falsePagesPerYear, tell }: BacktestOptions): Backtest {
  const judgement = judge(histories, (share) => tell(share * judgeShare));
  const episodes = histories.map(episodesOf);
  const holter = new Tally(`Holter, ${falsePagesPerYear} false pages a year`, 'this program');
  holter.addTogether(judgement, episodes);
  const tallies = defaults.map(({ name, source }) => new Tally(name, source));
  const rulePages = histories.map((history, place) => {
    tell(judgeShare + ((1 - judgeShare) * place) / histories.length);
    return defaults.map((rule, i) => tallies[i]?.add(spellsOf(rule, history), episodes[place] ?? []) ?? 0);
  });
  tell(1);
  return {
    histories,
    counts: histories.map((history) => countsOf(history)),
    episodes,
    judgement,
    scores: [holter, ...tallies].map((tally) => tally.score()),
    rulePages,
  };
}
