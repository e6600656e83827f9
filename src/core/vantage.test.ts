import { beforeEach, describe, expect, test } from 'vitest';
import type { Event } from '#model/event.ts';
import type { Plan } from '#model/plan.ts';
import { hourMs, minuteMs } from '#model/time.ts';
import { planOf } from '../../tests/support/plan.ts';
import { createEngine, freshState, openIncidents, step, verdictOf } from './engine.ts';
import { restoreVantage } from './restore.ts';
import { blindKey, type EngineState, savedIds, saveVantage } from './state.ts';
import { tellingAfter } from './vantage.ts';
import type { Engine } from './watch.ts';

const start = Date.UTC(2026, 5, 1, 14);
const receivers = [
  { name: 'ehr-oncall', kind: 'log', options: {} },
  { name: 'everyone', kind: 'log', options: {} },
];
const plan = planOf([{ service: 'ehr', name: 'fhir' }], { receivers });

let engine: Engine;
let state: EngineState;
let events: Event[];

beforeEach(() => begin(plan));

function begin(from: Plan): void {
  engine = createEngine(from);
  state = freshState(engine);
  events = [];
}

function hear(ok: boolean, at: number, since = at): void {
  events.push(...step(engine, state, { type: 'vantage', at, ok, since, why: ok ? '' : 'the self-check fails (gateway: no route)' }));
}

/** Second by second, as the daemon tells time. */
function pass(from: number, until: number): void {
  for (let at = from; at <= until; at += 1000) events.push(...step(engine, state, { type: 'tick', at }));
}

const steps = (): readonly string[] =>
  events.flatMap((event) => (event.type === 'incident' ? [`${event.kind} ${(event.at - start) / minuteMs}`] : []));
const alerts = () => events.flatMap((event) => (event.type === 'alert' ? [event.alert] : []));

describe("Holter's own trouble", () => {
  test('that lasts is told once, and its end once', () => {
    hear(true, start - minuteMs);
    hear(false, start);
    pass(start, start + 60 * minuteMs);
    hear(true, start + 60 * minuteMs);
    pass(start + 60 * minuteMs, start + 90 * minuteMs);
    expect(steps()).toEqual(['opened 5', 'resolved 65']);
    expect(alerts().map(({ event, receivers: to }) => [event, to])).toEqual([
      ['opened', ['ehr-oncall', 'everyone']],
      ['resolved', ['ehr-oncall', 'everyone']],
    ]);
  });

  test('is told in words that a person at three in the morning can use', () => {
    hear(false, start);
    pass(start, start + tellingAfter);
    hear(true, start + 12 * minuteMs);
    pass(start + 12 * minuteMs, start + 20 * minuteMs);
    const [opened, resolved] = alerts();
    expect(opened?.page.title).toBe('Holter at oakland-dc has trouble of its own: it may see nothing');
    expect(opened?.page.lines).toEqual([
      'Holter at oakland-dc has trouble of its own since 14:00:00 UTC, for 5 min: the self-check fails (gateway: no route).',
      'Failures that it sees meanwhile are missing, not failed: nobody is paged for them, and a real fault of the 1 endpoints that it watches may go unseen.',
      'What to do: look after the machine that it runs on and its network. Until it is over, trust what others say of the services, not this pager.',
    ]);
    expect(opened?.labels).toEqual({ service: '', region: '', scope: 'vantage', group: 'oakland-dc', severity: 'error', trouble: 'blind' });
    expect(resolved?.page.title).toBe('Holter at oakland-dc sees again after 12 min');
    expect(resolved?.page.lines[0]).toContain('It lasted 12 min, from 2026-06-01 14:00:00 UTC to 2026-06-01 14:12:00 UTC');
    expect(resolved?.key).toBe(opened?.key);
  });

  test('that is short is told to nobody, however often it comes', () => {
    for (let at = start; at < start + hourMs; at += 5 * minuteMs) {
      hear(false, at);
      pass(at, at + 4 * minuteMs);
      hear(true, at + 4 * minuteMs);
      pass(at + 4 * minuteMs, at + 5 * minuteMs - 1000);
    }
    expect(events).toEqual([]);
  });

  test('that comes back within the hour is the same incident', () => {
    hear(false, start);
    pass(start, start + 6 * minuteMs);
    hear(true, start + 6 * minuteMs);
    pass(start + 6 * minuteMs, start + 20 * minuteMs);
    hear(false, start + 20 * minuteMs);
    pass(start + 20 * minuteMs, start + 30 * minuteMs);
    expect(steps()).toEqual(['opened 5', 'resolved 11', 'reopened 25']);
    expect(new Set(alerts().map(({ incident }) => incident)).size).toBe(1);
    expect(new Set(alerts().map(({ id }) => id)).size).toBe(3);
  });

  test('that comes back after hours is another one', () => {
    hear(false, start);
    pass(start, start + 6 * minuteMs);
    hear(true, start + 6 * minuteMs);
    pass(start + 6 * minuteMs, start + 20 * minuteMs);
    hear(false, start + 3 * hourMs);
    pass(start + 3 * hourMs, start + 3 * hourMs + 6 * minuteMs);
    expect(steps()).toEqual(['opened 5', 'resolved 11', 'opened 185']);
    expect(new Set(alerts().map(({ incident }) => incident)).size).toBe(2);
  });

  test('that goes on is told again as every incident is', () => {
    hear(false, start);
    pass(start, start + 4 * hourMs);
    expect(steps()).toEqual(['opened 5', 'reminder 65', 'reminder 185']);
    expect(alerts()[1]?.page.lines.at(-1)).toMatch(/^This is reminder 1; the next comes in 2 h/);
  });
});

