// Holter's own trouble as an incident: where it lasts, people hear once that they are told nothing, and once that it is over.
import type { Event, Input } from '#model/event.ts';
import type { Incident } from '#model/incident.ts';
import { type DurationMs, type EpochMs, minuteMs } from '#model/time.ts';
import type { Verdict } from '#model/verdict.ts';
import { severityOf } from './alert/alerts.ts';
import { blindAlertOf } from './alert/blind.ts';
import { type Notices, noticesAfter } from './alert/cadence.ts';
import { destinationOfAll } from './alert/route.ts';
import { eventId, incidentKey } from './incident/key.ts';
import { begin, beginAgain, type Course, end, isOpen, reopenWithin } from './incident/lifecycle.ts';
import { blindKey, type EngineState } from './state.ts';
import type { Engine } from './watch.ts';

/** Trouble of our own that lasts so long is told, and so long it must be gone. */
export const tellingAfter: DurationMs = 5 * minuteMs;

type Step = 'opened' | 'reopened' | 'reminder' | 'resolved';

/** The prober got into trouble or out of it. Nobody is told before it has lasted. */
export function hearOfVantage(engine: Engine, state: EngineState, input: Input & { readonly type: 'vantage' }): readonly Event[] {
  const { ok, since, why, at } = input;
  state.vantage.told = { ok, since: Math.min(since, at), why };
  return followVantage(engine, state, at);
}

/** Takes the incident's next step, if its time has come. */
export function followVantage(engine: Engine, state: EngineState, at: EpochMs): readonly Event[] {
  const step = decide(state, at);
  if (step === undefined) return [];
  const { vantage } = state;
  const course = advance(engine, state, step, at);
  course.sequence += 1;
  vantage.course = course;
  const id = eventId(course.id, course.sequence);
  const incident = incidentOf(engine, state, course);
  const { receivers, fallback } = destinationOfAll(engine.plan);
  const notices: Notices = noticesAfter(vantage.notices, {
    event: step,
    at,
    spacing: engine.plan.paging.remind,
    known: engine.plan.receivers.map(({ name }) => name),
    receivers,
    severity: severityOf('normal', incident),
  });
  vantage.notices = notices;
  const event: Event = { type: 'incident', id, at, kind: step, incident };
  if (notices.receivers.length === 0) return [event];
  const { told } = vantage;
  const { clockOffset } = state;
  const { publicUrl, endpoints } = engine.plan;
  const facts = { id, event: step, at, clockOffset, incident, spell: course, notices, fallback, publicUrl };
  return [event, { type: 'alert', alert: blindAlertOf({ ...facts, cause: told?.why ?? '', endpoints: endpoints.length }) }];
}

function decide({ vantage: { told, course, notices } }: EngineState, at: EpochMs): Step | undefined {
  if (told === null) return undefined;
  const hasLasted = at - told.since >= tellingAfter;
  if (isOpen(course)) {
    if (told.ok) return hasLasted ? 'resolved' : undefined;
    return at >= (notices?.remindAt ?? Number.POSITIVE_INFINITY) ? 'reminder' : undefined;
  }
  return told.ok || !hasLasted ? undefined : openingOf(course, at);
}

function openingOf(last: Course | null, at: EpochMs): Step {
  return last !== null && at - (last.resolvedAt ?? at) <= reopenWithin ? 'reopened' : 'opened';
}

function advance(engine: Engine, { vantage }: EngineState, step: Step, at: EpochMs): Course {
  const { course, told } = vantage;
  const onset = Math.max(told?.since ?? at, course?.resolvedAt ?? Number.NEGATIVE_INFINITY);
  const spell = { onset, fault: 'down', attempts: 0, failures: 0, reasons: {} } as const;
  if (course === null || step === 'opened') return begin(incidentKey(engine.plan.system, scopeOf(engine), 'blind'), spell, at);
  if (step === 'reopened') beginAgain(course, spell);
  // It ended when it was last seen; that it stayed away is why this is told now.
  if (step === 'resolved') end(course, told?.since ?? at);
  return course;
}

/** The open incident of our own trouble, if there is one. */
export function blindIncident(engine: Engine, state: EngineState): Incident | undefined {
  const { course } = state.vantage;
  return isOpen(course) ? incidentOf(engine, state, course) : undefined;
}

function scopeOf({ plan }: Engine) {
  return { level: 'vantage', name: plan.vantage } as const;
}

function incidentOf(engine: Engine, { vantage: { told } }: EngineState, course: Course): Incident {
  const { id, key, since, openedAt, resolvedAt, sequence, worst } = course;
  return {
    id,
    key,
    state: resolvedAt === null ? 'open' : 'resolved',
    scope: scopeOf(engine),
    trouble: 'blind',
    endpoint: { id: blindKey, service: '', name: '', region: '', kind: '' },
    members: [],
    verdict: verdictOf(course),
    since,
    openedAt,
    ...(resolvedAt === null ? {} : { resolvedAt }),
    worst,
    reasons: {},
    samples: told === null || told.ok ? [] : [{ at: told.since, reason: 'internal', message: told.why }],
    strip: '',
    sequence,
  };
}

/** Nothing is known while it lasts. */
function verdictOf({ onset, resolvedAt }: Course): Verdict {
  return {
    endpoint: blindKey,
    state: resolvedAt === null ? 'unknown' : 'up',
    slow: false,
    since: onset,
    evidenceRatio: resolvedAt === null ? 1 : 0,
    attempts: 0,
    failures: 0,
    failureRate: { mean: 0, low: 0, high: 1 },
    healthyRate: 0,
  };
}
