// After the detector has moved: what changed is told, and the incident takes its step. Detection, incident and alert meet here.
import type { AlertEvent } from '#model/alert.ts';
import type { Event } from '#model/event.ts';
import type { Incident, Trouble } from '#model/incident.ts';
import type { ProbeResult } from '#model/result.ts';
import type { EpochMs } from '#model/time.ts';
import type { Verdict } from '#model/verdict.ts';
import { alertOf, severityOf } from './alert/alerts.ts';
import { type Notices, noticesAfter } from './alert/cadence.ts';
import { slowRatio, slowShare } from './detect/slow.ts';
import { coverFor } from './group/together.ts';
import { apart, eventId, incidentKey, troubleOf } from './incident/key.ts';
import {
  begin,
  beginAgain,
  type Course,
  decide,
  end,
  type IncidentStep,
  isFault,
  isOpen,
  type Spell,
  worseOf,
} from './incident/lifecycle.ts';
import { noteRefusal, reasonsSince, stripText } from './incident/trail.ts';
import { detectedVerdict, shownState, shownVerdict, unlessRefused } from './shown.ts';
import { handOver } from './slow/handover.ts';
import type { EndpointState, EngineState, Line } from './state.ts';
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
  const shown = shownState(own);
  // What waited is over before anybody was told; the next fault waits anew.
  if (!isFault(state)) own.ties.heldUntil = null;
  const cover = coverFor(scene);
  handOver(own, cover);
  const { step } = decide(own.course, { state, at, maintenance: own.maintenance !== null, cover, remindAt: remindAt(own) });
  if (isOpen(own.course) && isFault(state)) own.course.worst = worseOf(own.course.worst, state);
  if (shown !== own.shown) {
    const from = own.shown;
    own.shown = shown;
    events.push({ type: 'state', at, endpoint: own.endpoint.id, from, to: shown, verdict: shownVerdict(scene) });
  }
  if (step === '') return;
  own.ties.heldUntil = null;
  take(failing(scene), step);
}

/** After a refusal that paused the endpoint, or the first good answer after one. In maintenance nobody is told of a refusal. */
export function followAccess(scene: Scene, step: 'paused' | 'admitted', result: ProbeResult): void {
  const { own, at, events } = scene;
  const line = refused(scene);
  if (step === 'paused') {
    noteRefusal(own.trail, result);
    if (own.access.until !== null) events.push({ type: 'pause_wanted', at, endpoint: own.endpoint.id, until: own.access.until });
    if (!isOpen(own.refused.course) && own.maintenance === null) take(line, 'opened');
  } else if (isOpen(own.refused.course)) take(line, 'resolved');
}

/** Tells again of credentials that are refused still, where that is due. */
export function remindAccess(scene: Scene): void {
  const { own, at } = scene;
  if (isOpen(own.refused.course) && own.maintenance === null && at >= remindAt(own.refused)) take(refused(scene), 'reminder');
}

export function remindAt(line: Line): EpochMs {
  return (isOpen(line.course) ? line.notices?.remindAt : undefined) ?? Number.POSITIVE_INFINITY;
}

/** Ends the incident of failing, since a wider one explains it. */
export function join(scene: Scene, why: string): void {
  take(failing(scene), 'resolved', why);
}

/** Ends what is open for a reason that is not the fault's own: the endpoint left the plan, or became another one. */
export function conclude(scene: Scene, why: string): void {
  for (const thread of threads(scene)) if (isOpen(thread.line.course)) take(thread, 'resolved', why);
}

/**
 * Receivers that the plan has brought in are told of an incident that is open, and those that it has dropped hear no more: a receiver that
 * was renamed would else be silent until the resolve. In maintenance nobody is told.
 */
export function introduce(scene: Scene): void {
  if (scene.own.maintenance === null) for (const thread of threads(scene)) introduceTo(thread);
}

function introduceTo(thread: Thread): void {
  const { line, engine, at, events } = thread;
  const { course, notices } = line;
  if (!isOpen(course) || notices === null) return;
  const known = new Set(engine.plan.receivers.map((receiver) => receiver.name));
  const heard = notices.receivers.filter((name) => known.has(name));
  const fresh = audience(thread).filter((name) => !heard.includes(name));
  line.notices = { ...notices, receivers: [...heard, ...fresh] };
  if (fresh.length === 0) return;
  course.sequence += 1;
  const id = eventId(course.id, course.sequence);
  const incident = incidentOf(thread, course);
  const why = `told to ${fresh.join(', ')}, new in the configuration`;
  events.push({ type: 'incident', id, at, kind: 'reminder', incident, why });
  owe(thread, { step: 'opened', id, course, incident, why: '', known: course.told }, { ...notices, receivers: fresh });
}

/** What is open of an endpoint, as it is now. */
export function openIncidentsOf(scene: Scene): readonly Incident[] {
  return threads(scene).flatMap((thread) => (isOpen(thread.line.course) ? [incidentOf(thread, thread.line.course)] : []));
}

/** One kind of trouble of the endpoint. */
export interface Thread extends Scene {
  readonly trouble: Trouble;
  readonly line: Line;
}

function failing(scene: Scene): Thread {
  return { ...scene, trouble: 'failing', line: scene.own };
}

export function slowness(scene: Scene): Thread {
  return { ...scene, trouble: 'slow', line: scene.own.slow };
}

