// The course of a group's open incident: its figures, members that go their own way, its steps, its end.
import type { EndpointId } from '#model/endpoint.ts';
import type { Scope } from '#model/incident.ts';
import type { ProbeResult } from '#model/result.ts';
import { type DurationMs, type EpochMs, minuteMs } from '#model/time.ts';
import * as detect from '../detect/detector.ts';
import { dailyRate } from '../detect/estimate.ts';
import { absolve } from '../detect/forgive.ts';
import { closeGroup, isSteady, pass } from '../detect/group.ts';
import { due, from, lastAt, tallySize } from '../detect/tally.ts';
import { incidentKey } from '../incident/key.ts';
import { type Course, countOutcome, isOpen } from '../incident/lifecycle.ts';
import type { EndpointState, EngineState, Line } from '../state.ts';
import { faultOf, noteNarrowed, takeGroup } from './line.ts';
import { scopeOf } from './place.ts';
import { type GroupScene, groupScene, membersOf } from './scene.ts';
import { counted, coverOf, detach, isWorse, leave, type Moment } from './ties.ts';

/** Failures and episodes of a member after its group was proven steady that make its trouble its own. */
const ownFailures = 3;
const ownEpisodes = 2;
const ownRate = 0.05;
const ownFactor = 3;
/** A member of a steady group is well after so many successes in a row, or, where it is probed seldom, after so long and at least three. */
const acquittedRun = 20;
const acquittedAfter: DurationMs = 15 * minuteMs;
const leastRun = 3;
/** A member whose own test is passed is well again after so long. */
const wellFor: DurationMs = 5 * minuteMs;

/** One outcome of a member of an open incident: its figures, and a member that is worse than its group goes its own way. */
export function countTogether(moment: Moment, result: ProbeResult): void {
  const { state, watch, own } = moment;
  const cover = own.maintenance === null ? coverOf(state, watch, own.ties.within) : -1;
  if (cover < 0) return;
  const scene = groupScene(moment, cover);
  countOnce(scene, result);
  if (own.ties.within === '' || result.outcome === 'ok') return;
  if (!isWorse(scene, own) && !isOnItsOwn(own)) return;
  detach(scene, own);
  noteNarrowed(scene, `${own.endpoint.id} goes on to fail by itself: it has an incident of its own`);
}

/** A replay after a restart tells it again what it has counted. */
function countOnce({ record: { course, test }, at }: GroupScene, result: ProbeResult): void {
  if (course === null || at < (test.tally[from] as number)) return;
  test.tally[lastAt] = Math.max(test.tally[lastAt] as number, at);
  countOutcome(course, result);
}

/** It goes on to fail although its group is steady: oftener than a healthy endpoint may, and than it does itself. */
function isOnItsOwn({ ties: { apart }, detector }: EndpointState): boolean {
  if (apart === null || detector.course === 'up') return false;
  const [failures, attempts] = [detector.failures - apart.failures, detector.attempts - apart.attempts];
  const least = Math.max(ownRate, ownFactor * dailyRate(detector));
  return failures >= ownFailures && detector.episodes - apart.episodes >= ownEpisodes && failures >= least * attempts;
}

/** Whether `followGroup` has anything to do: its round is over, or its incident is open. */
export function hasNews({ tallies, groups }: EngineState, place: number, at: EpochMs): boolean {
  return at >= (tallies[place * tallySize + due] as number) || isOpen(groups[place]?.course ?? null);
}

/** Time goes by for one group: its round ends; its incident worsens, narrows, is reminded of, or is over. Looks once a round. */
export function followGroup(scene: GroupScene): void {
  const { record, watch, at } = scene;
  pass(watch.test, record.test, at);
  if (!isOpen(record.course)) return;
  const isDue = at >= (record.notices?.remindAt ?? Number.POSITIVE_INFINITY);
  if (record.lookedAt === record.test.round && !isDue) return;
  record.lookedAt = record.test.round;
  if (isSteady(record.test)) settle(scene);
  else relapse(scene);
  if (isOpen(record.course)) goOn(scene, record.course, isDue);
}

function goOn(scene: GroupScene, course: Course, isDue: boolean): void {
  const fault = faultOf(scene);
  if (fault === 'down') course.worst = 'down';
  narrow(scene);
  if (isHushed(scene)) return;
  if (fault === 'down' && course.told === 'intermittent') takeGroup(scene, 'worsened');
  else if (isDue) takeGroup(scene, 'reminder');
}

/** Half of those that it explains, or more, are well and have been for a while: it goes on with the others. */
function narrow(scene: GroupScene): void {
  const { record, state } = scene;
  const well = record.attached.flatMap((id) => {
    const own = state.endpoints.get(id);
    return own !== undefined && isWellAgain(scene, own) ? [own] : [];
  });
  const rest = record.attached.length - well.length;
  if (well.length === 0 || rest === 0 || rest > well.length) return;
  const ids = new Set(well.map(({ endpoint }) => endpoint.id));
  record.attached.splice(0, Number.POSITIVE_INFINITY, ...record.attached.filter((id) => !ids.has(id)));
  for (const own of well) leave(scene, own);
  noteNarrowed(scene, `${well.length} of ${well.length + rest} are well again`);
}

/** By its own test, or since it was down and has answered so many times in a row. */
function isWellAgain(scene: GroupScene, { detector, maintenance, endpoint }: EndpointState): boolean {
  if (maintenance !== null || detector.run >= 0 || detector.state === 'unknown') return false;
  if (detector.course === 'recovering') return detect.acquit(detector, successesOf(scene, endpoint.id));
  return detector.course === 'up' && scene.at - detector.since >= wellFor;
}

/** All of its members are in maintenance. */
function isHushed(scene: GroupScene): boolean {
  for (const { own } of membersOf(scene)) if (own.maintenance === null) return false;
  return true;
}

/** The pooled test is passed: over when every member answers well too. What stays ill from here on has trouble of its own. */
function settle(scene: GroupScene): void {
  const { record, state } = scene;
  let ill = 0;
  for (const id of record.attached) {
    const own = state.endpoints.get(id);
    // In maintenance it proves nothing; what it still has when the window ends is found afresh.
    if (own === undefined || own.maintenance !== null) continue;
    own.ties.apart ??= counted(own);
    if (!detect.acquit(own.detector, successesOf(scene, id))) ill += 1;
  }
  for (const { own } of membersOf(scene)) {
    if (own.ties.within !== '' || own.ties.apart !== null || own.maintenance !== null) continue;
    absolve(own.detector);
    own.ties.apart = counted(own);
  }
  if (ill === 0) conclude(scene, '');
}

/** Successes in a row that acquit a member. */
function successesOf({ engine }: GroupScene, id: EndpointId): number {
  const interval = engine.watches.get(id)?.plan.timing.interval ?? acquittedAfter;
  return Math.min(acquittedRun, Math.max(leastRun, Math.ceil(acquittedAfter / interval)));
}

/** It is not steady after all: what its members show is the group's trouble again. */
function relapse(scene: GroupScene): void {
  for (const { own } of membersOf(scene)) if (own.ties.within === scene.record.id || own.detector.course === 'up') own.ties.apart = null;
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
  record.left.length = 0;
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
