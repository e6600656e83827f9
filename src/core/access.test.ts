// Credentials that are refused: the endpoint is left alone and unknown, its owner is told once, and no fault of the service is made of it.
import { describe, expect, test } from 'vitest';
import type { Plan } from '#model/plan.ts';
import { planOf } from '../../tests/support/plan.ts';
import { Timeline } from '../../tests/support/timeline.ts';
import { openIncidents, verdictOf } from './engine.ts';

const id = 'ehr/fhir';
const minute = 60_000;
const log = { name: 'log', kind: 'log', options: {} };
const owner = { name: 'ehr-oncall', kind: 'log', options: {} };

function plan(more: Partial<Plan> = {}, fingerprint = 'a'): Plan {
  return planOf([{ service: 'ehr', name: 'fhir', fingerprint, pausesAfterAuth: true }], { receivers: [log, owner], ...more });
}

const steady = (more: Partial<Plan> = {}) => new Timeline(plan(more)).repeatedly(240, '0');
const refusals = (story: Timeline, outcomes: string) => story.probes(outcomes, { reason: 'auth', message: 'the credentials were refused' });
const pauses = (story: Timeline) =>
  story.events.flatMap((event) => (event.type === 'pause_wanted' ? [(event.until - event.at) / minute] : []));

/** Nothing is probed until the pause is over. */
function wait(story: Timeline, minutes: number): Timeline {
  return story.probes('-'.repeat(2 * minutes));
}

