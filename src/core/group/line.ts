// The incident of a group: opened, widened, worsened, reminded of, resolved; and what people are told of it.
import type { AlertEvent } from '#model/alert.ts';
import type { FailureSample, Incident } from '#model/incident.ts';
import type { Reason } from '#model/reason.ts';
import type { EpochMs } from '#model/time.ts';
import type { Verdict } from '#model/verdict.ts';
import { loudest, severityOf } from '../alert/alerts.ts';
import { type Notices, noticesAfter } from '../alert/cadence.ts';
import { groupAlertOf } from '../alert/together.ts';
import { explanation, isSteady, suspicion } from '../detect/group.ts';
import { rateSince } from '../detect/rate.ts';
import * as tally from '../detect/tally.ts';
import { eventId, incidentKey } from '../incident/key.ts';
import { begin, beginAgain, type Course, end, type Fault, type IncidentStep, isOpen, reopenWithin } from '../incident/lifecycle.ts';
import { reasonsSince, sampleLimit } from '../incident/trail.ts';
import type { GroupRecord } from '../state.ts';
import type { Watch } from '../watch.ts';
import { elsewhere, hitBy, isUnrouted, receiversOf, servicesOf } from './hit.ts';
import { groupPlaceOf } from './place.ts';
import { type GroupScene, type Member, membersOf } from './scene.ts';

/** Endpoints of one incident that are named; there may be thousands. */
const namedMost = 100;
/** From this share of its judged members on a group is down. */
const downShare = 0.8;

/** A new incident of the group since `since`; or an older one of a narrower scope, `taken`, that goes on with this one. */
export function openLine(scene: GroupScene, since: EpochMs, taken: Pick<GroupRecord, 'course' | 'notices'> | null): void {
  const { record, engine, watch, at } = scene;
  const onset = Math.max(since, record.course?.resolvedAt ?? since);
  record.left.length = 0;
  const spell = { onset, fault: faultOf(scene), ...countSince(scene, onset) };
  if (taken !== null && isOpen(taken.course)) {
    const { course } = taken;
    const first = Math.min(course.onset, onset);
    const worst = spell.fault === 'down' ? 'down' : course.worst;
    // What people hear of now is how all of it is.
    record.course = { ...course, onset: first, worst, told: spell.fault, ...countSince(scene, first) };
    record.notices = taken.notices;
    takeGroup(scene, 'widened');
    return;
  }
  if (isOfLate(scene)) {
    beginAgain(record.course as Course, spell);
    takeGroup(scene, 'reopened');
    return;
  }
  record.course = begin(incidentKey(engine.plan.system, groupPlaceOf(watch.group).scope, 'failing'), spell, at);
  record.notices = null;
  takeGroup(scene, 'opened');
}

/** Its last incident ended so lately that this is the same trouble, and nobody else has gone on with it since. */
function isOfLate({ record, state, at }: GroupScene): boolean {
  const { course } = record;
  if (course === null || course.resolvedAt === null || at - course.resolvedAt > reopenWithin) return false;
  const others = [...state.groups, ...state.endpoints.values()].filter((line) => line !== record && line.course?.id === course.id);
  if (others.some((line) => isOpen(line.course)) || others.some((line) => (line.course?.sequence ?? 0) > course.sequence)) return false;
  // Whoever had it back lends it once more.
  for (const line of others) {
    line.course = null;
    line.notices = null;
  }
  return true;
}

/** Only in the record: whose trouble the incident is has changed, and nobody is woken for it. */
export function noteNarrowed(scene: GroupScene, why: string): void {
  const { course } = scene.record;
  if (course === null) return;
  course.sequence += 1;
  const id = eventId(course.id, course.sequence);
  scene.events.push({ type: 'incident', id, at: scene.at, kind: 'narrowed', incident: incidentOf(scene, course), why });
}

/** One step of its course: the event, and the alert that is owed. */
export function takeGroup(scene: GroupScene, step: IncidentStep, why = ''): void {
  const { record, at, events } = scene;
  const { course } = record;
  if (course === null) return;
  if (step === 'worsened') course.told = 'down';
  if (step === 'resolved') end(course, at);
  course.sequence += 1;
  const id = eventId(course.id, course.sequence);
  const incident = incidentOf(scene, course);
  events.push({ type: 'incident', id, at, kind: step, incident, ...(why === '' ? {} : { why }) });
  tell(scene, { id, step, course, incident, why });
}

interface Told {
  readonly id: string;
  readonly step: AlertEvent & IncidentStep;
  readonly course: Course;
  readonly incident: Incident;
  readonly why: string;
}

/** Keeps the notices and adds the alert that is owed. */
function tell(scene: GroupScene, told: Told): void {
  const { engine, record, at } = scene;
  const hit = hitBy(scene);
  const ill = hit.map((member) => member.watch);
  record.notices = noticesAfter(record.notices, {
    event: told.step,
    at,
    spacing: engine.plan.paging.remind,
    known: engine.plan.receivers.map((receiver) => receiver.name),
    receivers: receiversOf(ill),
    severity: loudest(ill.map(({ service }) => severityOf(service.criticality, { trouble: 'failing', worst: told.course.worst }))),
  });
  if (record.notices.receivers.length > 0) owe(scene, told, record.notices, hit);
}

