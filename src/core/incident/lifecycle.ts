// The course of an incident as a pure decision: what is known in, the next step and its reason out.
import type { Incident } from '#model/incident.ts';
import type { Reason } from '#model/reason.ts';
import type { ProbeResult } from '#model/result.ts';
import { type EpochMs, hourMs } from '#model/time.ts';
import type { State } from '#model/verdict.ts';
import { incidentId } from './key.ts';

/** Trouble of the same endpoint this soon after a resolve is the same fault: the incident goes on under its old id. */
export const reopenWithin = hourMs;

/** What the detector of failures can find. */
export type Fault = Exclude<Incident['worst'], 'slow'>;
/** What an incident can be about, the mildest first. */
const levels: readonly (State | Incident['worst'])[] = ['slow', 'intermittent', 'down'];

/** One incident as it is kept: plain JSON, changed in place. */
export interface Course {
  readonly id: string;
  readonly key: string;
  /** Estimated onset of the first spell: a part of the id. */
  readonly since: EpochMs;
  readonly openedAt: EpochMs;
  /** Estimated onset of the present spell; later than `since` once it was reopened. */
  onset: EpochMs;
  resolvedAt: EpochMs | null;
  /** When it was last thought over; stays through a reopening, for its text. */
  pausedAt: EpochMs | null;
  worst: Incident['worst'];
  /** Worst level that people were told of since it opened or reopened. */
  told: Incident['worst'];
  sequence: number;
  /** Since `onset`. */
  reasons: Partial<Record<Reason, number>>;
  attempts: number;
  failures: number;
  /** The worst stretch of at most 60 outcomes. */
  worstStretch: { readonly failures: number; readonly probes: number };
}

/** What the decision looks at. `state` is the detector's, or that of slowness: maintenance does not hide it. */
export interface Sight {
  readonly state: State | 'slow';
  readonly at: EpochMs;
  readonly maintenance: boolean;
  /** A first page waits for what the groups say, or the incident of a group explains the trouble. */
  readonly cover: '' | 'held' | 'explained';
  readonly remindAt: EpochMs;
}

/** Why the incident takes a step, or why it takes none. */
export const stepReasons = {
  fault_began: 'the detector found a fault, and none was open',
  fault_came_back: 'a fault again, within an hour of the resolve',
  became_failing: 'it fails, and people know of slowness only',
  became_down: 'down, and people know of less',
  reminder_due: 'open for so long that a reminder is due',
  proven_steady: 'the recovery test is passed',
  no_fault: 'nothing is wrong',
  already_told: 'people know; ups and downs inside an incident are its course, not news',
  hushed: 'maintenance: the course is kept, nobody is told',
  recovering: 'it answers again: a reminder waits until it fails once more',
  not_judged: 'no fresh results: the incident stays as it is',
  held: 'others may be failing with it: the page waits for at most one interval',
  explained: 'the incident of a group explains it: nobody is told twice',
} as const;
export type StepReason = keyof typeof stepReasons;

export type IncidentStep = 'opened' | 'reopened' | 'worsened' | 'widened' | 'reminder' | 'resolved';
export interface Decision {
  /** '' for none. */
  readonly step: IncidentStep | '';
  readonly reason: StepReason;
}

/** What happens next to the incident of one endpoint. Every branch has a name, so that a test and a person can ask why. */
export function decide(course: Course | null, sight: Sight): Decision {
  if (course === null || course.resolvedAt !== null) return decideClosed(course === null ? null : course.resolvedAt, sight);
  // A resolve is owed to everybody who heard of the opening, in maintenance too: else it stays open at the receiver.
  if (sight.state === 'up') return { step: 'resolved', reason: 'proven_steady' };
  if (sight.maintenance) return { step: '', reason: 'hushed' };
  if (levels.indexOf(sight.state) > levels.indexOf(course.told)) {
    return { step: 'worsened', reason: sight.state === 'down' ? 'became_down' : 'became_failing' };
  }
  if (sight.state === 'recovering') return { step: '', reason: 'recovering' };
  if (sight.at >= sight.remindAt) return { step: 'reminder', reason: 'reminder_due' };
  return { step: '', reason: isTrouble(sight.state) ? 'already_told' : 'not_judged' };
}

function decideClosed(resolvedAt: EpochMs | null, sight: Sight): Decision {
  if (!isTrouble(sight.state)) return { step: '', reason: 'no_fault' };
  if (sight.maintenance) return { step: '', reason: 'hushed' };
  if (sight.cover !== '') return { step: '', reason: sight.cover };
  if (resolvedAt !== null && sight.at - resolvedAt <= reopenWithin) return { step: 'reopened', reason: 'fault_came_back' };
  return { step: 'opened', reason: 'fault_began' };
}

function isTrouble(state: Sight['state']): boolean {
  return levels.includes(state);
}

export function isFault(state: State): state is Fault {
  return state === 'intermittent' || state === 'down';
}

export function isOpen(course: Course | null): course is Course {
  return course !== null && course.resolvedAt === null;
}

/** What the detector has just found: the first figures of a spell. */
export interface Spell {
  readonly onset: EpochMs;
  readonly fault: Incident['worst'];
  readonly attempts: number;
  readonly failures: number;
  readonly reasons: Partial<Record<Reason, number>>;
}

/** A new incident; its first event is still to come. */
export function begin(key: string, spell: Spell, at: EpochMs): Course {
  const { onset, fault, ...figures } = spell;
  return {
    id: incidentId(key, onset),
    key,
    since: onset,
    openedAt: at,
    onset,
    resolvedAt: null,
    pausedAt: null,
    worst: fault,
    told: fault,
    sequence: 0,
    ...figures,
    worstStretch: { failures: 0, probes: 0 },
  };
}

/** The same incident goes on: figures and news start anew, id and sequence continue. */
export function beginAgain(course: Course, spell: Spell): void {
  course.resolvedAt = null;
  course.onset = spell.onset;
  course.told = spell.fault;
  course.worst = worseOf(course.worst, spell.fault);
  course.attempts = spell.attempts;
  course.failures = spell.failures;
  course.reasons = spell.reasons;
  course.worstStretch = { failures: 0, probes: 0 };
}

export function worseOf(one: Incident['worst'], other: Incident['worst']): Incident['worst'] {
  return levels.indexOf(one) >= levels.indexOf(other) ? one : other;
}

export function end(course: Course, at: EpochMs): void {
  course.resolvedAt = at;
  course.pausedAt = at;
}

/** One more outcome of an open incident. */
export function countOutcome(course: Course, result: ProbeResult): void {
  course.attempts += 1;
  if (result.outcome !== 'fail') return;
  course.failures += 1;
  course.reasons[result.reason] = (course.reasons[result.reason] ?? 0) + 1;
}

/** Remembers the worst stretch of the strip. */
export function noteStretch(course: Course, stretch: Course['worstStretch']): void {
  const { failures, probes } = course.worstStretch;
  if (stretch.failures * Math.max(probes, 1) > failures * Math.max(stretch.probes, 1)) course.worstStretch = stretch;
}
