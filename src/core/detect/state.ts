// What the detector remembers of one endpoint: plain JSON, saved and read back to the bit.
import type { EpochMs } from '#model/time.ts';
import { binCount, type Learned } from './estimate.ts';
import { patternCount } from './evidence.ts';
import type { Habit } from './habit.ts';
import { frozen, maintained, repeated } from './marks.ts';
import type { Stretch } from './onset.ts';

/** Where an endpoint stands, silence left out: `up` while no incident is open. */
export type Course = 'up' | 'intermittent' | 'down' | 'recovering';

const stateVersion = 3;

/**
 * All that is known of one endpoint: plain JSON, 64 numbers (512 bytes) and a version, changed by this room alone. `state` is what is
 * shown. `course` remembers where an open incident stands while `state` is `unknown`: the incident stays open, and the next
 * result shows it again.
 */
export interface DetectorState extends Learned, Stretch, Habit {
  version: number;
  state: Course | 'unknown';
  course: Course;
  /** When the present course began; for a fault its estimated onset. */
  since: EpochMs;
  /** `scheduledAt` of the latest outcome, -1 before the first. */
  lastAt: EpochMs;
  /** The same of the latest that was not extra. */
  regularAt: EpochMs;
  /** Failures in a row, or successes in a row as a negative number; 0 where the previous outcome is not known. */
  run: number;
  runStart: EpochMs;
  /** R while up, the weights of the patterns while an incident is open. */
  evidence: number[];
  /** V. */
  recovery: number;
  /** S/A at the page. */
  ratio: number;
  /** Bits of `marks.ts`. */
  marks: number;
}

export function fresh(): DetectorState {
  return {
    version: stateVersion,
    state: 'unknown',
    course: 'up',
    since: -1,
    lastAt: -1,
    regularAt: -1,
    run: 0,
    runStart: -1,
    evidence: zeros(patternCount),
    recovery: 0,
    ratio: 0,
    marks: 0,
    binFailures: zeros(binCount),
    binProbes: zeros(binCount),
    quietFailures: zeros(binCount),
    spells: 0,
    pairs: 0,
    habit: 0,
    onset: -1,
    attempts: 0,
    failures: 0,
    episodes: 0,
  };
}

/** Made of fractions first, so that V8 keeps the numbers unboxed whatever comes. */
function zeros(length: number): number[] {
  const array = [0.5];
  while (array.length < length) array.push(0.5);
  return array.fill(0);
}

/**
 * Reads a saved state. One of an unknown version starts afresh and keeps F and n; whatever is not a state is a fresh one. Never throws.
 */
export function restore(saved: unknown): DetectorState {
  const state = fresh();
  if (typeof saved !== 'object' || saved === null) return state;
  // What was saved before daily restarts were learned has none.
  const source = renewed({ habit: 0, ...saved });
  if (source['version'] !== stateVersion || !isWhole(source, state)) {
    for (const name of ['binFailures', 'binProbes'] as const) copy(source[name], state[name]);
    state.quietFailures = [...state.binFailures];
    return state;
  }
  const target = state as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(state)) {
    if (Array.isArray(value)) copy(source[name], value);
    else target[name] = source[name];
  }
  return state;
}

/** Version 2 knew no extra probes, and kept its marks as numbers of their own. */
function renewed(saved: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (saved['version'] !== 2) return saved;
  const { maintenance, frozen: isFrozen, lastAt, failures, episodes, ...rest } = saved;
  const again = Number(failures) > Number(episodes) ? repeated : 0;
  const marks = (maintenance === 1 ? maintained : 0) | (isFrozen === 1 ? frozen : 0) | again;
  return { ...rest, version: stateVersion, lastAt, failures, episodes, regularAt: lastAt, marks };
}

const courses: readonly unknown[] = ['up', 'intermittent', 'down', 'recovering'] satisfies Course[];

/** Every member is there and of the kind that a fresh state has. */
function isWhole(source: Readonly<Record<string, unknown>>, model: DetectorState): boolean {
  if (!courses.includes(source['course'])) return false;
  if (source['state'] !== 'unknown' && source['state'] !== source['course']) return false;
  return Object.entries(model).every(([name, value]) => {
    if (Array.isArray(value)) return isCounts(source[name], value.length);
    return typeof value !== 'number' || (Number.isFinite(source[name]) && (source[name] as number) >= least(name));
  });
}

/** Numbers are counts, except the times that are -1 before the first probe, and the length of a run of successes. */
function least(name: string): number {
  if (name === 'run') return -Number.MAX_SAFE_INTEGER;
  return name === 'since' || name === 'lastAt' || name === 'regularAt' || name === 'runStart' || name === 'onset' ? -1 : 0;
}

function isCounts(value: unknown, length: number): value is number[] {
  return Array.isArray(value) && value.length === length && value.every((item) => Number.isFinite(item) && item >= 0);
}

function copy(from: unknown, to: number[]): void {
  if (isCounts(from, to.length)) for (const [i, value] of from.entries()) to[i] = value;
}
