// What a scrape asks of every endpoint, without the intervals of a verdict: those cost a hundred times as much.
import type { EndpointId } from '#model/endpoint.ts';
import type { State } from '#model/verdict.ts';
import { dailyRate } from './detect/estimate.ts';
import { evidenceRatio } from './detect/ratio.ts';
import { slowRatio } from './detect/slow.ts';
import type { EngineState } from './state.ts';
import type { Engine } from './watch.ts';

export interface Figures {
  /** As it is shown, maintenance included. */
  readonly state: State;
  readonly slow: boolean;
  /** The learned healthy rate while up; the share of failures since the onset while an incident is open. */
  readonly failureRatio: number;
  /** Evidence for a fault or for slowness over what a page needs. */
  readonly evidenceRatio: number;
}

/** The figures of one endpoint now, equal to those of `verdictOf`; undefined when the plan does not have it. */
export function figuresOf(engine: Engine, state: EngineState, id: EndpointId): Figures | undefined {
  const watch = engine.watches.get(id);
  const own = state.endpoints.get(id);
  if (watch === undefined || own === undefined) return undefined;
  const { course, ratio, failures, attempts } = own.detector;
  const { test } = own.slow;
  const slow = test.open === 1;
  const slowness = slowRatio(watch.slow, test);
  if (course !== 'up') {
    return { state: own.shown, slow, failureRatio: attempts > 0 ? failures / attempts : 0, evidenceRatio: Math.max(ratio, slowness) };
  }
  const failing = evidenceRatio(own.detector, watch.detector.threshold);
  return { state: own.shown, slow, failureRatio: dailyRate(own.detector), evidenceRatio: Math.max(slowness, failing) };
}
