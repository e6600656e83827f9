import { describe, expect, test } from 'vitest';
import type { Plan } from '#model/plan.ts';
import { planOf } from '../../tests/support/plan.ts';
import { epoch, failResult, okResult } from '../../tests/support/results.ts';
import { Timeline } from '../../tests/support/timeline.ts';
import { createEngine, openIncidents, step, verdictOf } from './engine.ts';
import { figuresOf } from './figures.ts';
import { serviceState, systemState } from './rollup.ts';

const norcal = { service: 'ehr', name: 'fhir', region: 'norcal' };
const socal = { service: 'ehr', name: 'fhir', region: 'socal' };
const id = 'ehr/fhir/norcal';
const log = { name: 'log', kind: 'log', options: {} };
const pager = { name: 'pager', kind: 'webhook', options: {} };

function plan(more: Partial<Plan> = {}): Plan {
  return planOf([norcal, socal], { receivers: [log], ...more });
}

const routes = (to: string) => ({ receivers: [log, pager], routes: [{ services: [], regions: [], to: [to] }] });

/** Half an hour: long enough to be nothing but down, so that little proves it over (a short one may be a burst). */
const outage = '1'.repeat(60);

const open = () => steady().probes(outage);

/** Well for two hours. */
function steady(more: Partial<Plan> = {}): Timeline {
  return new Timeline(plan(more)).repeatedly(240, '0');
}

describe('one fault, one page', () => {
  test('a service that fails one time in five is paged once, and resolved once', () => {
    const story = steady().repeatedly(12, '00100').repeatedly(200, '0');
    expect(story.told).toEqual(['opened intermittent', 'resolved up']);
    expect(story.shown).toEqual(['up', 'intermittent', 'up']);
  });

  test('a hundred ups and downs inside the incident give no further notice', () => {
    const story = steady({ paging: { falsePagesPerYear: 12, grace: 60_000, remind: 0 } }).repeatedly(100, '1110000');
    expect(story.told.filter((line) => !line.startsWith('worsened'))).toEqual(['opened down']);
    expect(story.told.length).toBe(1);
  });

  test('going from intermittent to down is told once, however often it happens', () => {
    const down = '1'.repeat(30);
    const story = steady().repeatedly(10, '00100').probes(down).probes('00').probes(down).probes('0001').probes(down);
    expect(story.told).toEqual(['opened intermittent', 'worsened down']);
    expect(story.shown.filter((state) => state === 'down').length).toBeGreaterThan(1);
  });

  test('down that answers again is shown as recovering and pages nobody', () => {
    const story = steady().probes('1'.repeat(20)).probes('00');
    expect(story.shown).toEqual(['up', 'down', 'recovering']);
    expect(story.told).toEqual(['opened down']);
  });

  test('a restart of one minute pages nobody', () => {
    expect(steady().probes('110').repeatedly(200, '0').told).toEqual([]);
  });

  test('trouble within an hour of the resolve goes on under the old id', () => {
    const story = steady().probes(outage).repeatedly(60, '0').probes(outage).repeatedly(60, '0');
    expect(story.told).toEqual(['opened down', 'resolved up', 'reopened down', 'resolved up']);
    expect(new Set(story.incidents.map((event) => event.incident.id)).size).toBe(1);
    expect(story.incidents.map((event) => event.id.split('#')[1])).toEqual(['1', '2', '3', '4']);
  });

  test('trouble two hours after the resolve is another incident', () => {
    const story = steady().probes(outage).repeatedly(300, '0').probes(outage);
    expect(story.told).toEqual(['opened down', 'resolved up', 'opened down']);
    const [first, , second] = story.incidents;
    expect(second?.incident.key).toBe(first?.incident.key);
    expect(second?.incident.id).not.toBe(first?.incident.id);
  });

  test('what is recovering is not reminded of, until it fails again', () => {
    const story = steady().probes('1'.repeat(10)).probes('0'.repeat(150));
    expect(story.told).toEqual(['opened down']);
    expect(story.probes('1').told).toEqual(['opened down', 'reminder intermittent']);
  });

  test('reminders come after an hour, then two, then four', () => {
    const story = steady().repeatedly(220, '00100');
    const reminders = story.alerts.filter((alert) => alert.event === 'reminder');
    const opened = story.alerts[0]?.at ?? 0;
    const hours = reminders.map((alert) => Math.floor((alert.at - opened) / 3_600_000));
    expect(hours).toEqual([1, 3, 7]);
  });
});

