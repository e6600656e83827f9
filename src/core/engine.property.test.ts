import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Event, Input } from '#model/event.ts';
import type { Plan } from '#model/plan.ts';
import { planOf } from '../../tests/support/plan.ts';
import { epoch, failResult, okResult } from '../../tests/support/results.ts';
import { createEngine, freshState, openIncidents, replan, step } from './engine.ts';
import { restoreEndpoint } from './restore.ts';
import { type EngineState, saveEndpoint } from './state.ts';
import type { Engine } from './watch.ts';

const names = ['fhir', 'oidc'] as const;
const ids = names.map((name) => `ehr/${name}`);
const log = { name: 'log', kind: 'log', options: {} };
const interval = 30_000;

/** What can happen, in the order of time; the lengths make incidents open, close and come back. */
type Happening =
  | { readonly kind: 'probes'; readonly of: number; readonly outcomes: string }
  | { readonly kind: 'silence'; readonly intervals: number }
  | { readonly kind: 'maintenance'; readonly of: number; readonly open: boolean }
  | { readonly kind: 'reload'; readonly dial: number; readonly fingerprint: string; readonly dropped: boolean }
  | { readonly kind: 'clock'; readonly by: number };

const outcomes = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 400 }).map((count) => '0'.repeat(count)) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 80 }).map((count) => '1'.repeat(count)) },
  { weight: 3, arbitrary: fc.array(fc.constantFrom('0', '0', '1', '1', '?', 'L'), { maxLength: 60 }).map((list) => list.join('')) },
);
const of = fc.nat({ max: ids.length - 1 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('probes' as const), of, outcomes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('silence' as const), intervals: fc.integer({ min: 1, max: 500 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('maintenance' as const), of, open: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('reload' as const),
      dial: fc.constantFrom(1, 12),
      fingerprint: fc.constantFrom('a', 'a', 'a', 'b'),
      dropped: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clock' as const), by: fc.integer({ min: -86_400_000, max: 86_400_000 }) }) },
);
const story = fc.array(happening, { minLength: 1, maxLength: 25 });

function planWith(fingerprint: string, dial: number, dropped: boolean): Plan {
  const endpoints = dropped ? names.slice(0, 1) : names;
  return planOf(
    endpoints.map((name) => ({ service: 'ehr', name, fingerprint })),
    { receivers: [log], paging: { falsePagesPerYear: dial, grace: 60_000, remind: 3_600_000 } },
  );
}

/** Plays a story; before the happenings with these numbers the state is saved as text and read back. */
function play(happenings: readonly Happening[], restarts: readonly number[] = []): { events: Event[]; engine: Engine; state: EngineState } {
  let engine = createEngine(planWith('a', 12, false));
  let state = freshState(engine);
  let now = epoch;
  const events: Event[] = [];
  const feed = (input: Input) => events.push(...step(engine, state, input));
  for (const [index, what] of happenings.entries()) {
    if (restarts.includes(index)) {
      state = reread(engine, state);
      events.push(...replan(engine, engine, state, now));
    }
    if (what.kind === 'probes') {
      for (const outcome of what.outcomes) {
        feed({ type: 'result', result: resultOf(ids[what.of] ?? '', outcome, now) });
        feed({ type: 'tick', at: now + 1000 });
        now += interval;
      }
    } else if (what.kind === 'silence') {
      now += what.intervals * interval;
      feed({ type: 'tick', at: now });
    } else if (what.kind === 'maintenance') {
      feed({ type: 'maintenance', at: now, endpoint: ids[what.of] ?? '', open: what.open, why: 'patching' });
    } else if (what.kind === 'clock') feed({ type: 'clock_stepped', at: now, by: what.by });
    else {
      const to = createEngine(planWith(what.fingerprint, what.dial, what.dropped));
      events.push(...replan(engine, to, state, now));
      engine = to;
    }
  }
  return { events, engine, state };
}

function resultOf(id: string, outcome: string, now: number) {
  const at = { scheduledAt: now, startedAt: now };
  if (outcome === '0') return okResult(id, at);
  if (outcome === '1') return failResult(id, 'timeout', at);
  if (outcome === '?') return failResult(id, 'internal', at);
  return failResult(id, 'reset', { scheduledAt: now - 5 * interval, startedAt: now });
}

function reread(engine: Engine, state: EngineState): EngineState {
  const next = freshState(engine);
  next.clockOffset = state.clockOffset;
  for (const id of state.endpoints.keys()) restoreEndpoint(engine, next, id, saveEndpoint(state, id));
  return next;
}

test('whatever happens, an incident opens once, its events have no holes, and it is open or resolved at the end', () => {
  fc.assert(
    fc.property(story, (happenings) => {
      const { events, engine, state } = play(happenings);
      const courses = Map.groupBy(
        events.filter((event) => event.type === 'incident'),
        (event) => event.incident.id,
      );
      for (const [id, course] of courses) {
        expect(course.map((event) => event.id)).toEqual(course.map((_, index) => `${id}#${index + 1}`));
        expect(course.filter((event) => event.kind === 'opened').length).toBe(1);
        expect(course[0]?.kind).toBe('opened');
        course.forEach((event, index) => {
          const before = course[index - 1]?.kind;
          expect(event.kind === 'reopened').toBe(before === 'resolved');
          expect(event.incident.sequence).toBe(index + 1);
          expect(event.incident.state).toBe(event.kind === 'resolved' ? 'resolved' : 'open');
        });
      }
      const open = [...courses].filter(([, course]) => course.at(-1)?.kind !== 'resolved').map(([id]) => id);
      expect(
        openIncidents(engine, state)
          .map((incident) => incident.id)
          .toSorted(),
      ).toEqual(open.toSorted());
    }),
    { numRuns: 150 },
  );
});

test('whatever happens, ids are unique and every notice is an alert with bounded words', () => {
  fc.assert(
    fc.property(story, (happenings) => {
      const { events } = play(happenings);
      const incidents = events.filter((event) => event.type === 'incident');
      const alerts = events.flatMap((event) => (event.type === 'alert' ? [event.alert] : []));
      expect(new Set(incidents.map((event) => event.id)).size).toBe(incidents.length);
      expect(alerts.map((alert) => alert.id)).toEqual(incidents.map((event) => event.id));
      for (const alert of alerts) {
        expect(alert.id).toMatch(/^[\x21-\x7e]{1,255}$/);
        expect(alert.page.title.length).toBeLessThanOrEqual(120);
        expect(alert.page.lines.join('\n')).not.toMatch(/NaN|undefined|Infinity|null/);
      }
    }),
    { numRuns: 150 },
  );
});

test('a state saved and read back at any points gives the same later events', () => {
  fc.assert(
    fc.property(story, fc.array(fc.nat({ max: 24 }), { minLength: 1, maxLength: 5 }), (happenings, restarts) => {
      expect(play(happenings, restarts).events).toEqual(play(happenings).events);
    }),
    { numRuns: 150 },
  );
});

test('every result is told exactly once, counted or not', () => {
  fc.assert(
    fc.property(story, (happenings) => {
      const { events } = play(happenings.filter((what) => what.kind !== 'reload'));
      const probes = happenings.reduce((sum, what) => sum + (what.kind === 'probes' ? what.outcomes.length : 0), 0);
      const told = events.filter((event) => event.type === 'result');
      expect(told.length).toBe(probes);
      for (const event of told) if (event.maintenance) expect(event.counted).toBe(false);
    }),
    { numRuns: 100 },
  );
});
