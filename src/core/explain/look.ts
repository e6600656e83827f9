// A look inside the tests: how strong the evidence is, what it speaks for, how far the recovery has come. Reads, changes nothing.
import type { EndpointId } from '#model/endpoint.ts';
import { type DurationMs, secondMs } from '#model/time.ts';
import type { Pattern, State } from '#model/verdict.ts';
import { closeFactor } from '../detect/calibrate.ts';
import { dailyRate } from '../detect/estimate.ts';
import { patternShapes, steadyShare } from '../detect/evidence.ts';
import { type GroupState, isSteady, suspicion } from '../detect/group.ts';
import { ratioNow } from '../detect/ratio.ts';
import { averageSlow } from '../detect/slowevidence.ts';
import * as tally from '../detect/tally.ts';
import { isOpen } from '../incident/lifecycle.ts';
import type { EngineState } from '../state.ts';
import type { Engine } from '../watch.ts';

/** What one endpoint, or one group, is thought to be after an outcome. */
export interface Look {
  readonly state: State;
  /** An incident is open: the page has been sent, the recovery test runs. */
  readonly open: boolean;
  /** S over A: 1 pages, once its other conditions hold; not held below 1. Null while an incident is open: then there is none. */
  readonly evidence: number | null;
  /** V over what closing needs: 1 closes, after two successes in a row, and members that are well. Null while no incident is open. */
  readonly recovery: number | null;
  /** Learned share of probes that fail when healthy. */
  readonly healthyRate: number;
}

/** One explanation of the failures. */
export interface Alternative {
  readonly kind: Pattern['kind'];
  /** Weight of this family of patterns, 0 to 1. */
  readonly share: number;
  /** Mean share of probes that fail, of the patterns of this family by their weights; absent for bursts. */
  readonly rate?: number;
  /** Mean time between spells of failures, of bursts. */
  readonly gapSeconds?: number;
}

/** Undefined when the engine does not have the endpoint. */
export function lookAt(engine: Engine, state: EngineState, id: EndpointId): Look | undefined {
  const watch = engine.watches.get(id);
  const own = state.endpoints.get(id);
  if (watch === undefined || own === undefined) return undefined;
  const { detector } = own;
  const open = detector.course !== 'up';
  return {
    state: own.shown,
    open,
    evidence: open ? null : ratioNow(detector, watch.detector.threshold),
    recovery: open ? detector.recovery / (watch.detector.closing * closeFactor(steadyShare(detector.evidence))) : null,
    healthyRate: dailyRate(detector),
  };
}

/** Evidence over what a page needs, at the page of the endpoint's open incident; null where a run of failures paged before it was enough. */
export function pageRatioOf(state: EngineState, id: EndpointId): number | null {
  const ratio = state.endpoints.get(id)?.detector.ratio ?? 0;
  // The detector keeps 1 for less.
  return ratio > 1 ? ratio : null;
}

/** A group has to be calm for a while as well: until then its recovery is held below 1. */
const heldRecovery = 0.99;

/** The same of how fast the endpoint answers: whether it is slow. */
export function lookAtSlow(engine: Engine, state: EngineState, id: EndpointId): Look | undefined {
  const watch = engine.watches.get(id);
  const own = state.endpoints.get(id);
  if (watch === undefined || own === undefined) return undefined;
  const { test } = own.slow;
  const open = test.open === 1;
  return {
    state: own.shown,
    open,
    evidence: open ? null : averageSlow(test.evidence) / watch.slow.threshold,
    recovery: open ? test.recovery / watch.slow.closing : null,
    healthyRate: test.rate,
  };
}

/** Of the group in this place of the engine's. Undefined without one. */
export function lookAtGroup(engine: Engine, state: EngineState, place = 0): Look | undefined {
  const watch = engine.groups[place];
  const record = state.groups[place];
  if (watch === undefined || record === undefined) return undefined;
  const { test, course } = record;
  const open = isOpen(course);
  return {
    state: open ? (course.worst === 'down' ? 'down' : 'intermittent') : 'up',
    open,
    evidence: open ? null : suspicion(watch.test, test),
    recovery: open ? (isSteady(test) ? 1 : Math.min(heldRecovery, test.recovery / watch.test.closing)) : null,
    healthyRate: healthyRateOf(test),
  };
}

/** Of the round under way: expected failures of those members that could tell, over their number. */
function healthyRateOf({ tally: own }: GroupState): number {
  const members = own[tally.members] as number;
  return members === 0 ? 0 : (own[tally.expected] as number) / members;
}

/** What could explain the failures of an endpoint, the likeliest first; [] where nothing has been seen. */
export function alternativesOf(state: EngineState, id: EndpointId): readonly Alternative[] {
  const weights = state.endpoints.get(id)?.detector.evidence ?? [];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) return [];
  const families = (['steady', 'down', 'bursts'] as const).map((kind): Alternative => {
    let share = 0;
    let measure = 0;
    for (const [j, shape] of patternShapes.entries()) {
      if (shape.kind !== kind) continue;
      const weight = (weights[j] ?? 0) / total;
      share += weight;
      measure += weight * (shape.kind === 'bursts' ? shape.gap : shape.rate);
    }
    const mean = share > 0 ? measure / share : 0;
    return { kind, share: Math.min(1, share), ...(kind === 'bursts' ? { gapSeconds: mean / secondMs } : { rate: mean }) };
  });
  return families.toSorted((a, b) => b.share - a.share);
}

/** Evidence S that pages: the mean number of probes, or of rounds, to a false page is this or more. */
export function thresholdOf(engine: Engine, id: EndpointId): number {
  return engine.watches.get(id)?.detector.threshold ?? engine.groups[0]?.test.threshold ?? 0;
}

/** Usual time between two probes; of a group, the length of its round. */
export function spacingOf(engine: Engine, id: EndpointId): DurationMs {
  return engine.watches.get(id)?.plan.timing.interval ?? engine.groups[0]?.group.round ?? 0;
}
