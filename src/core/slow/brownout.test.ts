import { describe, expect, test } from 'vitest';
import type { Plan } from '#model/plan.ts';
import { planOf } from '../../../tests/support/plan.ts';
import { okResult } from '../../../tests/support/results.ts';
import { Timeline } from '../../../tests/support/timeline.ts';
import { openIncidents, verdictOf } from '../engine.ts';

const id = 'pharmacy/terminals';
const log = { name: 'log', kind: 'log', options: {} };

function plan(more: Partial<Plan> = {}): Plan {
  return planOf([{ service: 'pharmacy', name: 'terminals' }], {
    receivers: [log],
    paging: { falsePagesPerYear: 12, grace: 60_000, remind: 0 },
    ...more,
  });
}

/** About 100 ms, a different length each time. */
const usual = (count: number) => Array.from({ length: count }, (_, i) => 100 + ((i * 37) % 41) - 20);
/** Every third answer waits 1.8 s for a name server. */
const brownout = (count: number) => usual(count).map((length, i) => (i % 3 === 0 ? length + 1800 : length));
const phases = (duration: number) => ({ resolve: duration > 500 ? duration - 95 : 5, connect: 10, processing: 60 });

/** A week and a half of health. */
const steady = (more: Partial<Plan> = {}) => new Timeline(plan(more)).answers(usual(30_000), phases);
const slow = () => steady().answers(brownout(120), phases);

describe('an endpoint that answers rightly, and slowly', () => {
  test('is paged once, as slow, with what it takes and where the time goes; its state stays up', () => {
    const story = slow();
    expect(story.told).toEqual(['opened slow']);
    expect(story.shown).toEqual(['up']);
    const verdict = verdictOf(story.engine, story.state, id);
    expect(verdict).toMatchObject({ state: 'up', slow: true });
    const { usual: before, typical, phases: blamed } = verdict?.slowness ?? {};
    expect(before).toBeCloseTo(100, -1);
    expect(typical).toBeCloseTo(1900, -2);
    expect(blamed).toEqual([{ name: 'resolve', share: expect.closeTo(1, 2) }]);
  });

  test('says so in words', () => {
    const [alert] = slow().alerts;
    expect(alert).toMatchObject({ key: 'Example+Health/endpoint/pharmacy/terminals/slow', labels: { trouble: 'slow', severity: 'info' } });
    expect(alert?.page.title).toBe('pharmacy terminals slow');
    expect(alert?.page.rate).toMatch(/^about \d+ % of answers take over 1\d\d ms \(usually 2 %\), typically 1\.9 s instead of \d+ ms$/);
    expect(alert?.page.pattern).toBe('the time goes into resolve (DNS)');
    expect(alert?.page.lines.join('\n')).toMatch(
      /has been slow since .* What it answers is right\.\nAbout .*\n.*\nOf the extra time over 99 % goes into resolve \(DNS\)\./,
    );
  });

  test('is resolved when it is as fast as usual', () => {
    const story = slow().answers(usual(200), phases);
    expect(story.told).toEqual(['opened slow', 'resolved up']);
    expect(verdictOf(story.engine, story.state, id)).toMatchObject({ slow: false });
    expect(story.alerts.at(-1)?.page.lines[0]).toMatch(/answers as fast as usual again\. It was slow for /);
    expect(openIncidents(story.engine, story.state)).toEqual([]);
  });

  test('slowness within an hour of the resolve goes on under its old id, and is told as the same', () => {
    const story = slow().answers(usual(100), phases).answers(brownout(120), phases);
    expect(story.told).toEqual(['opened slow', 'resolved up', 'reopened slow']);
    expect(new Set(story.incidents.map((event) => event.incident.id)).size).toBe(1);
  });

  test('reminders say that it is slow still', () => {
    const story = steady({ paging: { falsePagesPerYear: 12, grace: 60_000, remind: 3_600_000 } }).answers(brownout(300), phases);
    expect(story.told).toEqual(['opened slow', 'reminder slow']);
    expect(story.alerts[1]?.page.title).toBe('pharmacy terminals still slow');
  });

  test('a few slow answers, however slow, page nobody', () => {
    for (const spell of [[30_000], [9000, 9000, 9000, 9000], [200, 3000, 200, 3000, 200]]) {
      expect(steady().answers(spell).answers(usual(200)).told).toEqual([]);
    }
  });

  test('what is slow for a week is its usual way from then on, and the incident ends aloud', () => {
    const story = steady().answers(usual(21_000).map((length) => 3 * length));
    expect(story.told).toEqual(['opened slow', 'resolved unknown']);
    expect(story.incidents.at(-1)?.why).toMatch(/seven days/);
    expect(verdictOf(story.engine, story.state, id)).toMatchObject({ slow: false });
  });
});

