// What a daemon has learned of this plan's endpoints, read from the store it may be writing at this moment.
import { type Learned, learnedOf } from '#core/learned.ts';
import type { EndpointId } from '#model/endpoint.ts';
import type { Plan } from '#model/plan.ts';
import { type DurationMs, dayMs } from '#model/time.ts';
import { peekStates } from '#sinks/store/peek.ts';

/** What was learned in less says more of what was believed before. */
const leastLearned: DurationMs = dayMs;

export interface LearnedRates {
  /** Of endpoints that have learned for a day or more and are still what they were. */
  readonly rates: ReadonlyMap<EndpointId, Learned>;
  /** Why the store in the data folder could not be read; '' where it could, or there is none. */
  readonly problem: string;
}

/** Takes no lock and changes nothing. Never throws. */
export function learnedRates({ data, endpoints }: Plan): LearnedRates {
  const found = peekStates(data);
  if ('problem' in found) return { rates: new Map(), problem: found.problem };
  const saved = new Map(found.states.map((state) => [state.endpoint, state]));
  const rates = new Map<EndpointId, Learned>();
  for (const { id, fingerprint, timing } of endpoints) {
    const state = saved.get(id);
    const learned = state?.fingerprint === fingerprint ? learnedOf(state.state, timing.interval) : undefined;
    if (learned !== undefined && learned.over >= leastLearned) rates.set(id, learned);
  }
  return { rates, problem: '' };
}