function threads(scene: Scene): readonly Thread[] {
  return [failing(scene), slowness(scene), refused(scene)];
}

function refused(scene: Scene): Thread {
  return { ...scene, trouble: 'credentials', line: scene.own.refused };
}

/** Who hears of it: refused credentials concern the owner alone, where there is one. */
function audience({ trouble, engine, watch }: Thread): readonly string[] {
  const { owner } = watch.service;
  const isOwned = trouble === 'credentials' && engine.plan.receivers.some(({ name }) => name === owner);
  return isOwned ? [owner] : watch.destination.receivers;
}

/** The detector's own for a fault: a window of maintenance does not hide its figures. */
function verdictIn(thread: Thread): Verdict {
  const verdict = detectedVerdict(thread);
  if (thread.trouble === 'slow') return { ...verdict, evidenceRatio: slowRatio(thread.watch.slow, thread.own.slow.test) };
  return thread.trouble === 'failing' ? verdict : unlessRefused(thread, verdict);
}

/** The incident as every room may see it. */
function incidentOf(thread: Thread, course: Course, verdict: Verdict = verdictIn(thread)): Incident {
  const { own, trouble } = thread;
  return {
    id: course.id,
    key: course.key,
    state: course.resolvedAt === null ? 'open' : 'resolved',
    scope: { level: 'endpoint', name: own.endpoint.id },
    trouble,
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

/** The incident of one kind of trouble takes a step. */
export function take(thread: Thread, step: IncidentStep, why = ''): void {
  const { line, at, events } = thread;
  const verdict = verdictIn(thread);
  const known = line.course?.told ?? 'slow';
  const course = advance(thread, step, verdict);
  course.sequence += 1;
  const id = eventId(course.id, course.sequence);
  const incident = incidentOf(thread, course, verdict);
  events.push({ type: 'incident', id, at, kind: step, incident, ...(why === '' ? {} : { why }) });
  tell(thread, { step, id, course, incident, why, known });
  line.course = course;
}

/** The course after the step. */
function advance(thread: Thread, step: IncidentStep, verdict: Verdict): Course {
  const { at } = thread;
  const { course } = thread.line;
  if (step === 'opened' || course === null) {
    return begin(keyOf(thread), spell(thread, verdict), at);
  }
  if (step === 'reopened') beginAgain(course, spell(thread, verdict));
  if (step === 'worsened' && isFault(verdict.state)) course.told = verdict.state;
  if (step === 'resolved') end(course, at);
  return course;
}

/** Where an incident that began with this endpoint was widened and goes on, what the endpoint has of its own needs another key. */
function keyOf({ own, engine, state, trouble }: Thread): string {
  const key = incidentKey(engine.plan.system, { level: 'endpoint', name: own.endpoint.id }, trouble);
  return state.groups.some(({ course }) => isOpen(course) && course.key === key) ? `${key}${apart}` : key;
}

/** The fault that the detector has just found, the slowness, or the refusals that have just paused the endpoint. */
function spell(thread: Thread, { state, since: found, attempts, failures, slowness: slow }: Verdict): Spell {
  const { own, trouble, line } = thread;
  if (trouble === 'slow' && slow !== undefined) {
    const over = Math.max(line.course?.resolvedAt ?? 0, own.course?.resolvedAt ?? 0);
    return { onset: Math.max(slow.since, over), fault: 'slow', attempts: slow.attempts, failures: slow.slow, reasons: {} };
  }
  const since = trouble === 'failing' ? found : own.access.since;
  // An onset is never before the end of the fault before it: ids stay apart.
  const onset = Math.max(since, line.course?.resolvedAt ?? since);
  return { onset, fault: isFault(state) ? state : 'intermittent', attempts, failures, reasons: reasonsSince(own.trail, since) };
}

interface Told {
  readonly step: AlertEvent & IncidentStep;
  readonly id: string;
  readonly course: Course;
  readonly incident: Incident;
  readonly why: string;
  /** The worst that people knew of before. */
  readonly known: Incident['worst'];
}

/** Keeps the notices and adds the alert that is owed. */
function tell(thread: Thread, told: Told): void {
  const { line, trouble, engine, watch, at } = thread;
  const { step, course } = told;
  line.notices = noticesAfter(line.notices, {
    event: step,
    at,
    spacing: engine.plan.paging.remind,
    known: engine.plan.receivers.map((receiver) => receiver.name),
    receivers: audience(thread),
    severity: severityOf(watch.service.criticality, { trouble, worst: course.worst }),
  });
  if (line.notices.receivers.length > 0) owe(thread, told, line.notices);
}

/** The alert to those whom the notices name. */
function owe(
  { trouble, state, own, engine, watch, at, events }: Thread,
  { id, step, course, incident, why, known }: Told,
  notices: Notices,
): void {
  const alert = alertOf({
    id,
    event: step,
    at,
    clockOffset: state.clockOffset,
    incident,
    openedFor: troubleOf(course.key),
    known,
    spell: course,
    okRun: own.trail.okRun,
    access: own.access,
    notices,
    why,
    service: watch.service,
    regionName: watch.regionName,
    falsePagesPerYear: (trouble === 'slow' ? slowShare : 1) * watch.plan.falsePagesPerYear,
    fallback: watch.destination.fallback,
    surroundings: surroundingsOf(engine, state, watch),
    publicUrl: engine.plan.publicUrl,
  });
  events.push({ type: 'alert', alert });
}
