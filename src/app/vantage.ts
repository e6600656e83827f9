// How the place is from which everything is seen: what of our own troubles it, since when, and in which words.
import { type OwnTrouble, ownTroubleMeanings } from '#model/reason.ts';
import type { ProbeResult } from '#model/result.ts';
import { type Clock, type EpochMs, minuteMs } from '#model/time.ts';

/** Well, or ill since `since` (monotonic) for the reason `why`. */
export type VantageState = { readonly ok: true } | { readonly ok: false; readonly since: EpochMs; readonly why: string };

/** What the self-check says, apart from single results. */
export type NetworkState = { readonly since: EpochMs; readonly why: string } | undefined;

/** Of the results of a minute so many, and this share, must have met with our own trouble: one hiccup is no state. */
const least = 3;
const leastShare = 0.05;

/** The results of one minute. */
interface Minute {
  readonly from: EpochMs;
  results: number;
  readonly own: Map<OwnTrouble, number>;
  /** When the first of them met with trouble. */
  firstAt: EpochMs;
}

export class Vantage {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #minute: Minute;
  /** What the minute before this one came to: trouble is over after a whole minute without it. */
  #before: { readonly since: EpochMs; readonly trouble: OwnTrouble } | undefined;
  readonly #totals = new Map<OwnTrouble, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
    this.#minute = minuteFrom(clock.monotonic());
  }

  /** Results that were missing since the start, by what it was. */
  get totals(): ReadonlyMap<OwnTrouble, number> {
    return this.#totals;
  }

  /** Counts one result. */
  note(result: ProbeResult): void {
    this.#minute.results += 1;
    if (result.outcome === 'ok' || result.trouble === undefined) return;
    const { trouble } = result;
    this.#totals.set(trouble, (this.#totals.get(trouble) ?? 0) + 1);
    const { own } = this.#minute;
    if (own.size === 0) this.#minute.firstAt = this.#clock.monotonic();
    own.set(trouble, (own.get(trouble) ?? 0) + 1);
  }

  /** How it is now. To be called about once a second. */
  look(network: NetworkState): VantageState {
    const now = this.#clock.monotonic();
    const present = this.#worst();
    if (now - this.#minute.from >= minuteMs) {
      this.#before = present;
      this.#minute = minuteFrom(now);
    }
    if (network !== undefined) return { ok: false, since: network.since, why: `the self-check fails (${network.why})` };
    const trouble = this.#before ?? present;
    return trouble === undefined ? { ok: true } : { ok: false, since: trouble.since, why: ownTroubleMeanings[trouble.trouble] };
  }

  /** What troubles this minute most, and since when; undefined where it is too little. */
  #worst(): { readonly since: EpochMs; readonly trouble: OwnTrouble } | undefined {
    const { own, results, firstAt } = this.#minute;
    // The network is judged by the self-check, which sees its end at once.
    const [worst] = [...own].filter(([trouble]) => trouble !== 'network').toSorted((a, b) => b[1] - a[1]);
    if (worst === undefined || worst[1] < least || worst[1] < leastShare * results) return undefined;
    return { since: this.#before?.since ?? firstAt, trouble: worst[0] };
  }
}

function minuteFrom(from: EpochMs): Minute {
  return { from, results: 0, own: new Map(), firstAt: from };
}
