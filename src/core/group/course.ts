// The course of a group's open incident: its figures, members that go their own way, its steps, its end.
import type { ProbeResult } from '#model/result.ts';
import { type DurationMs, minuteMs } from '#model/time.ts';
import * as detect from '../detect/detector.ts';
import { dailyRate } from '../detect/estimate.ts';
import { closeGroup, isSteady, pass } from '../detect/group.ts';
import { countOutcome, isOpen } from '../incident/lifecycle.ts';
import type { EndpointState } from '../state.ts';
import { faultOf, type GroupScene, groupScene, membersOf, takeGroup } from './line.ts';
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
  const cover = coverOf(state, watch);
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
  if (!isOpen(record.course)) return;
  if (fault === 'down' && course.told === 'intermittent') takeGroup(scene, 'worsened');
  else if (at >= (notices?.remindAt ?? Number.POSITIVE_INFINITY)) takeGroup(scene, 'reminder');
}

/** The pooled test is passed: over when every member answers well too. What stays ill from here on has trouble of its own. */
function settle(scene: GroupScene): void {
  const { record, state, engine } = scene;
  let ill = 0;
  for (const id of record.attached) {
    const own = state.endpoints.get(id);
    if (own === undefined) continue;
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
  const { record } = scene;
  takeGroup(scene, 'resolved', why);
  for (const id of record.attached.splice(0)) {
    const own = scene.state.endpoints.get(id);
    if (own !== undefined) detach(scene, own);
  }
  for (const { own } of membersOf(scene)) {
    own.ties.apart = null;
    detect.freeze(own.detector, false);
  }
  closeGroup(record.test);
}
