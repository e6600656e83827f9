// What the engine knows, endpoint by endpoint: plain JSON, saved as text and restored to the bit.
import type { Endpoint, EndpointId } from '#model/endpoint.ts';
import type { EndpointPlan } from '#model/plan.ts';
import type { DurationMs, EpochMs } from '#model/time.ts';
import type { State } from '#model/verdict.ts';
import type { Notices } from './alert/cadence.ts';
import * as detect from './detect/detector.ts';
import { freshGroup, type GroupState, saved as savedTest } from './detect/group.ts';
import { freshSlow, type SlowState } from './detect/slowstate.ts';
import { groupKey } from './group/place.ts';
import { type Access, freshAccess } from './incident/access.ts';
import type { Course } from './incident/lifecycle.ts';
import { freshTrail, type Trail } from './incident/trail.ts';

/** Version of what `saveEndpoint` writes; the detector's part carries its own. */
export const engineStateVersion = 4;
/** Before slowness was judged: all else is the same, and how fast an endpoint answers is learned anew. */
export const versionWithoutSlowness = 3;

/** One endpoint's part. Changed in place, by the engine alone; nothing in it is shared with another endpoint. */
export interface EndpointState {
  readonly endpoint: Endpoint;
  /** Of the plan entry that it was learned under. */
  readonly fingerprint: string;
  readonly detector: detect.DetectorState;
  /** The state that was told last, maintenance included. */
  shown: State;
  maintenance: { readonly since: EpochMs; readonly why: string } | null;
  readonly trail: Trail;
  /** The open incident of failing, or the last one while it may reopen. */
  course: Course | null;
  notices: Notices | null;
  readonly access: Access;
  /** The open incident of refused credentials, or the last one. */
  readonly refused: Line;
  readonly ties: Ties;
  readonly slow: SlowPart;
}

/** How fast it answers, and the open incident of slowness or the last one. */
export interface SlowPart extends Line {
  readonly test: SlowState;
  /** Id of the group whose slowness explains that of the endpoint; '' without one. */
  within: string;
}

/** How the endpoint stands to its groups. */
export interface Ties {
  /** When a failure of it counted for its groups last; -1 before the first. */
  beganAt: EpochMs;
  /** Its first page waits until then for what the groups have to say; null where none waits. */
  heldUntil: EpochMs | null;
  /** Id of the group whose incident explains its trouble; '' without one. */
  within: string;
  /** What its incident had counted when that group was proven steady: what comes on top is its own. Null before. */
  apart: Counted | null;
  /** Its healthy rate as its groups count with it, and until when they do before it is looked up again; -1 before the first. */
  rate: number;
  rateUntil: EpochMs;
  /** How it is counted among the members of its groups: `group/standing.ts`. Counted anew after a restart. */
  standing: number;
}

export interface Counted {
  readonly attempts: number;
  readonly failures: number;
  readonly episodes: number;
}

/** One group's part; changed in place, by the engine alone. */
export interface GroupRecord extends Line {
  readonly id: string;
  readonly test: GroupState;
  /** Members whose trouble the incident explains, in the order in which they were attached. */
  readonly attached: EndpointId[];
  /** Slowness that members share, and whose it explains. */
  readonly slow: Line & { readonly attached: EndpointId[] };
  /** Members that were, and are well by their own tests while the incident goes on with the others. */
  readonly left: EndpointId[];
  /** The round at whose beginning the incident was looked at last. */
  lookedAt: EpochMs;
}

/** The place that everything is seen from; changed in place, by the engine alone. */
export interface VantageRecord extends Line {
  /** What was told last: well or ill, since when, why. Null before anything was. */
  told: { readonly ok: boolean; readonly since: EpochMs; readonly why: string } | null;
}

/** An incident and what was told of it. */
export interface Line {
  course: Course | null;
  notices: Notices | null;
}

export interface EngineState {
  readonly version: number;
  readonly endpoints: Map<EndpointId, EndpointState>;
  /** In the order of the engine's groups; behind them those that the plan has no more, with their last incidents. */
  groups: GroupRecord[];
  /** How the prober itself is, and the incident of its own trouble. */
  readonly vantage: VantageRecord;
  /** The rounds under way of these groups, in the same order: `detect/tally.ts`. */
  tallies: Float64Array;
  /** How many of their members are judged and ill, in the same order: `group/standing.ts`. */
  standing: Int32Array;
  /** How far the wall clock has moved against the monotonic one since the start: for the time of day and texts. */
  clockOffset: DurationMs;
}

export function freshEndpoint(plan: EndpointPlan): EndpointState {
  const { id, service, name, region, kind, fingerprint } = plan;
  return {
    endpoint: { id, service, name, region, kind },
    fingerprint,
    detector: detect.fresh(),
    shown: 'unknown',
    maintenance: null,
    trail: freshTrail(),
    course: null,
    notices: null,
    access: freshAccess(),
    refused: { course: null, notices: null },
    ties: freshTies(),
    slow: freshSlowPart(),
  };
}

export function freshSlowPart(): SlowPart {
  return { test: freshSlow(), course: null, notices: null, within: '' };
}

export function freshTies(): Ties {
  return { beganAt: -1, heldUntil: null, within: '', apart: null, rate: 0, rateUntil: -1, standing: 0 };
}

export function freshGroupRecord(id: string): GroupRecord {
  const slow = { course: null, notices: null, attached: [] };
  return { id, test: freshGroup(), course: null, notices: null, slow, attached: [], left: [], lookedAt: -1 };
}

export function freshVantage(): VantageRecord {
  return { told: null, course: null, notices: null };
}

/** One group as JSON text, under 2 kB and the ids of what is attached; '' for a group that the state does not have. */
export function saveGroup(state: EngineState, id: string): string {
  const record = state.groups.find((group) => group.id === id);
  return record === undefined ? '' : JSON.stringify({ version: engineStateVersion, ...record, test: savedTest(record.test) });
}

/** One endpoint as JSON text: 2 kB, or 4 kB after much trouble; '' for an endpoint that the state does not have. */
export function saveEndpoint(state: EngineState, id: EndpointId): string {
  const own = state.endpoints.get(id);
  return own === undefined ? '' : JSON.stringify({ version: engineStateVersion, ...own });
}

/** Under which the vantage's own incident is saved and found. */
export const blindKey = groupKey('blind');

/** The vantage as JSON text. What troubles it now is found afresh after a restart; its incident goes on. */
export function saveVantage({ vantage: { course, notices } }: EngineState): string {
  return JSON.stringify({ version: engineStateVersion, course, notices });
}

/** Under what names the parts of the state are saved: endpoints by their ids, groups and the vantage by their keys. */
export function savedIds(state: EngineState): readonly string[] {
  return [...state.endpoints.keys(), ...state.groups.map(({ id }) => groupKey(id)), blindKey];
}

/** Endpoints that are left alone since they refused our credentials, and until when. */
export function* pausedEndpoints(state: EngineState): Generator<readonly [EndpointId, EpochMs]> {
  for (const [id, { access }] of state.endpoints) if (access.until !== null) yield [id, access.until];
}

/** When the latest result that the state has taken in was due: a replay after a crash goes on behind it. -1 before the first. */
export function lastAppliedAt(state: EngineState, id: EndpointId): EpochMs {
  const own = state.endpoints.get(id);
  return own === undefined ? -1 : Math.max(own.detector.lastAt, own.trail.lastAt);
}
