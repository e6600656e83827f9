// Reads what `saveEndpoint` wrote. Text of another version, or garbage, is told apart and never half believed.
import { severities } from '#model/alert.ts';
import type { Endpoint, EndpointId } from '#model/endpoint.ts';
import { reasons } from '#model/reason.ts';
import { messageLimit } from '#model/result.ts';
import type { EpochMs } from '#model/time.ts';
import { states } from '#model/verdict.ts';
import type { Notices } from './alert/cadence.ts';
import * as detect from './detect/detector.ts';
import { bringBack as bringTestBack, restoreGroup as restoreTest } from './detect/group.ts';
import { bringSlowBack, restoreSlow } from './detect/slowstate.ts';
import { longestHold } from './group/ties.ts';
import { type Access, longestPause } from './incident/access.ts';
import { type Course, isOpen } from './incident/lifecycle.ts';
import { recentLimit, sampleLimit, stripWordLimit, type Trail } from './incident/trail.ts';
import {
  type EndpointState,
  type EngineState,
  engineStateVersion,
  freshEndpoint,
  freshGroupRecord,
  freshSlowPart,
  freshTies,
  type GroupRecord,
  type SlowPart,
  type Ties,
  versionWithoutSlowness,
} from './state.ts';
import type { Engine } from './watch.ts';

/**
 * Puts a saved endpoint back, equal to the bit. Of text of an unknown version, or damaged, only what the detector has learned and an incident that is
 * whole are kept; garbage leaves the endpoint fresh. Endpoints that the plan no longer has are taken too: call `replan(engine, engine, state, at)` after the last one, so
 * that what became of their incidents is told. Never throws.
 */
export function restoreEndpoint(engine: Engine, state: EngineState, id: EndpointId, saved: string): void {
  const found = parse(saved);
  const watch = engine.watches.get(id);
  if (found === undefined) return;
  const detector = detect.restore(found['detector']);
  const record = withTies(found);
  if (isKnownVersion(record) && isEndpointState(record) && record.endpoint.id === id) {
    const { endpoint, fingerprint, shown, maintenance, trail, course, notices, access, refused, ties } = record;
    const slow = slowPartOf(record['slow']);
    state.endpoints.set(id, { endpoint, fingerprint, detector, shown, maintenance, trail, course, notices, access, refused, ties, slow });
  } else if (watch !== undefined && record['fingerprint'] === watch.plan.fingerprint) {
    // A version of 0 makes the detector keep what it learned and nothing else.
    const { course, notices } = slowPartOf(record['slow']);
    const slow = { ...freshSlowPart(), course, notices };
    state.endpoints.set(id, {
      ...freshEndpoint(watch.plan),
      detector: detect.restore({ ...detector, version: 0 }),
      ...incidentIn(record),
      slow,
    });
  }
}

/**
 * Puts a saved group back. Of a damaged text only an incident that is whole is kept; its members are looked up by `replan`, as those of
 * endpoints. Of a group that the plan no longer has only an open incident is taken, behind all others: `replan` ends it aloud. Never throws.
 */
export function restoreGroup(engine: Engine, state: EngineState, id: string, saved: string): void {
  const record = parse(saved);
  if (record === undefined || record['id'] !== id || !isLine(record)) return;
  const place = engine.groups.findIndex(({ group }) => group.id === id);
  const { course, notices, attached, left, lookedAt } = record;
  const test = isKnownVersion(record) ? restoreTest(record['test']) : undefined;
  const isMembers = isListOf(isText, attachedLimit);
  const restored: GroupRecord = {
    ...freshGroupRecord(id),
    ...(test !== undefined && { test }),
    course: course as Course | null,
    notices: notices as Notices | null,
    attached: isMembers(attached) ? (attached as EndpointId[]) : [],
    ...(isMembers(left) && { left: left as EndpointId[] }),
    ...(isTime(lookedAt) && { lookedAt: lookedAt as EpochMs }),
    slow: slowLineOf(record['slow']),
  };
  if (place >= 0) state.groups[place] = restored;
  else if (isOpen(restored.course) || isOpen(restored.slow.course)) state.groups.push(restored);
}

/** Puts the saved incident of the vantage back, if it is whole. Never throws. */
export function restoreVantage(state: EngineState, saved: string): void {
  const record = parse(saved);
  if (record === undefined || !isLine(record)) return;
  state.vantage.course = record['course'] as Course | null;
  state.vantage.notices = record['notices'] as Notices | null;
}

/**
 * After the last `restoreEndpoint`: what was saved as later than `now`, by a wall clock that has been set back while nobody ran, counts as now.
 * Else an endpoint would stay blind until that time comes, and an incident would begin in the future.
 */
export function bringBack(state: EngineState, now: EpochMs): void {
  for (const record of state.groups) {
    bringTestBack(record.test, now);
    bringCourseBack(record.slow.course, now);
    bringCourseBack(record.course, now);
    record.lookedAt = Math.min(record.lookedAt, now);
  }
  bringCourseBack(state.vantage.course, now);
  for (const { detector, trail, course, access, ties, slow } of state.endpoints.values()) {
    ties.beganAt = Math.min(ties.beganAt, now);
    if (ties.heldUntil !== null) ties.heldUntil = Math.min(ties.heldUntil, now + longestHold);
    access.since = Math.min(access.since, now);
    if (access.until !== null) access.until = Math.min(access.until, now + longestPause);
    detect.bringBack(detector, now);
    bringSlowBack(slow.test, now);
    bringCourseBack(slow.course, now);
    trail.lastAt = Math.min(trail.lastAt, now);
    bringCourseBack(course, now);
  }
}

