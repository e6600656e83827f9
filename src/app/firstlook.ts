// What the engine's state asks of a schedule that has just been set: pauses that go on, and a first look at what is seldom probed.
import { type EngineState, lastAppliedAt, pausedEndpoints } from '#core/state.ts';
import type { Plan } from '#model/plan.ts';
import { type EpochMs, secondMs } from '#model/time.ts';
import type { Scheduler } from '#schedule/scheduler.ts';
import { phaseOf } from '#schedule/spread.ts';

/** Within this time of the start every endpoint has been looked at. */
const firstLookMs = 30 * secondMs;

/**
 * Who refused our credentials is left alone for as long as it would have been. Each endpoint that would otherwise wait long for its first
 * attempt gets one soon, spread out: nobody waits an hour for a first word.
 */
export function lookFirst(plan: Plan, state: EngineState, scheduler: Pick<Scheduler, 'request' | 'pause'>, now: EpochMs): void {
  for (const [id, until] of pausedEndpoints(state)) scheduler.pause(id, until);
  for (const { id, timing } of plan.endpoints) {
    if (timing.interval <= firstLookMs || lastAppliedAt(state, id) > now - timing.interval) continue;
    scheduler.request(id, now + phaseOf(id, firstLookMs));
  }
}
