// What the engine knows, endpoint by endpoint: plain JSON, saved as text and restored to the bit.
import type { Endpoint, EndpointId } from '#model/endpoint.ts';
import type { EndpointPlan } from '#model/plan.ts';
import type { DurationMs, EpochMs } from '#model/time.ts';
import type { State } from '#model/verdict.ts';
import type { Notices } from './alert/cadence.ts';
import * as detect from './detect/detector.ts';
import { type Access, freshAccess } from './incident/access.ts';
import type { Course } from './incident/lifecycle.ts';
import { freshTrail, type Trail } from './incident/trail.ts';

/** Version of what `saveEndpoint` writes; the detector's part carries its own. */
export const engineStateVersion = 2;

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
}

/** An incident and what was told of it. */
export interface Line {
  course: Course | null;
  notices: Notices | null;
}

export interface EngineState {
  readonly version: number;
  readonly endpoints: Map<EndpointId, EndpointState>;
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
  };
}

/** One endpoint as JSON text: 2 kB, or 4 kB after much trouble; '' for an endpoint that the state does not have. */
export function saveEndpoint(state: EngineState, id: EndpointId): string {
  const own = state.endpoints.get(id);
  return own === undefined ? '' : JSON.stringify({ version: engineStateVersion, ...own });
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
