// What a daemon has learned of this plan's endpoints, read from the store it may be writing at this moment.
import { type Learned, learnedOf } from '#core/learned.ts';
import type { EndpointId } from '#model/endpoint.ts';
import { HolterError } from '#model/error.ts';
import type { Plan } from '#model/plan.ts';
import { type DurationMs, dayMs } from '#model/time.ts';
import type { SavedState } from '#sinks/store/contract.ts';
import { hasStore, openReader } from '#sinks/store/reader.ts';

/** What was learned in less says more of what was believed before. */
const leastLearned: DurationMs = dayMs;

export interface LearnedRates {
  /** Of endpoints that have learned for a day or more and are still what they were. */
  readonly rates: ReadonlyMap<EndpointId, Learned>;
  /** A sentence that says why the store in the data folder could not be read; '' where it could, or there is none. */
  readonly problem: string;
}

/** Takes no lock and changes nothing. */
export function learnedRates(plan: Plan): LearnedRates {
  try {
    return { rates: ratesOf(plan, statesOf(plan)), problem: '' };
  } catch (error) {
    if (error instanceof HolterError) return { rates: new Map(), problem: error.message };
    throw error;
  }
}

function statesOf({ data, vantage, endpoints }: Plan): readonly SavedState[] {
  if (!hasStore(data)) return [];
  const reader = openReader(data, vantage);
  try {
    return reader.states(endpoints.map(({ id }) => id));
  } finally {
    reader.close();
  }
}

function ratesOf({ endpoints }: Plan, states: readonly SavedState[]): ReadonlyMap<EndpointId, Learned> {
  const saved = new Map(states.map((state) => [state.endpoint, state]));
  const rates = new Map<EndpointId, Learned>();
  for (const { id, fingerprint, timing } of endpoints) {
    const state = saved.get(id);
    const learned = state?.fingerprint === fingerprint ? learnedOf(state.state, timing.interval) : undefined;
    if (learned !== undefined && learned.over >= leastLearned) rates.set(id, learned);
  }
  return rates;
}