describe('an endpoint that refuses our credentials', () => {
  test('twice in a row: one alert of its own kind, the state is unknown, and it is left alone for 15 minutes', () => {
    const story = refusals(steady(), '11');
    expect(pauses(story)).toEqual([15]);
    expect(story.shown).toEqual(['up', 'unknown']);
    expect(story.told).toEqual(['opened unknown']);
    const [alert] = story.alerts;
    expect(alert).toMatchObject({
      key: 'Example+Health/endpoint/ehr/fhir/credentials',
      labels: { trouble: 'credentials', severity: 'warning' },
    });
    expect(alert?.page.title).toBe('ehr fhir refuses our credentials');
    expect(alert?.page.lines).toEqual([
      "ehr (fhir) refuses Holter's credentials, since 2027-01-15 10:00:00 UTC.",
      'What it said: 10:00:30 UTC auth: the credentials were refused',
      'Holter leaves it alone until 2027-01-15 10:15:30 UTC, and twice as long after each further refusal, lest the account is locked.',
      'Meanwhile nothing is known of it: its state is unknown, and a fault of it would not be paged.',
      'What to do: unlock the account if it is locked; put the right credentials into the configuration and reload: changed ones are tried at once.',
    ]);
    expect(verdictOf(story.engine, story.state, id)).toMatchObject({ state: 'unknown', since: story.now - minute });
    expect(openIncidents(story.engine, story.state)).toMatchObject([
      { trouble: 'credentials', state: 'open', verdict: { state: 'unknown' } },
    ]);
  });

  test('goes on refusing: ever longer pauses, and no alert but reminders', () => {
    const story = refusals(steady({ paging: { falsePagesPerYear: 12, grace: minute, remind: 0 } }), '11');
    for (const minutes of [15, 30, 60]) refusals(wait(story, minutes), '1');
    expect(pauses(story)).toEqual([15, 30, 60, 120]);
    expect(story.told).toEqual(['opened unknown']);
    const reminded = refusals(steady(), '11');
    wait(reminded, 200);
    expect(reminded.told).toEqual(['opened unknown', 'reminder unknown', 'reminder unknown']);
    expect(reminded.alerts[1]?.page.title).toBe('ehr fhir still refuses our credentials');
  });

  test('says that the account is locked: once is enough', () => {
    const story = steady();
    story.locks();
    expect(pauses(story)).toEqual([15]);
    expect(story.alerts[0]?.page.title).toBe('ehr fhir account locked');
    expect(story.alerts[0]?.page.lines[0]).toContain("says that Holter's account is locked");
  });

  test('takes them again: resolved, and judged as before', () => {
    const story = wait(refusals(steady(), '11'), 15).probes('000');
    expect(story.told).toEqual(['opened unknown', 'resolved up']);
    expect(story.alerts[1]?.page.lines).toEqual([
      "ehr (fhir) takes Holter's credentials again. They were refused for 16 min, from 2027-01-15 10:00:00 UTC to 2027-01-15 10:16:00 UTC; in that time it was not judged.",
    ]);
    expect(story.shown).toEqual(['up', 'unknown', 'up']);
    expect(openIncidents(story.engine, story.state)).toEqual([]);
  });

  test('is down after the pause: that is a fault like every other, and the refusal stays open', () => {
    const story = wait(refusals(steady(), '11'), 15).probes('1'.repeat(20), { reason: 'timeout' });
    expect(story.told).toEqual(['opened unknown', 'opened intermittent', 'worsened down']);
    expect(story.shown.at(-1)).toBe('down');
    expect(openIncidents(story.engine, story.state).map(({ trouble }) => trouble)).toEqual(['failing', 'credentials']);
  });

  test('now and then only: an intermittent fault, found as every other', () => {
    const story = steady();
    refusals(story, '00100'.repeat(20));
    expect(pauses(story)).toEqual([]);
    expect(story.told).toEqual(['opened intermittent']);
  });

  test('without credentials: every refusal is a failure', () => {
    const story = new Timeline(planOf([{ service: 'ehr', name: 'fhir' }], { receivers: [log] })).repeatedly(240, '0');
    refusals(story, '1'.repeat(20));
    expect(pauses(story)).toEqual([]);
    expect(story.told).toEqual(['opened down']);
  });

  test('the owner alone is told, where there is one', () => {
    const services = plan().services.map((service) => ({ ...service, owner: owner.name }));
    expect(refusals(steady({ services }), '11').alerts[0]?.receivers).toEqual([owner.name]);
    expect(refusals(steady(), '11').alerts[0]?.receivers).toEqual([log.name, owner.name]);
  });

  test('in maintenance: left alone, and nobody is told until the window is over', () => {
    const story = refusals(steady().maintenance('opens'), '11');
    expect(pauses(story)).toEqual([15]);
    expect(story.told).toEqual([]);
    expect(story.shown.at(-1)).toBe('maintenance');
    refusals(wait(story.maintenance('closes'), 15), '1');
    expect(story.told).toEqual(['opened unknown']);
  });

  test('changed credentials: the incident ends aloud, and the endpoint starts afresh', () => {
    const story = refusals(steady(), '11').reloads(plan({}, 'b'));
    expect(story.told).toEqual(['opened unknown', 'resolved unknown']);
    expect(story.alerts[1]?.page.lines[0]).toContain('Whether it takes the credentials now is not known yet');
    expect(verdictOf(story.engine, story.state, id)?.state).toBe('unknown');
    story.probes('1', { reason: 'auth' });
    expect(pauses(story)).toEqual([15]);
  });

  test('a restart in the middle forgets nothing, and tells nothing twice', () => {
    const story = refusals(steady(), '11').restarts();
    expect(story.told).toEqual(['opened unknown']);
    refusals(wait(story, 15), '1');
    expect(pauses(story)).toEqual([15, 30]);
    expect(story.told).toEqual(['opened unknown']);
    wait(story.restarts(), 30).probes('0');
    expect(story.told).toEqual(['opened unknown', 'resolved up']);
  });

  test('a receiver that is new hears of it, and a removed endpoint ends it', () => {
    const story = refusals(steady(), '11').reloads(plan({ receivers: [log, owner, { ...log, name: 'third' }] }));
    expect(story.alerts.at(-1)).toMatchObject({ event: 'opened', receivers: ['third'] });
    story.reloads(planOf([], { receivers: [log, owner] }));
    expect(story.told.at(-1)).toBe('resolved unknown');
  });
});
