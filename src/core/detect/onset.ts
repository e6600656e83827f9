// Since when: the stretch since the evidence was last quiet, and what was seen in it.
import type { EpochMs } from '#model/time.ts';

/** A page needs so many failures, in so many separate episodes: neither one restart nor two lone failures are enough. */
const leastFailures = 3;
const leastEpisodes = 2;

/** Quiet: S below this share of the threshold at a success, or below a tenth of it at a failure. */
const quietAtOk = 0.0003;
const quietAtFailure = 0.00003;
/** With a low threshold (long intervals, many false pages allowed) "quiet" is told from S at rest instead. */
const quietOverRest = 2;

/** What was seen since the last quiet moment; of an open incident, since its onset. */
export interface Stretch {
  /** First probe after the last quiet moment. */
  onset: EpochMs;
  attempts: number;
  failures: number;
  /** Runs of failures. */
  episodes: number;
}

/** S at or below which the evidence is quiet. */
export interface QuietLevels {
  readonly ok: number;
  readonly failed: number;
}

/** `rest`: where S settles on an endpoint that never fails. */
export function quietLevels(threshold: number, rest: number): QuietLevels {
  return { ok: Math.max(quietAtOk * threshold, quietOverRest * rest), failed: quietAtFailure * threshold };
}

export function extend(stretch: Stretch, at: EpochMs, failed: boolean, starts: boolean): void {
  if (stretch.attempts === 0) stretch.onset = at;
  stretch.attempts += 1;
  if (!failed) return;
  stretch.failures += 1;
  if (starts) stretch.episodes += 1;
}

export function clear(stretch: Stretch): void {
  stretch.attempts = 0;
  stretch.failures = 0;
  stretch.episodes = 0;
}

export function enough(stretch: Stretch): boolean {
  return stretch.failures >= leastFailures && stretch.episodes >= leastEpisodes;
}

/** A run of failures that pages by itself belongs to the stretch, however quiet the evidence was. */
export function include(stretch: Stretch, runStart: EpochMs, run: number): void {
  if (stretch.failures >= run && stretch.attempts > 0) return;
  stretch.onset = runStart;
  stretch.attempts = run;
  stretch.failures = run;
  stretch.episodes = 1;
}

/** Probes of the stretch that followed a success, if the last one failed. */
export function afterSuccess(stretch: Stretch): number {
  return Math.max(0, stretch.attempts - stretch.failures + 1);
}
