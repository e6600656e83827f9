// The incident of slowness that a group shares: its steps, and what people are told of it.
import type { AlertEvent } from '#model/alert.ts';
import type { Incident } from '#model/incident.ts';
import type { Slowness, Verdict } from '#model/verdict.ts';
import { loudest, severityOf } from '../alert/alerts.ts';
import { noticesAfter } from '../alert/cadence.ts';
import { slowGroupAlertOf } from '../alert/slowtogether.ts';
import { blamedOf } from '../detect/phases.ts';
import { rateSince } from '../detect/rate.ts';
import { describeSlow, slowRatio } from '../detect/slow.ts';
import { isUnrouted } from '../group/hit.ts';
import { groupPlaceOf } from '../group/place.ts';
import { type GroupScene, type Member, membersOf } from '../group/scene.ts';
import { eventId } from '../incident/key.ts';
import { type Course, end, type IncidentStep, isOpen } from '../incident/lifecycle.ts';
import { timeOfDay } from '../shown.ts';
import { isOtherwiseExplained, isSlowNow } from './suspect.ts';

/** Endpoints that an incident names; there may be thousands. */
const namedMost = 100;

/** One step of its course: the event, and the alert that is owed. */
export function takeSlow(scene: GroupScene, step: AlertEvent & IncidentStep, why = ''): void {
  const { record, engine, state, watch, at, events } = scene;
  const { course } = record.slow;
  if (course === null) return;
  if (step === 'resolved') end(course, at);
  course.sequence += 1;
  const id = eventId(course.id, course.sequence);
  const incident = slowIncidentOf(scene, course);
  events.push({ type: 'incident', id, at, kind: step, incident, ...(why === '' ? {} : { why }) });
  const members = slowMembers(scene);
  const notices = noticesAfter(record.slow.notices, {
    event: step,
    at,
    spacing: engine.plan.paging.remind,
    known: engine.plan.receivers.map(({ name }) => name),
    receivers: [...new Set(members.flatMap((member) => member.watch.destination.receivers))],
    severity: loudest(members.map((member) => severityOf(member.watch.service.criticality, { trouble: 'slow', worst: 'slow' }))),
  });
  record.slow.notices = notices;
  if (notices.receivers.length === 0) return;
  const byService = Map.groupBy(members, (member) => member.watch.service);
  const alert = slowGroupAlertOf({
    id,
    event: step,
    at,
    clockOffset: state.clockOffset,
    incident,
    spell: course,
    notices,
    why,
    place: groupPlaceOf(watch.group, engine.plan),
    services: [...byService].map(([service, slow]) => ({ service, unwell: slow.length })),
    left: 0,
    fallback: isUnrouted(members),
    unaffected: [],
    alsoUnwell: [],
    falsePagesPerYear: watch.group.falsePagesPerYear,
    publicUrl: engine.plan.publicUrl,
  });
  events.push({ type: 'alert', alert });
}

/** Endpoints whose slowness it explains, and those on the way to it, which it will. */
export function slowMembers(scene: GroupScene): readonly Member[] {
  const { record, at } = scene;
  const attached = new Set(record.slow.attached);
  return [...membersOf(scene)].filter((member) => {
    const { own } = member;
    return attached.has(own.endpoint.id) || (isOpen(record.slow.course) && !isOtherwiseExplained(own) && isSlowNow(member, at));
  });
}

/** The incident as every room may see it. */
export function slowIncidentOf(scene: GroupScene, course: Course): Incident {
  const { scope, subject } = groupPlaceOf(scene.watch.group);
  const members = slowMembers(scene);
  return {
    id: course.id,
    key: course.key,
    state: course.resolvedAt === null ? 'open' : 'resolved',
    scope,
    trouble: 'slow',
    endpoint: subject,
    members: members.slice(0, namedMost).map(({ own }) => own.endpoint.id),
    verdict: verdictOf(course, subject.id, scene, members),
    since: course.since,
    openedAt: course.openedAt,
    ...(course.resolvedAt === null ? {} : { resolvedAt: course.resolvedAt }),
    worst: course.worst,
    reasons: {},
    samples: [],
    strip: '',
    sequence: course.sequence,
  };
}

/** It is up: what it answers is right. */
// oxlint-disable-next-line max-params -- what it is about, and of what it is made
function verdictOf(course: Course, endpoint: string, scene: GroupScene, members: readonly Member[]): Verdict {
  const slow = course.resolvedAt === null;
  const ratios = members.map(({ watch, own }) => slowRatio(watch.slow, own.slow.test));
  return {
    endpoint,
    state: 'up',
    slow,
    since: course.onset,
    evidenceRatio: ratios.reduce((most, ratio) => Math.max(most, ratio), 1),
    attempts: course.attempts,
    failures: 0,
    failureRate: rateSince(0, course.attempts),
    healthyRate: 0,
    ...(slow && members.length > 0 && { slowness: pooled(scene, members) }),
  };
}

/** Of all its members together: counts added, lengths averaged in their logarithms. */
function pooled({ state }: GroupScene, members: readonly Member[]): Slowness {
  const all = members.map(({ own }) => describeSlow(own.slow.test, timeOfDay(state, own.slow.test.openedAt)));
  const [attempts, slow] = [total(all.map((one) => one.attempts)), total(all.map((one) => one.slow))];
  const average = (lengths: readonly number[]): number => Math.exp(total(lengths.map((length) => Math.log(length))) / lengths.length);
  return {
    since: Math.min(...all.map(({ since }) => since)),
    attempts,
    slow,
    share: rateSince(slow, attempts),
    usualShare: all[0]?.usualShare ?? 0,
    limit: average(all.map(({ limit }) => limit)),
    typical: average(all.map(({ typical }) => typical)),
    usual: average(all.map(({ usual }) => usual)),
    phases: blamedOf(members.map(({ own }) => own.slow.test.phases)),
  };
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
