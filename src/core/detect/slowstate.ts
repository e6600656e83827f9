// What is remembered of how fast one endpoint answers: plain JSON, saved and read back to the bit.
import type { EpochMs } from '#model/time.ts';
import { freshPhases, type PhaseRecord, restorePhases } from './phases.ts';
import { freshLatency, guessAfter, type Latency, latencyBins } from './quantile.ts';
import { type Grade, slowPatternCount } from './slowevidence.ts';

const slowVersion = 1;

/** Plain JSON, changed by this room alone: 45 numbers, at most 24 more for phases and, in the first 64 answers, as many for these. */
export interface SlowState extends Latency {
  version: number;
  /** 1 while it is slow. */
  open: number;
  openedAt: EpochMs;
  /** When the first answer was due; -1 before. */
  bornAt: EpochMs;
  /** When a slow answer counted last; -1 before. */
  countedAt: EpochMs;
  /** Share of answers that count and are slow, and very slow, lately. */
  rate: number;
  veryRate: number;
  /** R while not slow, the weights of the patterns while it is. */
  evidence: number[];
  /** V. */
  recovery: number;
  /** S/A at the page. */
  ratio: number;
  /** How slow the latest answer was. */
  latest: Grade;
  /** First slow answer since the evidence was last quiet; then answers, slow ones, those that counted, and the sum of the logarithms of the slow ones. */
  onset: EpochMs;
  attempts: number;
  slow: number;
  counted: number;
  slowLogs: number;
  phases: PhaseRecord;
}

export function freshSlow(): SlowState {
  return {
    version: slowVersion,
    open: 0,
    openedAt: -1,
    bornAt: -1,
    countedAt: -1,
    rate: 0.02,
    veryRate: 0.004,
    evidence: Array.from({ length: slowPatternCount }, () => 0),
    recovery: 0,
    ratio: 0,
    latest: 0,
    onset: -1,
    attempts: 0,
    slow: 0,
    counted: 0,
    slowLogs: 0,
    phases: freshPhases(),
    ...freshLatency(),
  };
}

export function clearSlow(state: SlowState): void {
  state.attempts = 0;
  state.slow = 0;
  state.counted = 0;
  state.slowLogs = 0;
}

/** Reads a saved state; whatever is not one, or of another version, is a fresh one: the endpoint's pace is learned anew. Never throws. */
export function restoreSlow(saved: unknown): SlowState {
  const state = freshSlow();
  if (typeof saved !== 'object' || saved === null) return state;
  const source = saved as Readonly<Record<string, unknown>>;
  const phases = restorePhases(source['phases']);
  if (source['version'] !== slowVersion || phases === undefined || !isWhole(source, state)) return state;
  const target = state as unknown as Record<string, unknown>;
  for (const name of Object.keys(state)) {
    const value = source[name];
    target[name] = Array.isArray(value) ? [...(value as unknown[])] : value;
  }
  state.phases = phases;
  return state;
}

/** The clock was set back while nobody ran: what lies ahead counts as now. */
export function bringSlowBack(state: SlowState, now: EpochMs): void {
  for (const name of ['openedAt', 'bornAt', 'countedAt', 'onset'] as const) state[name] = Math.min(state[name], now);
}

function isWhole(source: Readonly<Record<string, unknown>>, model: SlowState): boolean {
  const { offsets, evidence, open, latest } = source;
  if (!isNumbers(offsets, latencyBins) || !isNumbers(evidence, slowPatternCount) || !isBeginning(source)) return false;
  if ((open !== 0 && open !== 1) || ![0, 1, 2].includes(latest as number)) return false;
  if (!(evidence as number[]).every((value) => value >= 0)) return false;
  return Object.entries(model).every(([name, value]) => typeof value !== 'number' || isAtLeast(source[name], least(name)));
}

/** Until the first guess each answer is kept, and none later. */
function isBeginning({ first, seen }: Readonly<Record<string, unknown>>): boolean {
  if (!Array.isArray(first) || !isNumbers(first, first.length) || !Number.isSafeInteger(seen)) return false;
  return first.length === ((seen as number) < guessAfter ? seen : 0);
}

/** Logarithms may be negative, times are -1 before they come, all else are counts and shares. */
function least(name: string): number {
  if (['median', 'upper', 'slowLogs'].includes(name)) return Number.NEGATIVE_INFINITY;
  return ['openedAt', 'bornAt', 'countedAt', 'onset'].includes(name) ? -1 : 0;
}

function isAtLeast(value: unknown, bound: number): boolean {
  return Number.isFinite(value) && (value as number) >= bound;
}

function isNumbers(value: unknown, length: number): boolean {
  return Array.isArray(value) && value.length === length && value.every(Number.isFinite);
}