describe('silence and own trouble', () => {
  test("Holter's own fault counts for nothing", () => {
    const story = steady().probes('????');
    expect(story.told).toEqual([]);
    expect(story.events.filter((event) => event.type === 'result').slice(-4)).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining({ counted: false, maintenance: false })),
    );
    expect(verdictOf(story.engine, story.state, id)?.state).toBe('up');
  });

  test('without results for five intervals the state is unknown, and an open incident stays open', () => {
    const story = steady().probes(outage).probes('-'.repeat(10));
    expect(story.shown).toEqual(['up', 'down', 'unknown']);
    expect(openIncidents(story.engine, story.state).map((incident) => incident.state)).toEqual(['open']);
    story.probes('1');
    expect(story.shown.at(-1)).toBe('down');
    expect(story.told).toEqual(['opened down']);
  });

  test('a late result is told as not counted and changes nothing', () => {
    const story = steady();
    const before = JSON.stringify(story.state.endpoints.get(id));
    const late = failResult(id, 'reset', { scheduledAt: story.now - 60_000 });
    expect(step(story.engine, story.state, { type: 'result', result: late })).toEqual([
      { type: 'result', result: late, counted: false, maintenance: false },
    ]);
    expect(JSON.stringify(story.state.endpoints.get(id))).toBe(before);
  });

  test('what is not in the plan is ignored', () => {
    const story = steady();
    expect(step(story.engine, story.state, { type: 'result', result: okResult('gone/gone', { scheduledAt: story.now }) })).toEqual([]);
    expect(step(story.engine, story.state, { type: 'maintenance', at: story.now, endpoint: 'gone', open: true, why: '' })).toEqual([]);
    expect(verdictOf(story.engine, story.state, 'gone')).toBeUndefined();
  });

  test('a step of the wall clock moves the texts and not the times', () => {
    const story = steady()
      .input({ type: 'clock_stepped', at: epoch, by: 7_200_000 })
      .input({ type: 'clock_stepped', at: epoch, by: Number.NaN })
      .probes(outage);
    const [alert] = story.alerts;
    expect(alert?.page.lines[0]).toContain('since 2027-01-15 12:00:00 UTC');
    expect(alert?.page.since).toBe(epoch + 7_200_000);
  });
});

describe('maintenance', () => {
  test('nothing that fails inside a window is counted or paged', () => {
    const story = steady().maintenance('opens').probes('1'.repeat(60));
    expect(story.told).toEqual([]);
    expect(story.shown).toEqual(['up', 'maintenance']);
    expect(story.events.filter((event) => event.type === 'result').at(-1)).toMatchObject({ counted: false, maintenance: true });
    expect(verdictOf(story.engine, story.state, id)).toMatchObject({ state: 'maintenance', since: epoch + 7_200_000 });
  });

  test('an endpoint that fails when its window ends is paged by the down rule', () => {
    const story = steady().maintenance('opens').probes('1'.repeat(60)).maintenance('closes').probes('111');
    expect(story.told).toEqual(['opened down']);
  });

  test('a window over an open incident hushes reminders, and the first one comes when it is over', () => {
    const story = steady().probes(outage).maintenance('opens').probes('1'.repeat(300));
    expect(story.told).toEqual(['opened down']);
    story.maintenance('closes').probes('1');
    expect(story.told).toEqual(['opened down', 'reminder down']);
  });

  test('an incident that is over inside a window is resolved there, for its receivers wait for it', () => {
    const story = steady().probes(outage).maintenance('opens').probes('0'.repeat(120));
    expect(story.told).toEqual(['opened down', 'resolved up']);
    expect(story.shown.at(-1)).toBe('maintenance');
  });

  test('a window told twice is one window', () => {
    const story = steady().maintenance('opens').maintenance('opens').maintenance('closes').maintenance('closes');
    expect(story.shown).toEqual(['up', 'maintenance', 'up']);
  });
});

describe('reload', () => {
  test('an endpoint that stays as it was keeps its state and its incident', () => {
    const story = open().reloads(plan({ paging: { falsePagesPerYear: 1, grace: 60_000, remind: 3_600_000 } }));
    story.probes(outage);
    expect(story.told).toEqual(['opened down']);
  });

  test('the incident of a removed endpoint is resolved, and says why', () => {
    const story = open().reloads({ ...plan(), endpoints: plan().endpoints.slice(1) });
    expect(story.incidents.at(-1)).toMatchObject({ kind: 'resolved', why: 'removed from the configuration' });
    expect(story.alerts.at(-1)?.page.title).toBe('ehr fhir no longer judged in norcal after 30 min');
    expect(story.alerts.at(-1)?.receivers).toEqual(['log']);
    expect(story.state.endpoints.has(id)).toBe(false);
  });

  test('a changed endpoint is judged afresh, and trouble that goes on reopens its incident', () => {
    const changed = planOf([{ ...norcal, fingerprint: 'b' }, socal], { receivers: [log] });
    const story = open().reloads(changed).probes(outage);
    expect(story.told).toEqual(['opened down', 'resolved unknown', 'reopened down']);
  });

  test('who heard of the opening hears of the resolve, whatever became of the routes; who is new hears of the opening too', () => {
    const story = steady(routes('log'))
      .probes(outage)
      .reloads(plan(routes('pager')))
      .reloads(plan(routes('pager')))
      .repeatedly(60, '0');
    expect(story.alerts.map((alert) => [alert.event, alert.receivers])).toEqual([
      ['opened', ['log']],
      ['opened', ['pager']],
      ['resolved', ['log', 'pager']],
    ]);
    expect(story.incidents.map((event) => [event.kind, event.why])).toEqual([
      ['opened', undefined],
      ['reminder', 'told to pager, new in the configuration'],
      ['resolved', undefined],
    ]);
    expect(new Set(story.alerts.map((alert) => alert.id)).size).toBe(3);
  });

  test('a receiver that was renamed, or taken out and put back, is told of what is open; nobody else is', () => {
    const other = { receivers: [pager] };
    const story = open().reloads(plan(other)).reloads(plan());
    expect(story.alerts.map((alert) => [alert.event, alert.receivers])).toEqual([
      ['opened', ['log']],
      ['opened', ['pager']],
      ['opened', ['log']],
    ]);
    expect(story.restarts(plan()).alerts).toHaveLength(3);
    expect(story.restarts(plan(other)).alerts.at(-1)?.receivers).toEqual(['pager']);
  });

  test('in maintenance nobody is told, new or not', () => {
    const story = open()
      .maintenance('opens')
      .reloads(plan({ receivers: [pager] }));
    expect(story.told).toEqual(['opened down']);
  });

  test('a new endpoint starts unknown', () => {
    const story = open().reloads(planOf([norcal, socal, { service: 'lab', name: 'hl7' }], { receivers: [log] }));
    expect(verdictOf(story.engine, story.state, 'lab/hl7')?.state).toBe('unknown');
  });
});

