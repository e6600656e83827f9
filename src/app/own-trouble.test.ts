// The two promises against one another: no forty pages when the network of the prober dies, and no silence when only the services do.
import { beforeEach, describe, expect, test } from 'vitest';
import { openIncidents } from '#core/engine.ts';
import type { Alert } from '#model/alert.ts';
import type { SavedState } from '#sinks/store/contract.ts';
import { planOf } from '../../tests/support/plan.ts';
import { failResult, okResult } from '../../tests/support/results.ts';
import { VirtualTime } from '../../tests/support/virtual-time.ts';
import { Gate } from './gate.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import { SelfCheck } from './selfcheck.ts';
import { Vantage } from './vantage.ts';

const interval = 30_000;
const minute = 60_000;
const plan = planOf(
  Array.from({ length: 48 }, (_, i) => ({
    service: ['ehr', 'lab', 'pharmacy', 'radiology'][i % 4] ?? '',
    name: `e${i}`,
    region: i < 24 ? 'norcal' : 'socal',
  })),
  { receivers: [{ name: 'pager', kind: 'log', options: {} }] },
);

let time: VirtualTime;
/** What is broken now. */
let world: { network: boolean; services: boolean; targets: boolean };
let alerts: Alert[];
let saved: Map<string, SavedState>;
let missing: number;
let pipeline: Pipeline;

beforeEach(() => {
  time = new VirtualTime();
  world = { network: true, services: true, targets: true };
  alerts = [];
  saved = new Map();
  missing = 0;
  pipeline = open();
  watch();
});

function open(): Pipeline {
  return createPipeline({
    plan,
    journal: {
      quiet: () => {},
      transition: ({ states = [] }) => {
        for (const state of states) saved.set(state.endpoint, state);
        return true;
      },
      saveStates: () => {},
    },
    sinks: [
      {
        accept: (event) => {
          if (event.type === 'alert') alerts.push(event.alert);
          if (event.type === 'result' && event.result.outcome === 'fail' && event.result.reason === 'internal') missing += 1;
        },
        close: async () => {},
      },
    ],
    onAlerts: () => {},
  });
}

/** The whole way of a result, as `Lookout` lays it, in virtual time. */
function watch(): void {
  const vantage = new Vantage(time.clock);
  let wasOk: boolean | undefined;
  const selfCheck = new SelfCheck({
    clock: time.clock,
    timers: time.timers,
    ask: async () => {
      const answers = world.network && world.targets;
      await time.sleep(answers ? 5 : 800);
      return answers ? '' : 'no answer in time';
    },
    onOutcome: (outcome) => gate.settle(outcome),
  });
  const gate = new Gate({
    clock: time.clock,
    timers: time.timers,
    vantage: plan.vantage,
    selfCheck,
    isElsewhere: () => true,
    feed: (results) => {
      for (const result of results) vantage.note(result);
      pipeline.feedResults(results);
    },
  });
  selfCheck.configure({ timeout: 800, targets: [{ id: 'gateway', kind: 'tcp', options: {}, timeout: 800 }] });
  const { signal } = new AbortController();
  const probe = async (id: string): Promise<void> => {
    const scheduledAt = time.now;
    let duration = 20;
    await time.sleep(20);
    // An answer that was lost is known to be lost at the deadline.
    if (!world.network || !world.services) await time.sleep((duration = 5000));
    const more = { scheduledAt, startedAt: scheduledAt, duration };
    gate.take(duration === 20 ? okResult(id, more) : failResult(id, 'timeout', more), signal);
    time.timers.after(interval - (time.now - scheduledAt), () => void probe(id));
  };
  plan.endpoints.forEach(({ id }, i) => time.timers.after((i * interval) / plan.endpoints.length, () => void probe(id)));
  const beat = (): void => {
    const state = vantage.look(gate.ill);
    if (state.ok !== wasOk)
      pipeline.feed({
        type: 'vantage',
        at: time.now,
        ok: state.ok,
        since: state.ok ? time.now : state.since,
        why: state.ok ? '' : state.why,
      });
    wasOk = state.ok;
    pipeline.feed({ type: 'tick', at: time.now });
    time.timers.after(1000, beat);
  };
  beat();
}

const pages = (): readonly string[] => alerts.map(({ event, page }) => `${event}: ${page.title}`);

describe('48 endpoints', () => {
  test.each([0.5, 3, 4.5])('the network of the prober dies for %d minutes: nobody is paged', async (minutes) => {
    await time.advance(30 * minute);
    world.network = false;
    await time.advance(minutes * minute);
    world.network = true;
    await time.advance(60 * minute);
    expect(pages()).toEqual([]);
    expect(missing).toBeGreaterThan(40 * minutes);
  });

  test('it dies for an hour: one page says that Holter sees nothing, and one that it sees again', async () => {
    await time.advance(30 * minute);
    world.network = false;
    await time.advance(60 * minute);
    expect(pages()).toEqual(['opened: Holter at oakland-dc has trouble of its own: it may see nothing']);
    expect(openIncidents(pipeline.engine, pipeline.state).map(({ trouble }) => trouble)).toEqual(['blind']);
    world.network = true;
    await time.advance(30 * minute);
    expect(pages().slice(1)).toEqual(['resolved: Holter at oakland-dc sees again after 60 min']);
  });

  test('it dies again and again, for half a minute every ten: nobody is paged', async () => {
    await time.advance(30 * minute);
    for (let i = 0; i < 30; i += 1) {
      world.network = false;
      await time.advance(minute / 2);
      world.network = true;
      await time.advance(9.5 * minute);
    }
    expect(pages()).toEqual([]);
    expect(missing).toBeGreaterThan(1000);
  });

  test('all services die and the gateway answers: that is paged, within a minute of when it would be without a self-check', async () => {
    await time.advance(30 * minute);
    world.services = false;
    await time.advance(4 * minute);
    expect(alerts.length).toBeGreaterThan(0);
    expect(alerts.length).toBeLessThan(5);
    expect(alerts.every(({ page }) => !page.title.startsWith('Holter'))).toBe(true);
    expect(missing).toBe(0);
  });

  test('the target alone dies: endpoints answer, so that a later outage of all of them is told', async () => {
    await time.advance(30 * minute);
    world.targets = false;
    await time.advance(30 * minute);
    expect(pages()).toEqual([]);
    expect(missing).toBe(0);
  });

  test('a crash while nothing is seen: the one page is neither lost nor sent again', async () => {
    await time.advance(30 * minute);
    world.network = false;
    await time.advance(10 * minute);
    expect(alerts).toHaveLength(1);
    pipeline = open();
    pipeline.resume({ states: [...saved.values()], openIncidents: [], replay: [] }, time.now);
    expect(openIncidents(pipeline.engine, pipeline.state).map(({ trouble }) => trouble)).toEqual(['blind']);
    pipeline.feed({ type: 'vantage', at: time.now, ok: false, since: time.now, why: 'the self-check fails (gateway: no answer in time)' });
    await time.advance(20 * minute);
    expect(alerts).toHaveLength(1);
    world.network = true;
    await time.advance(20 * minute);
    expect(alerts.map(({ event }) => event)).toEqual(['opened', 'resolved']);
    expect(new Set(alerts.map(({ incident }) => incident)).size).toBe(1);
  });
});
