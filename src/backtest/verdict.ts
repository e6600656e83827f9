// What a rule, or Holter, made of histories: pages, and for how long each endpoint was known to be ill.
import { type EpochMs } from '#model/time.ts';
import { endOf, type History, outcome, timeAt } from './history.ts';
import type { Rule } from './rules/rule.ts';

/** From the page until it was taken back; of one that was never, until the history ends. */
export interface Spell {
  readonly from: EpochMs;
  readonly until: EpochMs;
}

/** A page of Holter's: about one endpoint, or about several that one cause broke. */
export interface Page {
  readonly at: EpochMs;
  /** Undefined: still open when the histories end. */
  readonly until: EpochMs | undefined;
  readonly level: 'endpoint' | 'service' | 'region' | 'system' | 'dependency' | 'host' | 'vantage';
  /** Of the endpoint, the service, the region ...; '' for the system. Untrusted text. */
  readonly name: string;
  readonly worst: 'intermittent' | 'down';
  /** Since the estimated onset, when last heard of. */
  readonly failures: number;
  readonly attempts: number;
  /** Places of the histories that it is about. */
  readonly places: readonly number[];
}

/** What Holter makes of histories, in their order. `tell` hears from 0 to 1 how far it is. */
export interface Judgement {
  readonly pages: readonly Page[];
  /** For each history, in order of time. */
  readonly spells: readonly (readonly Spell[])[];
}
export type Judge = (histories: readonly History[], tell: (share: number) => void) => Judgement;

/** The spells in which a rule fires for one endpoint; each begins with a page. */
export function spellsOf(rule: Rule, history: History): readonly Spell[] {
  const watcher = rule.start(history.interval);
  const { outcomes } = history;
  const spells: Spell[] = [];
  let from = -1;
  for (let i = 0; i < outcomes.length; i += 1) {
    const code = outcomes[i];
    const fires = watcher.observe(code === outcome.missing ? undefined : code === outcome.failed);
    if (fires === from >= 0) continue;
    if (fires) from = i;
    else {
      spells.push({ from: timeAt(history, from), until: timeAt(history, i) });
      from = -1;
    }
  }
  if (from >= 0) spells.push({ from: timeAt(history, from), until: endOf(history) });
  return spells;
}
