import { describe, expect, test } from 'vitest';
import { openIncidents } from '#core/engine.ts';
import type { Event } from '#model/event.ts';
import type { EndpointPlan, Plan } from '#model/plan.ts';
import type { ProbeResult } from '#model/result.ts';
import type { SavedState, Transition } from '#sinks/store/contract.ts';
import { planOf } from '../../tests/support/plan.ts';
import { failResult, okResult } from '../../tests/support/results.ts';
import { installation } from '../../tests/support/rounds.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';

const start = Date.UTC(2026, 5, 1, 12);
const interval = 30_000;

interface Kept {
  readonly order: string[];
  readonly quiet: ProbeResult[];
  readonly transitions: Transition[];
  readonly saved: Map<string, SavedState>;
}

function planOfOne(fingerprint: string): Plan {
  return planOf([{ service: 'ehr', name: 'fhir', fingerprint }], { receivers: [{ name: 'pager', kind: 'log', options: {} }] });
}

function pipeline(kept: Kept, fingerprint = 'a', plan: Plan = planOfOne(fingerprint), onWish = (_notBefore: number) => {}): Pipeline {
  const keep = (states: readonly SavedState[] = []): void => states.forEach((state) => void kept.saved.set(state.endpoint, state));
  return createPipeline({
    plan,
    journal: {
      quiet: ({ result }) => {
        kept.quiet.push(result);
      },
      transition: (change) => {
        kept.transitions.push(change);
        kept.order.push('journal');
        keep(change.states);
        return true;
      },
      saveStates: keep,
    },
    sinks: [{ accept: (event: Event) => void (event.type === 'alert' && kept.order.push('sink')), close: () => Promise.resolve() }],
    onAlerts: () => void kept.order.push('delivery'),
    onProbeWanted: (_endpoint, notBefore) => onWish(notBefore),
  });
}

function empty(): Kept {
  return { order: [], quiet: [], transitions: [], saved: new Map() };
}

const at = (index: number): number => start + index * interval;
const ok = (index: number): ProbeResult => ({ ...okResult('ehr/fhir'), scheduledAt: at(index) });
const failed = (index: number): ProbeResult => ({ ...failResult('ehr/fhir', 'reset'), scheduledAt: at(index) });

/** Ids of the incident events that were written down, each once. */
const told = (from: Kept): unknown => [
  ...new Set(from.transitions.flatMap((change) => change.incidentEvents ?? []).map((event) => event.id)),
];

/** Well for a hundred probes, then down. */
const outage: readonly ProbeResult[] = [...Array(100).keys()].map(ok).concat([100, 101, 102, 103, 104].map(failed));

