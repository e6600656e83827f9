// What an endpoint's latest probes showed: small enough to keep for every endpoint, complete enough for a page.
import type { FailureSample } from '#model/incident.ts';
import type { Reason } from '#model/reason.ts';
import { type FailResult, messageLimit, type ProbeResult } from '#model/result.ts';
import type { EpochMs } from '#model/time.ts';

/** Outcomes that a strip shows. */
const stripLength = 60;
/** Failures of which the reason is still known when an incident opens. A page seldom needs twenty. */
export const recentLimit = 24;
export const sampleLimit = 3;

const ok = 1;
const failed = 2;
const missing = 3;
type Outcome = typeof ok | typeof failed | typeof missing;

/** Two bits an outcome, fifteen outcomes a word: four small integers hold a strip, and a push allocates nothing. */
const perWord = 15;
const top = 2 * (perWord - 1);
export const stripWordLimit = 2 ** (2 * perWord) - 1;

/** Plain JSON; changed in place. */
export interface Trail {
  /** The last 60 outcomes; newest in the low bits of the first word; 0 where none was yet. */
  readonly strip: [number, number, number, number];
  /** Latest failures, oldest first. */
  readonly recent: { readonly at: EpochMs; readonly reason: Reason }[];
  /** The latest three with their messages, oldest first. */
  readonly samples: FailureSample[];
  /** Probes since the latest failure that went well. */
  okRun: number;
  /** When the newest outcome in the strip was due; -1 before the first. */
  lastAt: EpochMs;
}

export function freshTrail(): Trail {
  return { strip: [0, 0, 0, 0], recent: [], samples: [], okRun: 0, lastAt: -1 };
}

export function noteOk(trail: Trail, at: EpochMs): void {
  push(trail.strip, ok);
  trail.lastAt = at;
  trail.okRun += 1;
}

/** Nothing is known of this probe. Told twice, it counts once. */
export function noteMissing(trail: Trail, at: EpochMs): void {
  if (!(at > trail.lastAt)) return;
  push(trail.strip, missing);
  trail.lastAt = at;
}

/** A refusal of our credentials: its words are kept for the page, and it is no outcome of the endpoint's. */
export function noteRefusal(trail: Trail, result: ProbeResult): void {
  if (result.outcome === 'fail') keepSample(trail, result);
}

export function noteFailure(trail: Trail, result: FailResult): void {
  push(trail.strip, failed);
  trail.lastAt = result.scheduledAt;
  trail.okRun = 0;
  if (trail.recent.push({ at: result.scheduledAt, reason: result.reason }) > recentLimit) trail.recent.shift();
  keepSample(trail, result);
}

function keepSample(trail: Trail, result: FailResult): void {
  const message = result.message.slice(0, messageLimit);
  if (trail.samples.push({ at: result.scheduledAt, reason: result.reason, message }) > sampleLimit) trail.samples.shift();
}

/** Reasons of the failures from `since` on, as far back as they are kept. */
export function reasonsSince(trail: Trail, since: EpochMs): Partial<Record<Reason, number>> {
  const counts: Partial<Record<Reason, number>> = {};
  for (const { at, reason } of trail.recent) if (at >= since) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** In the notation of traces: 0 ok, 1 failed, ? missing; newest last; at most 60. */
export function stripText(trail: Trail): string {
  let text = '';
  for (let i = stripLength - 1; i >= 0; i -= 1) text += ['', '0', '1', '?'][outcomeAt(trail.strip, i)];
  return text;
}

/** Failures among the outcomes that the strip knows. */
export function stripCounts(trail: Trail): { readonly failures: number; readonly probes: number } {
  let failures = 0;
  let probes = 0;
  for (let i = 0; i < stripLength; i += 1) {
    const outcome = outcomeAt(trail.strip, i);
    if (outcome === failed) failures += 1;
    if (outcome === failed || outcome === ok) probes += 1;
  }
  return { failures, probes };
}

function push(strip: Trail['strip'], outcome: Outcome): void {
  strip[3] = ((strip[3] << 2) & stripWordLimit) | (strip[2] >>> top);
  strip[2] = ((strip[2] << 2) & stripWordLimit) | (strip[1] >>> top);
  strip[1] = ((strip[1] << 2) & stripWordLimit) | (strip[0] >>> top);
  strip[0] = ((strip[0] << 2) & stripWordLimit) | outcome;
}

/** `i` probes ago. */
function outcomeAt(strip: Trail['strip'], i: number): number {
  return ((strip[Math.floor(i / perWord)] ?? 0) >>> (2 * (i % perWord))) & 3;
}
