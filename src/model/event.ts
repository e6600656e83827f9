// What goes into the engine and what comes out of it. Every sink reads the one stream of events.
import type { Alert } from './alert.ts';
import type { EndpointId } from './endpoint.ts';
import type { Incident, IncidentEventKind } from './incident.ts';
import type { ProbeResult } from './result.ts';
import type { EpochMs } from './time.ts';
import type { State, Verdict } from './verdict.ts';

/** What the engine is told. Time is data: `at` is monotonic, `wall` only for the time of day and texts. */
export type Input =
  | { readonly type: 'result'; readonly result: ProbeResult }
  /** Time goes by: about once a second. Staleness, reminders and closing on silence hang on it. */
  | { readonly type: 'tick'; readonly at: EpochMs }
  | { readonly type: 'maintenance'; readonly at: EpochMs; readonly endpoint: EndpointId; readonly open: boolean; readonly why: string }
  /** The prober itself got into trouble, out of it, or is known for the first time. `since`: when it began; `why`: '' where it is well. */
  | { readonly type: 'vantage'; readonly at: EpochMs; readonly ok: boolean; readonly since: EpochMs; readonly why: string }
  /** The wall clock moved by `by` milliseconds against the monotonic one: moves the time-of-day bins only. */
  | { readonly type: 'clock_stepped'; readonly at: EpochMs; readonly by: number };

/** An incident's course, one step. */
export interface IncidentEvent {
  readonly type: 'incident';
  /** Incident id + '#' + sequence: stable under replay. */
  readonly id: string;
  readonly at: EpochMs;
  readonly kind: IncidentEventKind;
  readonly incident: Incident;
  /** Only where the fault's own course does not say why: "removed from the configuration". */
  readonly why?: string;
}

export type Event =
  /** A result was taken into account. `counted` is false when it was missing, late, or in maintenance. */
  | { readonly type: 'result'; readonly result: ProbeResult; readonly counted: boolean; readonly maintenance: boolean }
  | {
      readonly type: 'state';
      readonly at: EpochMs;
      readonly endpoint: EndpointId;
      readonly from: State;
      readonly to: State;
      readonly verdict: Verdict;
    }
  | IncidentEvent
  /** The incident of a group explains an endpoint's trouble from now on; `group` is '' when it does no longer. */
  | { readonly type: 'attached'; readonly at: EpochMs; readonly endpoint: EndpointId; readonly group: string }
  /** A wish: no probe of this endpoint before `until` (monotonic). The pipeline carries it to the scheduler. */
  | { readonly type: 'pause_wanted'; readonly at: EpochMs; readonly endpoint: EndpointId; readonly until: EpochMs }
  /** A wish: one more probe of this endpoint at `notBefore` (monotonic) or soon after, if there is room. It may go unheard. */
  | { readonly type: 'probe_wanted'; readonly at: EpochMs; readonly endpoint: EndpointId; readonly notBefore: EpochMs }
  | { readonly type: 'alert'; readonly alert: Alert };

/** Folds the stream of events into something that people or programs see. */
export interface Sink {
  /** Never throws, never waits: what takes time is queued inside. */
  accept(event: Event): void;
  close(): Promise<void>;
}