describe('restart', () => {
  test('an open incident goes on after a restart', () => {
    const story = steady().probes(outage).restarts().probes('1'.repeat(30)).restarts().repeatedly(60, '0');
    expect(story.told).toEqual(['opened down', 'resolved up']);
  });

  test('the incident of an endpoint that was removed while the daemon was off is resolved at the start', () => {
    const story = steady()
      .probes(outage)
      .restarts({ ...plan(), endpoints: plan().endpoints.slice(1) });
    expect(story.incidents.at(-1)).toMatchObject({ kind: 'resolved', why: 'removed from the configuration' });
    expect(story.alerts.at(-1)?.event).toBe('resolved');
  });

  test('results that were taken in before the crash are not taken in twice', () => {
    const story = steady().repeatedly(10, '00100');
    const heard = story.told;
    for (const input of story.inputs.slice(-40)) if (input.type === 'result') story.input(input);
    expect(story.told).toEqual(heard);
  });
});

test('without receivers there is an incident and no alert', () => {
  const story = new Timeline(planOf([norcal])).repeatedly(240, '0').probes(outage);
  expect(story.incidents.map((event) => event.kind)).toEqual(['opened']);
  expect(story.alerts).toEqual([]);
});

test('the states of endpoints add up to services, regions and the system', () => {
  const story = steady().probes(outage);
  const { engine, state } = story;
  expect(serviceState(engine, state, 'ehr', 'norcal')).toBe('down');
  expect(serviceState(engine, state, 'ehr', 'socal')).toBe('unknown');
  expect(serviceState(engine, state, 'ehr')).toBe('intermittent');
  expect(serviceState(engine, state, 'nothing')).toBe('unknown');
  expect(systemState(engine, state)).toBe('intermittent');
});

test.each(['', '0'.repeat(240), '00100', '11', outage, `${outage}00`])(
  'the figures of a scrape are those of the verdict after %s',
  (outcomes) => {
    const { engine, state } = steady().probes(outcomes);
    const verdict = verdictOf(engine, state, id);
    expect(figuresOf(engine, state, id)).toEqual({
      state: verdict?.state,
      slow: verdict?.slow,
      failureRatio: verdict?.failureRate.mean,
      evidenceRatio: verdict?.evidenceRatio,
    });
    expect(figuresOf(engine, state, 'gone')).toBeUndefined();
  },
);

const detectors = (dials: readonly number[]) => {
  const endpoints = plan().endpoints.map((endpoint, index) => ({ ...endpoint, falsePagesPerYear: dials[index] ?? 1 }));
  return new Set([...createEngine(plan({ endpoints })).watches.values()].map((watch) => watch.detector)).size;
};

test('endpoints with equal settings share one detector, others do not', () => {
  expect(detectors([1, 1])).toBe(1);
  expect(detectors([1, 2])).toBe(2);
});

describe('what an incident records', () => {
  test('its worst state, and the worst stretch in the words of the resolve', () => {
    const story = steady().repeatedly(10, '00100').probes('1'.repeat(25)).repeatedly(600, '0');
    expect(story.incidents.map((event) => [event.kind, event.incident.worst])).toEqual([
      ['opened', 'intermittent'],
      ['worsened', 'down'],
      ['resolved', 'down'],
    ]);
    expect(story.alerts.at(-1)?.page.lines[1]).toMatch(/in the worst stretch 32 of 60 \(53 %\)\. The worst state was down\.$/);
  });

  test('reasons since the onset, not those of older failures', () => {
    const story = steady().probes('1', { reason: 'dns' }).repeatedly(300, '0').probes(outage, { reason: 'tls' });
    expect(Object.keys(story.incidents[0]?.incident.reasons ?? {})).toEqual(['tls']);
  });

  test('in its strip, what was probed in maintenance is missing', () => {
    const story = steady().maintenance('opens').probes('11').maintenance('closes').probes('111');
    expect(story.incidents[0]?.incident.strip.slice(-6)).toBe('0??111');
  });
});
