// Since when: the stretch since the evidence was last quiet, and what was seen in it.
import type { DurationMs, EpochMs } from '#model/time.ts';
import { repeated } from './marks.ts';

/** A page needs three failures in two separate episodes at least: neither one restart nor two lone failures are enough. */
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
  marks: number;
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
  show(stretch, at, failed);
  if (!failed) return;
  if (starts) stretch.episodes += 1;
  else stretch.marks |= repeated;
}

/** An outcome that people see and that is no evidence. */
export function show(stretch: Stretch, at: EpochMs, failed: boolean): void {
  if (stretch.attempts === 0) stretch.onset = at;
  stretch.attempts += 1;
  if (failed) stretch.failures += 1;
}

export function clear(stretch: Stretch): void {
  stretch.attempts = 0;
  stretch.failures = 0;
  stretch.episodes = 0;
  stretch.marks &= ~repeated;
}

/** Extra probes inside an episode do not make its failures more. */
export function enough({ episodes, marks }: Stretch): boolean {
  return episodes > leastEpisodes || (episodes === leastEpisodes && (marks & repeated) !== 0);
}

/** A run of failures that pages by itself belongs to the stretch, however quiet the evidence was. */
export function include(stretch: Stretch, runStart: EpochMs, run: number): void {
  if (stretch.failures >= run && stretch.attempts > 0) return;
  stretch.onset = runStart;
  stretch.attempts = run;
  stretch.failures = run;
  stretch.episodes = 1;
}

/** Probes of the timing in the stretch that followed a success, if the last one, at `at`, failed. Extra ones are not learned from. */
export function afterSuccess({ onset, attempts, failures }: Stretch, at: EpochMs, interval: DurationMs): number {
  return Math.max(0, Math.min(attempts - failures, Math.round((at - onset) / interval)) + 1);
}

/** Mean time from one probe of the stretch, which ends at `at`, to the next: less than the interval where there were extra ones. */
export function paceOf({ onset, attempts }: Stretch, at: EpochMs, interval: DurationMs): DurationMs {
  return Math.min(interval, (at - onset + interval) / Math.max(1, attempts));
}
