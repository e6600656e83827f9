// Whole installations in virtual time: one cause, one page, whatever it breaks.
import { describe, expect, test } from 'vitest';
import type { EndpointPlan } from '#model/plan.ts';
import { installation, play, type Scene, start, type Told } from '../../../tests/support/installation.ts';
import { failResult, okResult } from '../../../tests/support/results.ts';
import { frozen } from '../detect/marks.ts';
import { createEngine, freshState, replan, step } from '../engine.ts';
import type { EngineState } from '../state.ts';
import type { Engine } from '../watch.ts';

const small = installation(1);
const large = installation(5);
const day = 2880;

/** Three draws of a scene: what people are told must not hang on one. */
function draws(scene: Omit<Scene, 'seed'>): readonly (readonly Told[])[] {
  return [11, 12, 13].map((seed) => play({ ...scene, seed }));
}

const opened = (told: readonly Told[]) => told.filter(({ alert }) => alert.event === 'opened');
const eventsOf = (told: readonly Told[]) => told.map(({ alert }) => alert.event);
const oneRegionStaysDown = ({ region }: EndpointPlan, round: number) => (region === 'socal' || (region === 'norcal' && round < 20) ? 1 : 0);
const oneDownInNorcal = (endpoint: EndpointPlan) => (endpoint.id === 'ehr/e0/norcal' ? 1 : inNorcal(endpoint) ? 0.2 : 0);
const ids = (told: readonly Told[]) => told.map(({ round, alert }) => `${round} ${alert.id} ${alert.page.rate}`);
const inNorcal = ({ region }: EndpointPlan) => region === 'norcal';

describe('a fault that many endpoints share', () => {
  test('one per cent more on two hundred endpoints: one page, within twenty rounds, before any endpoint pages for itself', () => {
    for (const told of draws({ plan: large, healthy: day, ill: 240, fault: () => 0.01 })) {
      expect(opened(told)).toHaveLength(1);
      expect(opened(told)[0]?.round).toBeLessThan(20);
      expect(opened(told)[0]?.alert.labels).toMatchObject({ scope: 'dependency', group: 'network' });
    }
  });

  test('a region whose every probe fails: one page within four rounds, of what stands on the network there', () => {
    for (const told of draws({ plan: large, healthy: day, ill: 60, after: 200, fault: (endpoint) => (inNorcal(endpoint) ? 1 : 0) })) {
      expect(eventsOf(told)).toEqual(['opened', 'resolved']);
      expect(told[0]?.round).toBeLessThanOrEqual(4);
      expect(told[0]?.alert.labels).toMatchObject({ scope: 'dependency', group: 'network/norcal' });
      expect(told[0]?.alert.page.state).toBe('down');
    }
  });

  test('spells with pauses of minutes stay one incident, and end half an hour after the last', () => {
    for (const told of draws({ plan: small, healthy: day, ill: 120, after: 240, fault: (_, round) => (round % 24 < 10 ? 0.3 : 0) })) {
      expect(opened(told)).toHaveLength(1);
      const end = told.at(-1);
      expect(end?.alert.event).toBe('resolved');
      expect(end?.round).toBeGreaterThan(110);
      expect(end?.round).toBeLessThan(110 + 90);
    }
  });

  test('the page says what is behind it, what it breaks and what it leaves alone', () => {
    const [told = []] = draws({
      plan: small,
      healthy: day,
      ill: 120,
      fault: (endpoint, round) => (inNorcal(endpoint) && round % 10 < 6 ? 0.3 : 0),
    });
    const { title, lines, severity } = told[0]?.alert.page ?? { title: '', lines: [], severity: '' };
    expect(title).toBe('Everything behind network in norcal intermittent');
    expect(lines[0]).toMatch(
      /^Everything behind network in norcal is intermittent: .+ and \d more \(\d+ % of \d+ probes failed since .+, mostly connect_timeout\)\.$/,
    );
    expect(lines).toContain('Unaffected: socal, midatl and nw.');
    expect(severity).toBe('warning');
  });
});

