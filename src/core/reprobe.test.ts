// When the engine wishes for one more probe, and who hears of what that one found.
import { describe, expect, test } from 'vitest';
import type { Plan } from '#model/plan.ts';
import { planOf } from '../../tests/support/plan.ts';
import { failResult, okResult } from '../../tests/support/results.ts';
import { Timeline } from '../../tests/support/timeline.ts';
import { stripText } from './incident/trail.ts';

const second = 1000;
const reprobe = { spacing: 10 * second, least: 5 * second };

function plan(more: { readonly pausesAfterAuth?: boolean } = {}): Plan {
  const made = planOf([{ service: 'ehr', name: 'fhir', ...more }], { receivers: [{ name: 'log', kind: 'log', options: {} }] });
  return { ...made, endpoints: made.endpoints.map((endpoint) => ({ ...endpoint, reprobe })) };
}

const steady = (of: Plan = plan()) => new Timeline(of).repeatedly(240, '0');
const wishes = (story: Timeline) => story.events.flatMap((event) => (event.type === 'probe_wanted' ? [event.notBefore - event.at] : []));

/** An extra probe so long after the latest of the timing. */
function extra(story: Timeline, later: number, outcome: '0' | '1'): Timeline {
  const due = story.now - 30 * second + later;
  const at = { scheduledAt: due, startedAt: due };
  const result = outcome === '0' ? okResult(story.endpoint, at) : failResult(story.endpoint, 'reset', at);
  return story.input({ type: 'result', result });
}

describe('one more probe is wished for', () => {
  test('after each result while the endpoint is suspected, no sooner than its spacing allows', () => {
    const story = steady().probes('1');
    expect(wishes(story)).toEqual([10 * second]);
    expect(wishes(extra(story, 10 * second, '0'))).toEqual([10 * second, 10 * second]);
    expect(story.events.at(-1)).toMatchObject({ type: 'probe_wanted', endpoint: 'ehr/fhir' });
  });

  test('for ten minutes at most', () => {
    const story = steady().probes(`1${'0'.repeat(60)}`);
    expect(wishes(story)).toHaveLength(20);
  });

  test('never while all is well, nor where the plan does not allow it', () => {
    expect(wishes(steady())).toEqual([]);
    const made = plan();
    const without = planOf([{ service: 'ehr', name: 'fhir' }], { receivers: made.receivers });
    expect(wishes(steady(without).probes('1'))).toEqual([]);
  });

  test('no more once people are told', () => {
    const story = steady().probes('111');
    expect(story.told).toEqual(['opened down']);
    expect(wishes(story.probes('1'.repeat(20)))).toHaveLength(2);
  });

  test('not in maintenance, and not for what is missing by our own fault', () => {
    expect(wishes(steady().maintenance('opens').probes('1'))).toEqual([]);
    expect(wishes(steady().probes('?'))).toEqual([]);
  });

  test('not after a refusal of our credentials: the next one might lock the account', () => {
    const refused = { reason: 'auth', message: 'the credentials were refused' } as const;
    const story = steady(plan({ pausesAfterAuth: true })).probes('1', refused);
    expect(wishes(story)).toEqual([]);
    expect(wishes(story.probes('0'))).toHaveLength(1);
  });
});

test('an extra probe is a result like any other: the strip shows it, and a late one does not count', () => {
  const story = extra(extra(steady().probes('1'), 10 * second, '1'), 10 * second, '0');
  const counted = story.events.flatMap((event) => (event.type === 'result' ? [event.counted] : []));
  expect(counted.slice(-3)).toEqual([true, true, false]);
  const trail = story.state.endpoints.get('ehr/fhir')?.trail;
  expect(trail && stripText(trail).slice(-3)).toBe('011');
});

test('no group hears of an extra probe', () => {
  const names = ['a', 'b', 'c', 'd'];
  const made = planOf(names.map((name) => ({ service: 'ehr', name })));
  const heard = (extras: boolean) => {
    const story = new Timeline({ ...made, endpoints: made.endpoints.map((endpoint) => ({ ...endpoint, reprobe })) });
    for (let i = 0; i < 240; i += 1) {
      for (const endpoint of made.endpoints) {
        const due = story.now + 1;
        const at = { scheduledAt: due, startedAt: due };
        story.input({ type: 'result', result: i === 200 ? failResult(endpoint.id, 'reset', at) : okResult(endpoint.id, at) });
        const soon = { scheduledAt: due + 11 * second, startedAt: due + 11 * second };
        if (extras && i > 200)
          story.input({ type: 'result', result: i === 220 ? failResult(endpoint.id, 'reset', soon) : okResult(endpoint.id, soon) });
        if (i === 200) break;
      }
      story.now += 30 * second;
    }
    return story.state.groups.map(({ test: { evidence, score } }) => ({ evidence, score }));
  };
  expect(heard(true).length).toBeGreaterThan(0);
  expect(heard(true)).toEqual(heard(false));
});
