// What the test of a group remembers: saved as plain JSON and read back to the bit.
import type { DurationMs, EpochMs } from '#model/time.ts';
import { freshShared, type Shared } from './shared.ts';
import * as tally from './tally.ts';

/** Excess share of probes that fail, of the alternatives. */
export const excesses: readonly number[] = [0.0025, 0.005, 0.01, 0.02, 0.05, 0.15];
export const excessCount = excesses.length;

/** Changed in place, by this room alone. */
export interface GroupState {
  /** R while up, the weights of the alternatives while an incident is open. */
  readonly evidence: number[];
  /** Logarithm of the likelihood ratio of each alternative since it last was below 1 (Page 1954), not capped: how well it explains. */
  readonly score: number[];
  /** When that began. */
  readonly scoreSince: number[];
  /** The three of them before the last round but one, one behind the other: what a blink said is taken back. */
  readonly before: number[];
  readonly shared: Shared;
  /** 1 while an incident is open. */
  open: number;
  /** V, at most the square of what closing needs: doubt has no longer a way back than proof had. */
  recovery: number;
  /** How long V has been what closing needs, rounds in which no member told anything left out; 0 while it is not. */
  calm: DurationMs;
  /** The longest calm of this incident that did not last. */
  falseCalm: DurationMs;
  /** When the round under way began, -1 before the first: its number would mean another time once the members' intervals change. */
  round: EpochMs;
  /** S of the last round. */
  sum: number;
  /** The round under way, as `tally.ts` has it; a part of the engine's numbers of all groups. */
  tally: Float64Array;
}

export function freshGroup(): GroupState {
  return {
    evidence: zeros(1),
    score: zeros(1),
    scoreSince: zeros(1),
    before: zeros(3),
    shared: freshShared(),
    open: 0,
    recovery: 0,
    calm: 0,
    falseCalm: 0,
    round: -1,
    sum: 0,
    tally: tally.freshTally(),
  };
}

function zeros(times: number): number[] {
  return Array.from({ length: times * excessCount }, () => 0);
}

/** As plain JSON has it. */
export function saved({ tally: own, ...rest }: GroupState): object {
  const numbers = Object.fromEntries(tally.saved.map(([name, index]) => [name, own[index]]));
  return { ...rest, ...numbers };
}

/** Not in what earlier versions wrote: it begins anew there. */
const later: readonly string[] = ['before', 'shared', 'sharedAt'];

/**
 * Reads what `saved` gave: it goes on behind the latest outcome that it had counted, so that a replay counts nothing twice. Undefined for what
 * is none. Never throws.
 */
export function restoreGroup(text: unknown): GroupState | undefined {
  if (typeof text !== 'object' || text === null) return undefined;
  const source = text as Readonly<Record<string, unknown>>;
  const state = freshGroup();
  const { tally: own, shared, ...numbers } = state;
  if (!readInto(numbers, source) || !readShared(shared, source['shared'])) return undefined;
  Object.assign(state, numbers);
  for (const [name, index] of tally.saved) {
    const found = source[name] ?? (later.includes(name) ? own[index] : undefined);
    if (!Number.isFinite(found)) return undefined;
    own[index] = found as number;
  }
  own[tally.from] = (own[tally.lastAt] as number) + 1;
  return state;
}

/** Every member is there and of the kind that the fresh one has. */
function readInto(target: object, source: Readonly<Record<string, unknown>>): boolean {
  const fields = target as Record<string, unknown>;
  for (const [name, value] of Object.entries(fields)) {
    const found = source[name];
    if (found === undefined && later.includes(name)) continue;
    if (Array.isArray(value) ? !isNumbers(found, value.length) : !Number.isFinite(found)) return false;
    fields[name] = Array.isArray(found) ? [...found] : found;
  }
  return true;
}

function readShared(target: Shared, source: unknown): boolean {
  if (source === undefined) return true;
  return typeof source === 'object' && source !== null && readInto(target, source as Readonly<Record<string, unknown>>);
}

function isNumbers(found: unknown, length: number): boolean {
  return Array.isArray(found) && found.length === length && found.every((item) => Number.isFinite(item));
}

/** The clock was set back while nobody ran: what lies ahead counts as now, or the group would be deaf until then. */
export function bringBack(state: GroupState, now: EpochMs): void {
  const { tally: own, scoreSince } = state;
  state.round = Math.min(state.round, now);
  for (const index of [tally.due, tally.lastAt, tally.sharedAt]) own[index] = Math.min(own[index] as number, now);
  own[tally.from] = Math.min(own[tally.from] as number, now + 1);
  for (let j = 0; j < excessCount; j += 1) scoreSince[j] = Math.min(scoreSince[j] as number, now);
}