/** The alert to those whom the notices name. */
// oxlint-disable-next-line max-params -- whom it hits is looked up once: there may be thousands
function owe(scene: GroupScene, { id, step, course, incident, why }: Told, notices: Notices, hit: readonly Member[]): void {
  const { engine, state, watch, record, at, events } = scene;
  const alert = groupAlertOf({
    id,
    event: step,
    at,
    clockOffset: state.clockOffset,
    incident,
    spell: course,
    notices,
    why,
    place: groupPlaceOf(watch.group, engine.plan),
    services: servicesOf(hit),
    left: record.left.length,
    fallback: isUnrouted(hit),
    ...elsewhere(scene, hit),
    falsePagesPerYear: watch.group.falsePagesPerYear,
    publicUrl: engine.plan.publicUrl,
  });
  events.push({ type: 'alert', alert });
}

/**
 * Receivers of what the open incident explains that have not heard of it are told, once: those that a reload has brought in, and those of
 * members that came late. Receivers that are gone hear no more.
 */
export function introduceGroup(scene: GroupScene, members: readonly Watch[] = hitBy(scene).map(({ watch }) => watch)): void {
  const { record, engine, at, events } = scene;
  const { course, notices } = record;
  if (!isOpen(course) || notices === null) return;
  const known = new Set(engine.plan.receivers.map(({ name }) => name));
  const heard = notices.receivers.filter((name) => known.has(name));
  const fresh = receiversOf(members).filter((name) => !heard.includes(name));
  if (fresh.length === 0 && heard.length === notices.receivers.length) return;
  record.notices = { ...notices, receivers: [...heard, ...fresh] };
  if (fresh.length === 0) return;
  course.sequence += 1;
  const id = eventId(course.id, course.sequence);
  const incident = incidentOf(scene, course);
  events.push({ type: 'incident', id, at, kind: 'reminder', incident, why: `told to ${fresh.join(', ')}, who had not heard of it` });
  owe(scene, { id, step: 'opened', course, incident, why: '' }, { ...notices, receivers: fresh }, hitBy(scene));
}

/** The incident as every room may see it. */
export function incidentOf(scene: GroupScene, course: Course): Incident {
  const { watch, record } = scene;
  const { scope, subject } = groupPlaceOf(watch.group);
  return {
    id: course.id,
    key: course.key,
    state: course.resolvedAt === null ? 'open' : 'resolved',
    scope,
    trouble: 'failing',
    endpoint: subject,
    members: record.attached.slice(0, namedMost),
    verdict: verdictOf(scene, course),
    since: course.since,
    openedAt: course.openedAt,
    ...(course.resolvedAt === null ? {} : { resolvedAt: course.resolvedAt }),
    worst: course.worst,
    reasons: { ...course.reasons },
    samples: samplesOf(scene),
    strip: '',
    sequence: course.sequence,
  };
}

/** `down` while nearly all of its members are or fail in a row, else `intermittent`. */
export function faultOf(scene: GroupScene): Fault {
  let judged = 0;
  let down = 0;
  for (const { own } of membersOf(scene)) {
    if (own.maintenance !== null || own.detector.state === 'unknown') continue;
    judged += 1;
    if (own.detector.course === 'down' || own.detector.run >= 2) down += 1;
  }
  return judged > 0 && down >= downShare * judged ? 'down' : 'intermittent';
}

function verdictOf(scene: GroupScene, course: Course): Verdict {
  const { watch, record } = scene;
  const resolved = course.resolvedAt !== null;
  const { attempts, failures } = course;
  return {
    endpoint: groupPlaceOf(watch.group).subject.id,
    state: resolved ? 'up' : isSteady(record.test) ? 'recovering' : faultOf(scene),
    slow: false,
    since: course.onset,
    evidenceRatio: Math.max(1, suspicion(watch.test, record.test)),
    attempts,
    failures,
    failureRate: rateSince(failures, attempts),
    healthyRate: healthyRateOf(record),
  };
}

function healthyRateOf({ test }: GroupRecord): number {
  const [members, expected] = [test.tally[tally.members] as number, test.tally[tally.expected] as number];
  return members === 0 ? 0 : expected / members;
}

/** Since when the group's own test sees the trouble. */
export function onsetOf({ record, at }: GroupScene): EpochMs {
  const { score, since } = explanation(record.test);
  return score > 0 ? since : at;
}

/** What the members showed since then, as far back as it is kept: the incident's first figures. */
function countSince(scene: GroupScene, since: EpochMs): Pick<Course, 'attempts' | 'failures' | 'reasons'> {
  const reasons: Course['reasons'] = {};
  let attempts = 0;
  let failures = 0;
  for (const { watch, own } of membersOf(scene)) {
    if (own.maintenance !== null || own.trail.lastAt < since) continue;
    attempts += Math.floor((own.trail.lastAt - since) / watch.plan.timing.interval) + 1;
    for (const [reason, count] of Object.entries(reasonsSince(own.trail, since)) as [Reason, number][]) {
      reasons[reason] = (reasons[reason] ?? 0) + count;
      failures += count;
    }
  }
  return { attempts: Math.max(attempts, failures), failures, reasons };
}

/** The latest three failures of what it explains. */
function samplesOf({ state, record }: GroupScene): readonly FailureSample[] {
  const samples = record.attached.slice(0, namedMost).flatMap((id) => state.endpoints.get(id)?.trail.samples ?? []);
  return samples.toSorted((a, b) => a.at - b.at).slice(-sampleLimit);
}
