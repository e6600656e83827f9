// The first look at what is seldom probed.
import { type EngineState, lastAppliedAt } from '#core/state.ts';
import type { Plan } from '#model/plan.ts';
import { type EpochMs, secondMs } from '#model/time.ts';
import type { Scheduler } from '#schedule/scheduler.ts';
import { phaseOf } from '#schedule/spread.ts';

/** Within this time of the start every endpoint has been looked at. */
const firstLookMs = 30 * secondMs;

/** Wishes one attempt, spread out, for each endpoint that would otherwise wait long for its first: nobody waits an hour for a first word. */
export function lookFirst(plan: Plan, state: EngineState, scheduler: Pick<Scheduler, 'request'>, now: EpochMs): void {
  for (const { id, timing } of plan.endpoints) {
    if (timing.interval <= firstLookMs || lastAppliedAt(state, id) > now - timing.interval) continue;
    scheduler.request(id, now + phaseOf(id, firstLookMs));
  }
}