describe('the pipeline', () => {
  test('writes the page down before any sink hears of it, and sinks hear of it before delivery is woken', () => {
    const kept = empty();
    const flow = pipeline(kept);
    for (const result of outage) {
      kept.order.length = 0;
      flow.feed({ type: 'result', result });
      if (kept.order.includes('delivery')) break;
    }
    expect(kept.order).toEqual(['journal', 'sink', 'delivery']);
    const page = kept.transitions.at(-1);
    expect(page?.alerts?.map((alert) => alert.event)).toEqual(['opened']);
    // The results that led to it go with it, and the state after it.
    expect(page?.results?.map(({ result }) => result.outcome)).toEqual(['fail']);
    expect(page?.states?.map((state) => state.endpoint)).toEqual(['ehr/fhir']);
  });

  test('quiet results cost no transaction', () => {
    const kept = empty();
    const flow = pipeline(kept);
    for (const result of outage.slice(0, 50)) flow.feed({ type: 'result', result });
    // The first result is news: unknown becomes up.
    expect(kept.transitions).toHaveLength(1);
    expect(kept.quiet).toHaveLength(49);
  });

  test('results that are released together cost one transaction together', () => {
    const kept = empty();
    const flow = pipeline(kept);
    flow.feedResults([ok(0), ok(1), failed(2)]);
    expect(kept.transitions.map(({ results }) => results?.length)).toEqual([3]);
    flow.feedResults([ok(3)]);
    expect(kept.transitions).toHaveLength(1);
    expect(kept.quiet).toHaveLength(1);
  });

  test('carries the wish for one more probe to the schedule, at no transaction of its own, and not after a restart', () => {
    const kept = empty();
    const wished: number[] = [];
    const whole = planOfOne('a');
    const plan = { ...whole, endpoints: whole.endpoints.map((one) => ({ ...one, reprobe: { spacing: 10_000, least: 5000 } })) };
    const flow = pipeline(kept, 'a', plan, (notBefore) => void wished.push(notBefore));
    const soon = (index: number) => ({ ...(index === 100 ? failed : ok)(index), scheduledAt: at(index) + 10_000 });
    const story = [...outage.slice(0, 101), soon(100), ...[101, 102, 103, 104, 105].flatMap((index) => [ok(index), soon(index)])];
    for (const result of story) flow.feed({ type: 'result', result });
    expect(wished).toEqual([100, 101, 102, 103, 104, 105].flatMap((index) => [at(index) + 10_000, at(index) + 20_000]));
    expect(kept.transitions).toHaveLength(1);
    expect(kept.quiet).toHaveLength(story.length - 1);

    wished.length = 0;
    const next = pipeline(empty(), 'a', plan, (notBefore) => void wished.push(notBefore));
    const replay = story.map((result) => ({ result, counted: true, maintenance: false }));
    next.resume({ states: [...kept.saved.values()], openIncidents: [], replay }, at(106));
    expect(next.state.endpoints.get('ehr/fhir')?.detector).toEqual(flow.state.endpoints.get('ehr/fhir')?.detector);
    expect(wished).toEqual([]);
  });

  test.each([10, 60, 99, 101, 104])('killed after result %i and taken up again, it tells the same as if nothing had happened', (cut) => {
    const whole = empty();
    const uncut = pipeline(whole);
    for (const result of outage) uncut.feed({ type: 'result', result });

    const kept = empty();
    const first = pipeline(kept);
    outage.slice(0, cut).forEach((result, index) => {
      first.feed({ type: 'result', result });
      if (index === 40) first.snapshot(1);
    });
    const second = pipeline(kept);
    second.resume(
      {
        states: [...kept.saved.values()],
        openIncidents: [],
        // The store gives more than is needed: what the state holds already must not count twice.
        replay: outage.slice(0, cut).map((result) => ({ result, counted: true, maintenance: false })),
      },
      at(cut),
    );
    for (const result of outage.slice(cut)) second.feed({ type: 'result', result });
    expect(told(kept)).toEqual(told(whole));
    expect(second.state.endpoints.get('ehr/fhir')?.detector).toEqual(uncut.state.endpoints.get('ehr/fhir')?.detector);
  });

  test('an endpoint that became another one does not inherit the results of what it was', () => {
    const kept = empty();
    const first = pipeline(kept);
    for (const result of outage.slice(0, 50)) first.feed({ type: 'result', result });
    first.snapshot(1);
    const replay = outage.slice(0, 50).map((result) => ({ result, counted: true, maintenance: false }));
    const second = pipeline(empty(), 'b');
    second.resume({ states: [...kept.saved.values()], openIncidents: [], replay }, at(50));
    const fresh = pipeline(empty(), 'b');
    for (const result of outage.slice(50, 55)) for (const flow of [second, fresh]) flow.feed({ type: 'result', result });
    expect(second.state.endpoints.get('ehr/fhir')?.detector).toEqual(fresh.state.endpoints.get('ehr/fhir')?.detector);
  });
});

test('what a group takes over from another is written down with it: after a crash one incident is open, not two of one name', () => {
  const kept = empty();
  const plan = installation(2);
  const flow = pipeline(kept, 'a', plan);
  let now = start;
  const rounds = (count: number, fails: (endpoint: EndpointPlan) => boolean): void => {
    for (const end = now + count * interval; now < end; now += interval) {
      for (const [place, endpoint] of plan.endpoints.entries()) {
        const times = { scheduledAt: now + place * 1000 };
        flow.feed({ type: 'result', result: fails(endpoint) ? failResult(endpoint.id, 'reset', times) : okResult(endpoint.id, times) });
        flow.feed({ type: 'tick', at: times.scheduledAt });
      }
    }
  };
  rounds(100, () => false);
  rounds(8, ({ region }) => region === 'norcal');
  rounds(8, () => true);
  const whole = openIncidents(flow.engine, flow.state).map(({ id }) => id);
  expect(whole).toHaveLength(1);
  const next = pipeline(empty(), 'a', plan);
  next.resume({ states: [...kept.saved.values()], openIncidents: [], replay: [] }, now);
  expect(openIncidents(next.engine, next.state).map(({ id }) => id)).toEqual(whole);
});