describe('who hears of it', () => {
  const routes = [
    { services: ['ehr'], regions: [], to: ['ehr-oncall'] },
    { services: [], regions: [], to: ['everyone'] },
  ];
  test.each([
    ['the first route for all services', routes, ['everyone'], false],
    ['everybody where no route is for all', routes.slice(0, 1), ['ehr-oncall', 'everyone'], true],
  ])('%s', (_, ways, heard, isSaid) => {
    begin(planOf([{ service: 'ehr', name: 'fhir' }], { receivers, routes: ways }));
    hear(false, start);
    pass(start, start + tellingAfter);
    expect(alerts()[0]?.receivers).toEqual(heard);
    expect(alerts()[0]?.page.lines.some((line) => line.includes('No route is for all services'))).toBe(isSaid);
  });

  test('nobody where there are no receivers; the incident is there all the same', () => {
    begin(planOf([{ service: 'ehr', name: 'fhir' }]));
    hear(false, start);
    pass(start, start + tellingAfter);
    expect(steps()).toEqual(['opened 5']);
    expect(alerts()).toEqual([]);
  });
});

describe('what can be seen of it', () => {
  test('the open incident stands with the others, of the scope vantage', () => {
    expect(openIncidents(engine, state)).toEqual([]);
    hear(false, start);
    pass(start, start + tellingAfter);
    expect(openIncidents(engine, state)).toEqual([
      expect.objectContaining({ state: 'open', trouble: 'blind', scope: { level: 'vantage', name: 'oakland-dc' }, since: start }),
    ]);
    expect(verdictOf(engine, state, blindKey)).toMatchObject({ state: 'unknown' });
  });
});

describe('a restart', () => {
  test.each([2, 7, 30])('after %i minutes neither loses the incident nor tells it twice', (minutes) => {
    hear(false, start);
    pass(start, start + minutes * minuteMs);
    const saved = saveVantage(state);
    expect(savedIds(state)).toContain(blindKey);
    const before = events;
    begin(plan);
    restoreVantage(state, saved);
    const at = start + minutes * minuteMs + 1000;
    // The first look of the new process comes before the first self-check, and takes it for well.
    hear(true, at);
    hear(false, at + 1000);
    pass(at + 1000, at + 10 * minuteMs);
    hear(true, at + 10 * minuteMs);
    pass(at + 10 * minuteMs, at + 20 * minuteMs);
    events = [...before, ...events];
    expect(events.flatMap((event) => (event.type === 'incident' ? [event.kind] : []))).toEqual(['opened', 'resolved']);
    expect(new Set(events.flatMap((event) => (event.type === 'incident' ? [event.incident.id] : []))).size).toBe(1);
  });

  test('with a saved text that is damaged begins afresh', () => {
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '{"course":{},"notices":null}',
      '{"course":null}',
      JSON.stringify({ course: 7, notices: 7 }),
    ]) {
      restoreVantage(state, text);
      expect(state.vantage).toEqual({ told: null, course: null, notices: null });
    }
  });
});