describe('one page for one endpoint', () => {
  test('slowness that becomes failing goes on under the older key: one page and one update', () => {
    const story = slow().repeatedly(20, '10100');
    expect(story.told.slice(0, 2)).toEqual(['opened slow', 'worsened intermittent']);
    const [first, second] = story.alerts;
    expect(second).toMatchObject({ key: first?.key, incident: first?.incident, labels: first?.labels });
    expect(second?.page.lines[0]).toMatch(/went from slow to intermittent\. The trouble began at/);
    expect(openIncidents(story.engine, story.state)).toHaveLength(1);
    expect(openIncidents(story.engine, story.state)[0]).toMatchObject({ trouble: 'failing', worst: 'intermittent' });
  });

  test('it is resolved when it neither fails nor is slow, and not before', () => {
    const story = slow().probes('1'.repeat(20)).answers(brownout(400), phases);
    expect(story.told).toEqual(['opened slow', 'worsened down']);
    expect(openIncidents(story.engine, story.state)).toMatchObject([
      { trouble: 'slow', worst: 'down', verdict: { state: 'up', slow: true } },
    ]);
    story.answers(usual(200), phases);
    expect(story.told).toEqual(['opened slow', 'worsened down', 'resolved up']);
    expect(new Set(story.incidents.map(({ incident }) => incident.id)).size).toBe(1);
  });

  test('failing is worse again after it went back to slowness: people know, and nobody is told twice', () => {
    const story = slow().probes('1'.repeat(20)).answers(brownout(400), phases).probes('1'.repeat(20));
    expect(story.told).toEqual(['opened slow', 'worsened down']);
    expect(openIncidents(story.engine, story.state)).toHaveLength(1);
  });

  test('while it fails, slowness opens nothing', () => {
    const story = steady();
    for (let i = 0; i < 60; i += 1) story.probes('1').answers([3000, 3000, 3000], phases);
    expect(story.told).toEqual(['opened intermittent']);
    expect(verdictOf(story.engine, story.state, id)).toMatchObject({ state: 'intermittent', slow: false });
  });

  test('extra probes say nothing of slowness: a failure had them made', () => {
    const story = steady();
    const before = structuredClone(story.state.endpoints.get(id)?.slow);
    for (const [place, duration] of brownout(60).entries()) {
      // Each a third of an interval after the latest probe of the timing.
      const due = story.now - 30_000 + 10_000 + 100 * place;
      story.input({ type: 'result', result: { ...okResult(id, { scheduledAt: due, startedAt: due }), duration } });
    }
    expect(story.state.endpoints.get(id)?.slow).toEqual(before);
    expect(story.told).toEqual([]);
  });

  test('maintenance: nothing is found inside, and nothing of it counts afterwards', () => {
    const story = steady().maintenance('opens').answers(brownout(200), phases).maintenance('closes').answers(usual(50), phases);
    expect(story.told).toEqual([]);
  });
});

describe('across restarts and reloads', () => {
  test('an open incident of slowness is the same after a restart, and one that changed is ended aloud', () => {
    const story = slow().restarts();
    expect(openIncidents(story.engine, story.state)).toMatchObject([{ trouble: 'slow', verdict: { slow: true } }]);
    expect(story.answers(usual(200), phases).told).toEqual(['opened slow', 'resolved up']);
    const changed = planOf([{ service: 'pharmacy', name: 'terminals', fingerprint: 'b' }], { receivers: [log] });
    const other = slow().reloads(changed);
    expect(other.told).toEqual(['opened slow', 'resolved unknown']);
    expect(openIncidents(other.engine, other.state)).toEqual([]);
  });

  test('restarts at any moment change nothing', () => {
    expect(restarted(7)).toEqual(restarted(0));
  });
});

function restarted(every: number): readonly unknown[] {
  const story = new Timeline(plan());
  for (const [i, length] of [...usual(3000), ...brownout(120), ...usual(200)].entries()) {
    story.answers([length], phases);
    if (every > 0 && i % every === 0) story.restarts();
  }
  return story.events;
}
