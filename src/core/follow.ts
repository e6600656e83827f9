// After the detector has moved: what changed is told, and the incident takes its step. Detection, incident and alert meet here.
import type { AlertEvent } from '#model/alert.ts';
import type { Event } from '#model/event.ts';
import type { Incident } from '#model/incident.ts';
import { type DurationMs, dayMs, type EpochMs } from '#model/time.ts';
import type { Verdict } from '#model/verdict.ts';
import { alertOf, severityOf } from './alert/alerts.ts';
import { type Notices, noticesAfter } from './alert/cadence.ts';
import * as detect from './detect/detector.ts';
import { eventId, incidentKey } from './incident/key.ts';
import { begin, beginAgain, type Course, decide, end, type IncidentStep, isFault, isOpen, type Spell } from './incident/lifecycle.ts';
import { reasonsSince, stripText } from './incident/trail.ts';
import type { EndpointState, EngineState } from './state.ts';
import { surroundingsOf } from './surroundings.ts';
import type { Engine, Watch } from './watch.ts';

/** One endpoint at one moment, and the events that come of it. */
export interface Scene {
  readonly engine: Engine;
  readonly state: EngineState;
  readonly watch: Watch;
  readonly own: EndpointState;
  readonly at: EpochMs;
  readonly events: Event[];
}

/** Tells a new state, and takes the incident's next step if there is one. Adds to `events`. */
export function follow(scene: Scene): void {
  const { own, at, events } = scene;
  const { state } = own.detector;
  const shown = own.maintenance === null ? state : 'maintenance';
  const remindAt = own.notices?.remindAt ?? Number.POSITIVE_INFINITY;
  const { step } = decide(own.course, { state, at, maintenance: own.maintenance !== null, remindAt });
  if (isOpen(own.course) && state === 'down') own.course.worst = 'down';
  if (shown === own.shown && step === '') return;
  const verdict = detectedVerdict(scene);
  if (shown !== own.shown) {
    events.push({ type: 'state', at, endpoint: own.endpoint.id, from: own.shown, to: shown, verdict: overlaid(scene, verdict) });
    own.shown = shown;
  }
  if (step !== '') take(scene, step, verdict);
}

/** Ends an open incident for a reason that is not the fault's own: the endpoint left the plan, or became another one. */
export function conclude(scene: Scene, why: string): void {
  if (isOpen(scene.own.course)) take(scene, 'resolved', detectedVerdict(scene), why);
}

/**
 * Receivers that the plan has brought in are told of an incident that is open, and those that it has dropped hear no more: a receiver that
 * was renamed would else be silent until the resolve. In maintenance nobody is told.
 */
export function introduce(scene: Scene): void {
  const { own, engine, watch, at, events } = scene;
  const { course, notices } = own;
  if (!isOpen(course) || notices === null || own.maintenance !== null) return;
  const known = new Set(engine.plan.receivers.map((receiver) => receiver.name));
  const heard = notices.receivers.filter((name) => known.has(name));
  const fresh = watch.destination.receivers.filter((name) => !heard.includes(name));
  own.notices = { ...notices, receivers: [...heard, ...fresh] };
  if (fresh.length === 0) return;
  course.sequence += 1;
  const id = eventId(course.id, course.sequence);
  const incident = openIncident(scene, course);
  const why = `told to ${fresh.join(', ')}, new in the configuration`;
  events.push({ type: 'incident', id, at, kind: 'reminder', incident, why });
  owe(scene, { step: 'opened', id, course, incident, why: '' }, { ...notices, receivers: fresh });
}

/** Milliseconds since midnight UTC of the wall clock. */
export function timeOfDay(state: EngineState, at: EpochMs): DurationMs {
  const rest = (at + state.clockOffset) % dayMs;
  return rest < 0 ? rest + dayMs : rest;
}

/** What people see: maintenance lies over everything else. */
export function shownVerdict(scene: Scene): Verdict {
  return overlaid(scene, detectedVerdict(scene));
}

/** An open incident as it is now. */
export function openIncident(scene: Scene, course: Course): Incident {
  return incidentOf(scene, course, detectedVerdict(scene));
}