/** A version that differs in what is learned anew alone. */
function isKnownVersion({ version }: Fields): boolean {
  return version === engineStateVersion || version === versionWithoutSlowness;
}

/** What earlier versions did not write of the ties is as before the first probe. */
function withTies(record: Fields): Fields {
  return isFields(record['ties']) ? { ...record, ties: { ...freshTies(), ...record['ties'] } } : record;
}

/** Damaged or missing, it is a fresh one, with the incident if that is whole: the endpoint's pace is learned anew, and the incident owed an end. */
function slowPartOf(saved: unknown): SlowPart {
  const fresh = freshSlowPart();
  if (!isFields(saved)) return fresh;
  const line = isLine(saved) ? { course: saved['course'] as Course | null, notices: saved['notices'] as Notices | null } : {};
  const within = typeof saved['within'] === 'string' ? saved['within'] : '';
  return { ...fresh, ...line, test: restoreSlow(saved['test']), within };
}

/** Its members are looked up by `replan`. */
function slowLineOf(saved: unknown): GroupRecord['slow'] {
  if (!isFields(saved) || !isLine(saved)) return { course: null, notices: null, attached: [] };
  return { course: saved['course'] as Course | null, notices: saved['notices'] as Notices | null, attached: [] };
}

function bringCourseBack(course: Course | null, now: EpochMs): void {
  if (course === null) return;
  course.onset = Math.min(course.onset, now);
  if (course.resolvedAt !== null) course.resolvedAt = Math.min(course.resolvedAt, now);
}

/** The incident, if that part is whole: it is still owed an end. */
function incidentIn(record: Fields): Partial<Pick<EndpointState, 'course' | 'notices'>> {
  const { course, notices } = record;
  return isCourse(course) && isNotices(notices) ? { course: course as Course, notices: notices as Notices } : {};
}

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

function parse(saved: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(saved);
    return isFields(value) ? value : undefined;
  } catch {
    // Not JSON: a torn or foreign text.
    return undefined;
  }
}

/** More than any installation has endpoints. */
const attachedLimit = 100_000;

/** All but the parts of the tests, which their own room reads. */
function isEndpointState(value: Fields): value is Fields & Omit<EndpointState, 'detector' | 'slow'> {
  return (
    isEndpoint(value['endpoint']) &&
    isText(value['fingerprint']) &&
    isOneOf(states)(value['shown']) &&
    isNullOr(has({ since: isTime, why: isText }))(value['maintenance']) &&
    isTrail(value['trail']) &&
    isLine(value) &&
    isAccess(value['access']) &&
    isFields(value['refused']) &&
    isLine(value['refused']) &&
    isTies(value['ties'])
  );
}

function isLine({ course, notices }: Fields): boolean {
  return isNullOr(isCourse)(course) && isNullOr(isNotices)(notices) && (course === null) === (notices === null);
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === 'string';
const isTime: Check = (value) => Number.isFinite(value);
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isWord: Check = (value) => isCount(value) && (value as number) <= stripWordLimit;
const isMessage: Check = (value) => typeof value === 'string' && value.length <= messageLimit;

function isOneOf(words: readonly unknown[]): Check {
  return (value) => words.includes(value);
}

function isNullOr(check: Check): Check {
  return (value) => value === null || check(value);
}

/** Every one of these members is there and passes; others do not matter. */
function has(members: Readonly<Record<string, Check>>): Check {
  const checks = Object.entries(members);
  return (value) => isFields(value) && checks.every(([name, check]) => check(value[name]));
}

function isListOf(check: Check, limit: number): Check {
  return (value) => Array.isArray(value) && value.length <= limit && value.every(check);
}

const isWorst = isOneOf(['slow', 'intermittent', 'down'] satisfies Course['worst'][]);
const isReason = isOneOf(reasons);
const isEndpoint = has({ id: isText, service: isText, name: isText, region: isText, kind: isText } satisfies Record<keyof Endpoint, Check>);
const isTrail = has({
  strip: (value) => isListOf(isWord, 4)(value) && (value as unknown[]).length === 4,
  recent: isListOf(has({ at: isTime, reason: isReason }), recentLimit),
  samples: isListOf(has({ at: isTime, reason: isReason, message: isMessage }), sampleLimit),
  okRun: isCount,
  lastAt: isTime,
} satisfies Record<keyof Trail, Check>);
const isCourse = has({
  id: isText,
  key: isText,
  since: isTime,
  openedAt: isTime,
  onset: isTime,
  resolvedAt: isNullOr(isTime),
  pausedAt: isNullOr(isTime),
  worst: isWorst,
  told: isWorst,
  sequence: isCount,
  reasons: (value) => isFields(value) && Object.entries(value).every(([name, count]) => isReason(name) && isCount(count)),
  attempts: isCount,
  failures: isCount,
  worstStretch: has({ failures: isCount, probes: isCount }),
} satisfies Record<keyof Course, Check>);
const isAccess = has({
  refusals: isCount,
  since: isTime,
  locked: (value) => typeof value === 'boolean',
  pauses: isCount,
  until: isNullOr(isTime),
} satisfies Record<keyof Access, Check>);
const isTies = has({
  beganAt: isTime,
  heldUntil: isNullOr(isTime),
  within: isText,
  apart: isNullOr(has({ attempts: isCount, failures: isCount, episodes: isCount })),
  rate: isTime,
  rateUntil: isTime,
  standing: isCount,
} satisfies Record<keyof Ties, Check>);
const isNotices = has({
  reminders: isCount,
  remindAt: isNullOr(isTime),
  receivers: isListOf(isText, 1000),
  severity: isOneOf(severities),
} satisfies Record<keyof Notices, Check>);
