// Where the time of slow answers goes: what each phase usually takes, and by how much slow answers exceed that.
import type { DurationMs } from '#model/time.ts';

/** Phases that are told apart, the first that were met; a kind has three to six, a journey one a step. */
const phaseLimit = 12;
const nameLimit = 60;
/** A median in steps of so many per cent, larger at first (as the median of `quantile.ts`, without a logarithm for each phase). */
const step = 1.01;
const firstStep = 1.1;
const firstAnswers = 60;
/** After the first answers every fourth is enough. */
const sparing = 4;
/** A phase is named when it explains so much of the time, alone or with others that explain no less than the second share each. */
const mostly = 0.7;
const worthNaming = 0.2;
const namedMost = 3;

/** Plain JSON, at most 12 phases: 24 numbers and their names. */
export interface PhaseRecord {
  names: string[];
  /** Median of what each takes, milliseconds. */
  typical: number[];
  /** What slow answers took beyond that since the slowness began, milliseconds. */
  excess: number[];
  /** Answers learned from. */
  seen: number;
}

export function freshPhases(): PhaseRecord {
  return { names: [], typical: [], excess: [], seen: 0 };
}

/** An answer as usual: what each phase took is learned. Allocates only for a phase that is new. */
export function learnPhases(record: PhaseRecord, phases: Readonly<Record<string, DurationMs>>): void {
  const factor = record.seen < firstAnswers ? firstStep : step;
  record.seen += 1;
  if (record.seen > firstAnswers && record.seen % sparing !== 0) return;
  for (const name in phases) {
    const place = placeOf(record, name, phases[name] as number);
    if (place < 0) continue;
    const typical = record.typical[place] as number;
    record.typical[place] = (phases[name] as number) > typical ? typical * factor : typical / factor;
  }
}

/** A slow answer: what it took beyond the usual. `first`: the slowness begins with it. */
export function addExcess(record: PhaseRecord, phases: Readonly<Record<string, DurationMs>>, first: boolean): void {
  if (first) record.excess.fill(0);
  for (const name in phases) {
    const place = placeOf(record, name, phases[name] as number);
    if (place < 0) continue;
    record.excess[place] = (record.excess[place] as number) + Math.max(0, (phases[name] as number) - (record.typical[place] as number));
  }
}

/** The phases that explain most of the extra time of one endpoint or several, the largest first, each with its share of it; none where no few do. */
export function blamedOf(records: readonly PhaseRecord[]): readonly { readonly name: string; readonly share: number }[] {
  const excess = new Map<string, number>();
  for (const record of records) {
    for (const [place, name] of record.names.entries()) excess.set(name, (excess.get(name) ?? 0) + (record.excess[place] as number));
  }
  const total = [...excess.values()].reduce((sum, one) => sum + one, 0);
  if (!(total > 0)) return [];
  const ranked = Array.from(excess, ([name, one]) => ({ name, share: one / total })).toSorted((a, b) => b.share - a.share);
  const named: { readonly name: string; readonly share: number }[] = [];
  let explained = 0;
  for (const one of ranked) {
    if (explained >= mostly || one.share < worthNaming || named.length === namedMost) break;
    named.push(one);
    explained += one.share;
  }
  return explained >= mostly ? named : [];
}

/** -1 for a phase beyond the limit, or of no length that is one. */
function placeOf(record: PhaseRecord, name: string, duration: number): number {
  if (!Number.isFinite(duration)) return -1;
  const known = name.length > nameLimit ? name.slice(0, nameLimit) : name;
  const place = record.names.indexOf(known);
  if (place >= 0 || record.names.length >= phaseLimit) return place;
  record.names.push(known);
  record.typical.push(Math.max(duration, leastMs));
  record.excess.push(0);
  return record.names.length - 1;
}

/** Steps are factors: from nothing they would lead nowhere. */
const leastMs = 0.01;

/** A record that was saved; undefined where it is none. */
export function restorePhases(saved: unknown): PhaseRecord | undefined {
  if (typeof saved !== 'object' || saved === null) return undefined;
  const { names, typical, excess, seen } = saved as Readonly<Record<string, unknown>>;
  if (!isList(names, (name) => typeof name === 'string' && name.length <= nameLimit)) return undefined;
  const count = (names as string[]).length;
  for (const list of [typical, excess]) if (!isList(list, isCount) || (list as number[]).length !== count) return undefined;
  if (count > phaseLimit || !isCount(seen)) return undefined;
  return { names: [...(names as string[])], typical: [...(typical as number[])], excess: [...(excess as number[])], seen: seen as number };
}

function isList(value: unknown, check: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(check);
}

function isCount(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0;
}
