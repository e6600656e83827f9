// How good the pages of one rule were: episodes found, how late, how often about the same, and how many about nothing.
import type { DurationMs } from '#model/time.ts';
import type { Episode } from './episodes.ts';
import type { Judgement, Spell } from './verdict.ts';

export interface Score {
  readonly name: string;
  readonly source: string;
  readonly pages: number;
  /** Episodes that it paged for, or that began while it still fired for the one before. */
  readonly found: number;
  /** Of these, the ones that began while it fired: they have no delay. */
  readonly covered: number;
  readonly episodes: number;
  /** Pages inside episodes over episodes found; undefined where none was. */
  readonly pagesPerEpisode: number | undefined;
  /** Pages that belong to no episode. */
  readonly outside: number;
  /** From the start of the episode to its first page. Undefined where no episode was paged for. */
  readonly medianDelay: DurationMs | undefined;
  /** 95th percentile. */
  readonly lateDelay: DurationMs | undefined;
}

/** Adds up one rule over many endpoints. */
export class Tally {
  readonly #name: string;
  readonly #source: string;
  readonly #delays: DurationMs[] = [];
  #pages = 0;
  #inside = 0;
  #covered = 0;
  #episodes = 0;

  constructor(name: string, source: string) {
    this.#name = name;
    this.#source = source;
  }

  /** A rule that knows one endpoint only: every spell is a page. Gives the number of pages. */
  add(spells: readonly Spell[], episodes: readonly Episode[]): number {
    this.#find(spells, episodes);
    this.#pages += spells.length;
    for (const { from } of spells) if (isWithin(from, episodes)) this.#inside += 1;
    return spells.length;
  }

  /** Holter: a page may be about several endpoints, and is inside when one of them is in an episode then. */
  addTogether({ pages, spells }: Judgement, episodes: readonly (readonly Episode[])[]): void {
    for (const [place, own] of episodes.entries()) this.#find(spells[place] ?? [], own);
    this.#pages += pages.length;
    for (const { at, places } of pages) if (places.some((place) => isWithin(at, episodes[place] ?? []))) this.#inside += 1;
  }

  score(): Score {
    const found = this.#delays.length + this.#covered;
    const delays = this.#delays.toSorted((a, b) => a - b);
    return {
      name: this.#name,
      source: this.#source,
      pages: this.#pages,
      found,
      covered: this.#covered,
      episodes: this.#episodes,
      pagesPerEpisode: found === 0 ? undefined : this.#inside / found,
      outside: this.#pages - this.#inside,
      medianDelay: quantile(delays, 0.5),
      lateDelay: quantile(delays, 0.95),
    };
  }

  /** Both are in order: one walk. */
  #find(spells: readonly Spell[], episodes: readonly Episode[]): void {
    this.#episodes += episodes.length;
    let next = 0;
    for (const { from, until } of episodes) {
      while ((spells[next]?.until ?? Number.POSITIVE_INFINITY) < from) next += 1;
      const spell = spells[next];
      if (spell === undefined || spell.from > until) continue;
      if (spell.from < from) this.#covered += 1;
      else this.#delays.push(spell.from - from);
    }
  }
}

/** Whether the moment belongs to one of the episodes, which are in order: a binary search. */
export function isWithin(at: number, episodes: readonly Episode[]): boolean {
  let [low, high] = [0, episodes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((episodes[middle]?.until ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return (episodes[low]?.from ?? Number.POSITIVE_INFINITY) <= at;
}

/** Nearest rank. */
function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