describe('a fault of one endpoint', () => {
  test.each([
    ['down', 1, 'down', 6],
    ['failing three times in ten', 0.3, 'intermittent', 60],
  ])('%s is its own, and paged as quickly', (_, share, state, most) => {
    for (const told of draws({ plan: small, healthy: day, ill: 120, fault: ({ id }) => (id === 'ehr/e0/norcal' ? share : 0) })) {
      const [first, ...others] = opened(told);
      expect(others).toEqual([]);
      expect(first?.alert.labels).toMatchObject({ endpoint: 'e0', service: 'ehr', region: 'norcal' });
      expect(first?.alert.page.state).toBe(state);
      expect(first?.round).toBeLessThan(most);
    }
  });

  test('that is down while its region merely fails now and then keeps an incident of its own', () => {
    for (const told of draws({ plan: small, healthy: day, ill: 200, fault: oneDownInNorcal })) {
      const down = told.filter(({ alert }) => alert.page.state === 'down' && alert.labels['endpoint'] === 'e0');
      expect(down.length).toBeGreaterThan(0);
      // Never one key for two incidents that are open at the same time.
      const keys = new Set(opened(told).map(({ alert }) => alert.key));
      expect(keys.size).toBe(opened(told).length);
    }
  });
});

describe('nothing', () => {
  test('is paged of a healthy installation in a week, nor of rounds in which the prober saw everything fail', () => {
    expect(play({ plan: small, seed: 5, healthy: 7 * day, ill: 0, fault: () => 0 })).toEqual([]);
    expect(play({ plan: small, seed: 6, healthy: 3 * day, ill: 0, fault: () => 0, blips: 0.0004 })).toEqual([]);
  });
});

describe('a restart', () => {
  const spells: Omit<Scene, 'seed'> = { plan: small, healthy: day, ill: 120, after: 120, fault: (_, round) => (round % 24 < 10 ? 0.3 : 0) };

  test('before the page, inside the incident, in a pause and in the recovery changes nothing of what people are told', () => {
    for (const seed of [21, 22, 23]) {
      const whole = play({ ...spells, seed });
      expect(ids(play({ ...spells, seed, restarts: [-1, 1, 2, 3, 9, 40, 64, 100, 125, 130, 150] }))).toEqual(ids(whole));
      expect(whole.map(({ alert }) => alert.event)).toEqual(['opened', 'resolved']);
    }
  });
});

describe('a reload', () => {
  test('that no longer has the group ends its incident aloud; its members are judged for themselves again', () => {
    const engine = createEngine(small);
    const told = playUntilOpen(engine);
    const without = createEngine({ ...small, services: small.services.map((service) => ({ ...service, dependsOn: [] })) });
    const events = replan(engine, without, told.state, told.at);
    expect(events.flatMap((event) => (event.type === 'alert' ? [event.alert.event] : []))).toEqual(['resolved']);
    expect(events.find((event) => event.type === 'incident')).toMatchObject({ why: 'removed from the configuration' });
    expect([...told.state.endpoints.values()].filter(({ ties }) => ties.within !== '')).toEqual([]);
    expect([...told.state.endpoints.values()].filter(({ detector }) => (detector.marks & frozen) !== 0)).toEqual([]);
  });
});

/** Everything behind the network fails until its incident is open. */
function playUntilOpen(engine: Engine): { readonly state: EngineState; readonly at: number } {
  const state = freshState(engine);
  for (let round = 0; ; round += 1) {
    for (const [place, endpoint] of small.endpoints.entries()) {
      const at = start + round * 30_000 + place * 700;
      const result = round > 300 ? failResult(endpoint.id, 'reset', { scheduledAt: at }) : okResult(endpoint.id, { scheduledAt: at });
      if (step(engine, state, { type: 'result', result }).some((event) => event.type === 'alert')) return { state, at };
    }
  }
}

describe('a part of a wide fault that stays', () => {
  test('down, while the rest recovers, is the course of the incident and no page for each of its endpoints', () => {
    for (const told of draws({ plan: small, healthy: day, ill: 160, fault: oneRegionStaysDown })) {
      expect(opened(told).length).toBeLessThanOrEqual(2);
    }
  });
});

test('years are played by a shorter way that comes to the same', () => {
  const scene: Omit<Scene, 'seed'> = {
    plan: small,
    healthy: 1500,
    ill: 60,
    after: 120,
    fault: (_, round) => (round % 24 < 10 ? 0.3 : 0),
    blips: 0.003,
  };
  for (const seed of [1, 2]) expect(play({ ...scene, seed })).toEqual(play({ ...scene, seed }, false));
});
