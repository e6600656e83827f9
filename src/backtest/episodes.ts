// Where trouble was, by the truth where it is known, else by one plain rule that looks at the whole history at once.
import { type DurationMs, type EpochMs, minuteMs, secondMs } from '#model/time.ts';
import { type History, outcome, timeAt } from './history.ts';

/** A stretch of trouble of one endpoint. */
export interface Episode {
  /** Its first failure; of a known fault its start. */
  readonly from: EpochMs;
  /** Its last failure; of a known fault its last outcome. */
  readonly to: EpochMs;
  /** A page until then belongs to it: a rule may take a moment after the last failure. */
  readonly until: EpochMs;
  readonly failures: number;
}

/** Failures closer together than this belong together: 30 min, or 10 intervals where that is more. */
const nearby: DurationMs = 30 * minuteMs;
const nearbyIntervals = 10;
/** So many in a row, or so many in all, make an episode. Fewer are a blip. */
const fewestInARow = 3;
const fewest = 5;
const afterwards: DurationMs = 60 * secondMs;
const afterwardsIntervals = 2;

/** For reports: the rule in a sentence. */
export const episodeRule = `failures at most 30 min (or 10 probes) apart belong together, and are an episode when ${fewestInARow} are in a row or there are ${fewest} in all`;

/** In order; they do not overlap. Looks ahead, so no rule that pages could know them in time. */
export function episodesOf(history: History): readonly Episode[] {
  return history.faults === undefined ? stretchesOf(history) : history.faults.map(([from, to]) => known(history, from, to));
}

function known(history: History, from: number, to: number): Episode {
  let failures = 0;
  for (let i = from; i <= to; i += 1) if (history.outcomes[i] === outcome.failed) failures += 1;
  return episode(history, { from, to, failures });
}

interface Stretch {
  from: number;
  to: number;
  failures: number;
}

function stretchesOf(history: History): readonly Episode[] {
  const { outcomes, interval } = history;
  const gap = Math.max(nearbyIntervals, Math.floor(nearby / interval));
  const found: Episode[] = [];
  let stretch: Stretch | undefined;
  let longest = 0;
  let run = 0;
  const finish = () => {
    if (stretch !== undefined && (longest >= fewestInARow || stretch.failures >= fewest)) found.push(episode(history, stretch));
    stretch = undefined;
    longest = 0;
  };
  for (let i = 0; i < outcomes.length; i += 1) {
    if (outcomes[i] === outcome.ok) run = 0;
    if (outcomes[i] !== outcome.failed) continue;
    if (stretch !== undefined && i - stretch.to > gap) {
      finish();
      // Failures on either side of a long silence are no row.
      run = 0;
    }
    run += 1;
    longest = Math.max(longest, run);
    stretch = { from: stretch?.from ?? i, to: i, failures: (stretch?.failures ?? 0) + 1 };
  }
  finish();
  return found;
}

function episode(history: History, { from, to, failures }: Stretch): Episode {
  const end = timeAt(history, to);
  return { from: timeAt(history, from), to: end, until: end + Math.max(afterwards, afterwardsIntervals * history.interval), failures };
}
