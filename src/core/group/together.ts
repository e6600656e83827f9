// Many endpoints, one cause: what the members' outcomes say together, and when a group's incident opens (detection.md 7).
import { forgive } from '../detect/forgive.ts';
import { isSteady, suspicion } from '../detect/group.ts';
import { stirring, tallySize } from '../detect/tally.ts';
import { isFault, isOpen } from '../incident/lifecycle.ts';
import { timeOfDay } from '../shown.ts';
import type { EndpointState, EngineState } from '../state.ts';
import { introduceGroup } from './line.ts';
import { bestNear, fewestIll, type Join, likeliest, openTogether, whole } from './opening.ts';
import { type GroupScene, groupScene, type Member } from './scene.ts';
import { countIll } from './standing.ts';
import { sharesFailure } from './tell.ts';
import { attach, coverOf, isWorse, longestHold, type Moment } from './ties.ts';

/** S/A from which on a group is suspicious: where one endpoint is no longer quiet. */
const suspicious = 0.0003;
/** From here on a second member that is ill is enough. */
const confirming = 0.01;
/**
 * Where three members and this share of them fail at the same time, the group is what failed. Measured (`bench:detect --part scenes`): without
 * this rule a region of 50 that goes down costs 50 pages, and one of 10 costs 10, each a round later; with it one.
 * Three endpoints of 40 that go down with nothing in common stay three pages.
 */
const leastShare = 0.3;

/**
 * After the detector took an outcome, before the endpoint's own incident takes its step: whether a group explains the trouble, or the page
 * waits for what the groups say. May open a group's incident.
 */
export function consult(moment: Moment, join: Join): void {
  const { state, watch, own } = moment;
  const { groups } = watch;
  for (let i = 0; i < groups.length; i += 1) if (crossed(state, groups[i] as number)) open(moment, groups[i] as number, join);
  if (!isFault(own.detector.state) || isOpen(own.course) || own.ties.within !== '' || own.maintenance !== null) return;
  const cover = coverOf(state, watch, '');
  if (cover < 0) claim(moment, join);
  else accept(groupScene(moment, cover), { watch, own });
}

/** A fault that no group explains yet: it opens its group's incident, or its page waits, or it stands alone. */
function claim(moment: Moment, join: Join): void {
  const { watch, own, at } = moment;
  const isBlink = sharesFailure(moment);
  if (own.ties.heldUntil !== null && at >= own.ties.heldUntil) {
    if (isBlink) forgive(watch.detector, own.detector, timeOfDay(moment.state, own.detector.lastAt));
    return;
  }
  const mass = isBlink ? undefined : massOf(moment);
  if (mass !== undefined) openTogether(mass, join);
  else if (own.ties.heldUntil === null && (isBlink || isSuspicious(moment)))
    own.ties.heldUntil = at + Math.min(longestHold, watch.plan.timing.interval);
}

/** The open incident takes one more member: those who look after that one hear of it. */
function accept(scene: GroupScene, { watch, own }: Member): void {
  if (!explains(scene, own)) return;
  attach(scene, own);
  introduceGroup(scene, [watch]);
}

/** Not what goes on when the group is steady, nor what is worse than the group. */
function explains(scene: GroupScene, own: EndpointState): boolean {
  return own.ties.apart === null && !isSteady(scene.record.test) && !isWorse(scene, own);
}

/** What `decide` is told of the groups. */
export function coverFor({ own, at }: Moment): '' | 'held' | 'explained' {
  if (own.ties.within !== '') return 'explained';
  return own.ties.heldUntil !== null && at < own.ties.heldUntil ? 'held' : '';
}

function crossed({ tallies }: EngineState, place: number): boolean {
  return tallies[place * tallySize + stirring] === 1;
}

/** The evidence of this group pages. Where too few members have a part in it, it is looked at again when the round is over. */
function open(moment: Moment, place: number, join: Join): void {
  const best = bestNear(groupScene(moment, place));
  if (best === undefined) moment.state.tallies[place * tallySize + stirring] = 0;
  else openTogether(best, join);
}

/** Where one of the endpoint's groups fails as a whole: the one that explains best what fails, or fits it best. */
function massOf(moment: Moment): GroupScene | undefined {
  const { watch } = moment;
  const illInAll = countIll(moment.state, watch.groups.at(-1) ?? 0).ill;
  let best: GroupScene | undefined;
  let bestFit = 0;
  for (const place of watch.groups) {
    const scene = groupScene(moment, place);
    const { ill, judged } = countIll(moment.state, place);
    if (!(ill >= fewestIll && ill >= leastShare * judged) && !isConfirmed(scene, ill)) continue;
    // How well "these are ill" and "these are its members" agree: twice the ill members over both counts.
    const fit = (2 * ill) / (judged + illInAll);
    if (fit > bestFit + 1e-9) [best, bestFit] = [scene, fit];
  }
  return best === undefined ? undefined : whole(likeliest(moment, watch.groups) ?? best);
}

/** Two at once in a group whose own test is on the way to a page. */
function isConfirmed({ watch, record }: GroupScene, ill: number): boolean {
  return ill >= 2 && suspicion(watch.test, record.test) >= confirming;
}

function isSuspicious(moment: Moment): boolean {
  return moment.watch.groups.some((place) => {
    const scene = groupScene(moment, place);
    return suspicion(scene.watch.test, scene.record.test) >= suspicious || countIll(moment.state, place).ill >= 2;
  });
}