function overlaid({ own: { maintenance } }: Scene, verdict: Verdict): Verdict {
  return maintenance === null ? verdict : { ...verdict, state: 'maintenance', since: maintenance.since };
}

function detectedVerdict({ watch, own }: Scene): Verdict {
  return { endpoint: own.endpoint.id, slow: false, ...detect.describe(watch.detector, own.detector) };
}

/** The incident as every room may see it. Its verdict is the detector's: a window of maintenance does not hide the fault's figures. */
function incidentOf({ own }: Scene, course: Course, verdict: Verdict): Incident {
  return {
    id: course.id,
    key: course.key,
    state: course.resolvedAt === null ? 'open' : 'resolved',
    scope: { level: 'endpoint', name: own.endpoint.id },
    endpoint: own.endpoint,
    verdict,
    since: course.since,
    openedAt: course.openedAt,
    ...(course.resolvedAt === null ? {} : { resolvedAt: course.resolvedAt }),
    worst: course.worst,
    reasons: { ...course.reasons },
    samples: [...own.trail.samples],
    strip: stripText(own.trail),
    sequence: course.sequence,
  };
}

function take(scene: Scene, step: IncidentStep, verdict: Verdict, why = ''): void {
  const { own, at, events } = scene;
  const course = advance(scene, step, verdict);
  course.sequence += 1;
  const id = eventId(course.id, course.sequence);
  const incident = incidentOf(scene, course, verdict);
  events.push({ type: 'incident', id, at, kind: step, incident, ...(why === '' ? {} : { why }) });
  tell(scene, { step, id, course, incident, why });
  own.course = course;
}

/** The course after the step. */
function advance(scene: Scene, step: IncidentStep, verdict: Verdict): Course {
  const { own, at, engine } = scene;
  const { course } = own;
  if (step === 'opened' || course === null) {
    const key = incidentKey(engine.plan.system, { level: 'endpoint', name: own.endpoint.id }, 'failing');
    return begin(key, spell(own, verdict), at);
  }
  if (step === 'reopened') beginAgain(course, spell(own, verdict));
  if (step === 'worsened') course.told = 'down';
  if (step === 'resolved') end(course, at);
  return course;
}

/** The fault that the detector has just found. */
function spell(own: EndpointState, { state, since, attempts, failures }: Verdict): Spell {
  // An onset is never before the end of the fault before it: ids stay apart.
  const onset = Math.max(since, own.course?.resolvedAt ?? since);
  return { onset, fault: isFault(state) ? state : 'intermittent', attempts, failures, reasons: reasonsSince(own.trail, since) };
}

interface Told {
  readonly step: AlertEvent & IncidentStep;
  readonly id: string;
  readonly course: Course;
  readonly incident: Incident;
  readonly why: string;
}

/** Keeps the notices and adds the alert that is owed. */
function tell(scene: Scene, told: Told): void {
  const { own, engine, watch, at } = scene;
  const { step, course } = told;
  own.notices = noticesAfter(own.notices, {
    event: step,
    at,
    spacing: engine.plan.paging.remind,
    known: engine.plan.receivers.map((receiver) => receiver.name),
    receivers: watch.destination.receivers,
    severity: severityOf(watch.service.criticality, course.worst),
  });
  if (own.notices.receivers.length > 0) owe(scene, told, own.notices);
}

/** The alert to those whom the notices name. */
function owe({ state, own, engine, watch, at, events }: Scene, { id, step, course, incident, why }: Told, notices: Notices): void {
  const alert = alertOf({
    id,
    event: step,
    at,
    clockOffset: state.clockOffset,
    incident,
    spell: course,
    okRun: own.trail.okRun,
    notices,
    why,
    service: watch.service,
    regionName: watch.regionName,
    falsePagesPerYear: watch.plan.falsePagesPerYear,
    fallback: watch.destination.fallback,
    surroundings: surroundingsOf(engine, state, watch),
    publicUrl: engine.plan.publicUrl,
  });
  events.push({ type: 'alert', alert });
}
