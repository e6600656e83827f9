// Whenever the process is killed: groups decide as if it had not been, though endpoints and groups are saved at different times.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Event } from '#model/event.ts';
import type { EndpointPlan } from '#model/plan.ts';
import type { ProbeResult } from '#model/result.ts';
import type { SavedState, Transition } from '#sinks/store/contract.ts';
import { random } from '../../tests/bench/detect/random.ts';
import { start } from '../../tests/support/installation.ts';
import { failResult, okResult } from '../../tests/support/results.ts';
import { installation } from '../../tests/support/rounds.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';

const plan = installation(2);
const interval = 30_000;
const inNorcal = ({ region }: EndpointPlan) => region === 'norcal';

/** What survives a kill, and what people were told. */
interface Disk {
  readonly saved: Map<string, SavedState>;
  readonly told: string[];
}

function open(disk: Disk): Pipeline {
  const keep = (states: readonly SavedState[] = []) => {
    for (const state of states) disk.saved.set(state.endpoint, state);
  };
  return createPipeline({
    plan,
    journal: {
      quiet: () => {},
      transition: ({ states }: Transition) => {
        keep(states);
        return true;
      },
      saveStates: keep,
    },
    sinks: [
      {
        accept: (event: Event) =>
          void (event.type === 'alert' && disk.told.push(`${event.alert.id} ${event.alert.event} ${event.alert.at}`)),
        close: async () => {},
      },
    ],
    onAlerts: () => {},
  });
}

/** An hour of health with noise, then trouble that a region or everybody shares. */
function story(seed: number, share: number, wide: boolean): readonly ProbeResult[] {
  const source = random(seed);
  const results: ProbeResult[] = [];
  for (let round = 0; round < 180; round += 1) {
    for (const [place, endpoint] of plan.endpoints.entries()) {
      const times = { scheduledAt: start + round * interval + place * 700, startedAt: 0 };
      const isIll = round >= 120 && round < 150 && (wide || inNorcal(endpoint));
      const failed = source.next() < 0.003 || (isIll && source.next() < share);
      results.push(failed ? failResult(endpoint.id, 'reset', times) : okResult(endpoint.id, times));
    }
  }
  return results;
}

/** Feeds them, time and the periodic snapshot between; a beat is a second. */
function live(flow: Pipeline, results: readonly ProbeResult[]): void {
  for (const result of results) {
    flow.feed({ type: 'result', result });
    flow.snapshot(1 / 60);
    if (result.scheduledAt % 5 === 0) flow.feed({ type: 'tick', at: result.scheduledAt });
  }
}

const kills = fc.array(fc.integer({ min: 1, max: 180 * plan.endpoints.length - 1 }), { minLength: 1, maxLength: 3 });

test('whenever it is killed, groups decide as if it had not been', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1e6 }), fc.constantFrom(0.02, 0.1, 0.3, 1), fc.boolean(), kills, (seed, share, wide, cuts) => {
      const results = story(seed, share, wide);
      const whole: Disk = { saved: new Map(), told: [] };
      const uncut = open(whole);
      live(uncut, results);
      const disk: Disk = { saved: new Map(), told: [] };
      let flow = open(disk);
      let from = 0;
      for (const cut of cuts.toSorted((a, b) => a - b)) {
        live(flow, results.slice(from, cut));
        flow = open(disk);
        const replay = results.slice(0, cut).map((result) => ({ result, counted: true, maintenance: false }));
        flow.resume({ states: [...disk.saved.values()], openIncidents: [], replay }, results[cut - 1]?.scheduledAt ?? 0);
        from = cut;
      }
      live(flow, results.slice(from));
      expect([...new Set(disk.told)]).toEqual(whole.told);
      // What a restart finds open is learned as such from then on: rates, and with them the last digits, may differ.
      for (const [place, { test: one }] of uncut.state.groups.entries()) {
        expect(Math.log1p(flow.state.groups[place]?.test.sum ?? 0)).toBeCloseTo(Math.log1p(one.sum), 1);
      }
    }),
    { numRuns: 12 },
  );
}, 120_000);
