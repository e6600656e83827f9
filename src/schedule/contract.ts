// What the schedule asks for and promises.
import type { EndpointId } from '#model/endpoint.ts';
import type { EndpointPlan, LimitsPlan } from '#model/plan.ts';
import type { Clock, DurationMs, EpochMs, Timers } from '#model/time.ts';

/** Why a tick of an endpoint's timing started nothing: the earlier attempt ran on or still waited for its turn, or the schedule was behind. */
export type SkipReason = 'running' | 'waiting' | 'behind';

export type ExtraOutcome = 'sent' | 'dropped';

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Makes one attempt; settles when it has ended. `signal` aborts when the endpoint is removed or changed, and at the end. A rejection is a bug. */
  start(endpoint: EndpointPlan, scheduledAt: EpochMs, signal: AbortSignal): Promise<void>;
  /** How late an attempt started after it was due; once per attempt. */
  onLag(lag: DurationMs): void;
  /** So many ticks of this endpoint started nothing. */
  onSkip?(endpoint: EndpointPlan, ticks: number, why: SkipReason): void;
  /** What became of a wish for an extra attempt that the timing had room for. */
  onExtra?(outcome: ExtraOutcome): void;
  /** Two processes that probe the same endpoints make their extra attempts at other moments by this. Default: ''. */
  readonly seed?: string;
}

export interface Scheduler {
  /** True from the first `update` until `close`. */
  readonly running: boolean;
  /** Attempts under way, and attempts that are due and held back. */
  readonly load: { readonly running: number; readonly waiting: number };
  /**
   * Sets the endpoints and the caps, at start and on reload. Unchanged ones keep everything; a changed timing is planned afresh; the
   * attempt of one that is removed or has another fingerprint is aborted. Linear in the endpoints.
   */
  update(endpoints: readonly EndpointPlan[], limits: LimitsPlan): void;
  /** A wish for one attempt at `notBefore` or soon after, within the caps. Any attempt started from then on grants it. No effect in a pause. */
  request(endpoint: EndpointId, notBefore: EpochMs): void;
  /**
   * A wish for one extra attempt at `notBefore` or up to a fifth of its spacing later. It takes nothing from the timing: it starts where the caps
   * have room for it and one more, and the next tick is far enough away; else it is dropped, as it is in a pause, at a reload and at the end.
   * A later wish takes the place of one that is open. An attempt of the timing waits for an extra one under way, under its own `scheduledAt`.
   */
  reprobe(endpoint: EndpointId, notBefore: EpochMs): void;
  /** No attempt of this endpoint starts before `until` (monotonic). One under way goes on. A time that has passed ends a pause. */
  pause(endpoint: EndpointId, until: EpochMs): void;
  /** Starts nothing more, lets attempts end for at most `grace`, then aborts them. Resolves to how many had to be left behind. */
  close(grace: DurationMs): Promise<number>;
}
