// The course of a group's open incident: its figures, members that go their own way, its steps, its end.
import type { Scope } from '#model/incident.ts';
import type { ProbeResult } from '#model/result.ts';
import { type DurationMs, minuteMs } from '#model/time.ts';
import * as detect from '../detect/detector.ts';
import { dailyRate } from '../detect/estimate.ts';
import { closeGroup, isSteady, pass } from '../detect/group.ts';
import { incidentKey } from '../incident/key.ts';
import { countOutcome, isOpen } from '../incident/lifecycle.ts';
import type { EndpointState, Line } from '../state.ts';
import { faultOf, type GroupScene, groupScene, membersOf, takeGroup } from './line.ts';
import { scopeOf } from './place.ts';
import { counted, coverOf, detach, isWorse, type Moment } from './ties.ts';

/** Failures and episodes of a member after its group was proven steady that make its trouble its own. */
const ownFailures = 3;
const ownEpisodes = 2;
const ownRate = 0.05;
const ownFactor = 3;
/** A member of a steady group is well after so many successes in a row, or, where it is probed seldom, after so long and at least three. */
const acquittedRun = 20;
const acquittedAfter: DurationMs = 15 * minuteMs;
const leastRun = 3;

/** One outcome of a member of an open incident: its figures, and a member that is worse than its group goes its own way. */
export function countTogether(moment: Moment, result: ProbeResult): void {
  const { state, watch, own } = moment;
  const cover = own.maintenance === null ? coverOf(state, watch, own.ties.within) : -1;
  if (cover < 0) return;
  const scene = groupScene(moment, cover);
  if (scene.record.course !== null) countOutcome(scene.record.course, result);
  if (own.ties.within === '' || result.outcome === 'ok') return;
  if (isWorse(scene, own) || isOnItsOwn(own)) detach(scene, own);
}

/** It goes on to fail although its group is steady: oftener than a healthy endpoint may, and than it does itself. */
function isOnItsOwn({ ties: { apart }, detector }: EndpointState): boolean {
  if (apart === null || detector.course === 'up') return false;
  const [failures, attempts] = [detector.failures - apart.failures, detector.attempts - apart.attempts];
  const least = Math.max(ownRate, ownFactor * dailyRate(detector));
  return failures >= ownFailures && detector.episodes - apart.episodes >= ownEpisodes && failures >= least * attempts;
}

/** Time goes by for one group: its round ends; its incident worsens, is reminded of, or is over. */
export function followGroup(scene: GroupScene): void {
  const { record, watch, at } = scene;
  pass(watch.test, record.test, at);
  const { course, notices } = record;
  if (!isOpen(course)) return;
  const fault = faultOf(scene);
  if (fault === 'down') course.worst = 'down';
  if (isSteady(record.test)) settle(scene);
  else relapse(scene);
  if (!isOpen(record.course) || isHushed(scene)) return;
  if (fault === 'down' && course.told === 'intermittent') takeGroup(scene, 'worsened');
  else if (at >= (notices?.remindAt ?? Number.POSITIVE_INFINITY)) takeGroup(scene, 'reminder');
}

/** All of its members are in maintenance. */
function isHushed(scene: GroupScene): boolean {
  for (const { own } of membersOf(scene)) if (own.maintenance === null) return false;
  return true;
}

/** The pooled test is passed: over when every member answers well too. What stays ill from here on has trouble of its own. */
function settle(scene: GroupScene): void {
  const { record, state, engine } = scene;
  let ill = 0;
  for (const id of record.attached) {
    const own = state.endpoints.get(id);
    // In maintenance it proves nothing; what it still has when the window ends is found afresh.
    if (own === undefined || own.maintenance !== null) continue;
    own.ties.apart ??= counted(own);
    const interval = engine.watches.get(id)?.plan.timing.interval ?? acquittedAfter;
    if (!detect.acquit(own.detector, Math.min(acquittedRun, Math.max(leastRun, Math.ceil(acquittedAfter / interval))))) ill += 1;
  }
  if (ill === 0) conclude(scene, '');
}

/** It is not steady after all: what its members still show is its own trouble again. */
function relapse({ record, state }: GroupScene): void {
  for (const id of record.attached) {
    const own = state.endpoints.get(id);
    if (own !== undefined) own.ties.apart = null;
  }
}

/** Ends the incident; `why` where it is not the fault that ended. */
export function conclude(scene: GroupScene, why: string): void {
  const { record, state } = scene;
  takeGroup(scene, 'resolved', why);
  giveBack(scene);
  for (const id of record.attached.splice(0)) {
    const own = state.endpoints.get(id);
    if (own !== undefined) detach(scene, own);
  }
  for (const { watch, own } of membersOf(scene)) {
    if (own.ties.within === '') own.ties.apart = null;
    detect.freeze(own.detector, coverOf(state, watch, '') >= 0);
  }
  closeGroup(record.test);
}

/** Whoever the incident began with has it again, now over: it may go on there, and no later one may take its id. */
export function giveBack({ engine, state, watch, record }: GroupScene): void {
  const { course, notices, attached } = record;
  if (course === null) return;
  const isItsOwn = (line: Line, scope: Scope) => line.course === null && incidentKey(engine.plan.system, scope, 'failing') === course.key;
  const lines: Line[] = [
    ...state.groups.filter((line) => isItsOwn(line, scopeOf(line.id))),
    ...[...new Set([...attached, ...watch.members.map(({ plan }) => plan.id)])]
      .flatMap((id) => state.endpoints.get(id) ?? [])
      .filter((line) => isItsOwn(line, { level: 'endpoint', name: line.endpoint.id })),
  ];
  for (const line of lines) {
    line.course = structuredClone(course);
    line.notices = notices;
  }
}
