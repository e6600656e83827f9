// A group's incident whose members do not all recover at once, and one that comes back.
import { describe, expect, test } from 'vitest';
import type { Event } from '#model/event.ts';
import type { EndpointPlan } from '#model/plan.ts';
import { alertsOf, installation, playRounds, type Rounds, roundsOf } from '../../../tests/support/rounds.ts';

const inNorcal = ({ region }: EndpointPlan) => region === 'norcal';
const nobody = () => false;
const told = (events: readonly Event[]) => alertsOf(events).map(({ event, labels }) => `${event} ${labels['endpoint'] ?? labels['group']}`);
const narrowed = (events: readonly Event[]) =>
  events.flatMap((event) => (event.type === 'incident' && event.kind === 'narrowed' ? [event] : []));

/** Everything behind the network is down. */
function open(plan = installation(2)): Rounds {
  const play = roundsOf(plan);
  playRounds(play, 150, nobody);
  playRounds(play, 30, () => true);
  expect(told(play.events).at(-1)).toMatch(/^(opened|widened) network$/);
  return play;
}

const remind = { paging: { falsePagesPerYear: 12, grace: 60_000, remind: 3_600_000 } };

describe('a part that recovers', () => {
  test('leaves the incident quietly, which goes on with the others; the next notice says who is still hit', () => {
    const play = open(installation(2, remind));
    const events = playRounds(play, 40, inNorcal);
    expect(alertsOf(events)).toEqual([]);
    const [first, ...more] = narrowed(events);
    expect(more).toEqual([]);
    expect(first?.why).toBe('10 of 20 are well again');
    expect(first?.incident.members?.every((id) => id.endsWith('/norcal'))).toBe(true);
    const reminder = alertsOf(playRounds(play, 80, inNorcal)).find(({ event }) => event === 'reminder');
    expect(reminder?.page.lines.find((line) => line.startsWith('Still hit: '))).toMatch(/norcal.*Well again: 10 more\.$/);
  });

  test('and falls ill again before the rest is well belongs to it once more', () => {
    const play = open();
    playRounds(play, 40, inNorcal);
    const group = play.state.groups.find(({ id }) => id === 'dependency/network');
    expect(group?.attached).toHaveLength(10);
    expect(told(playRounds(play, 10, () => true))).toEqual([]);
    expect(told(playRounds(play, 200, nobody))).toEqual(['resolved network']);
  });

  test('all but one member: that one has an incident of its own within a quarter of an hour, and the incident says so', () => {
    const play = open();
    const events = playRounds(play, 30, ({ id }) => id === 'ehr/e0/norcal');
    expect(told(events)).toEqual(['opened e0']);
    expect(narrowed(events).at(-1)?.why).toBe('ehr/e0/norcal goes on to fail by itself: it has an incident of its own');
    expect(told(playRounds(play, 60, ({ id }) => id === 'ehr/e0/norcal'))).toEqual(['resolved network']);
  });
});

describe('trouble that comes back', () => {
  test('within the hour reopens the incident of the group', () => {
    const play = open();
    expect(told(playRounds(play, 80, nobody))).toEqual(['resolved network']);
    const again = alertsOf(playRounds(play, 8, () => true));
    const [first] = alertsOf(play.events);
    expect(again.map(({ event, incident }) => [event, incident])).toEqual([['reopened', first?.incident]]);
    expect(again[0]?.page.lines.some((line) => line.includes('It was thought over at'))).toBe(true);
    const ids = alertsOf(play.events).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('later is another incident', () => {
    const play = open();
    playRounds(play, 80 + 130, nobody);
    expect(told(playRounds(play, 8, () => true))).toEqual(['opened network']);
  });
});

test('where no route matches any member the page says so', () => {
  const receivers = ['net', 'spare'].map((name) => ({ name, kind: 'log', options: {} }));
  const play = open(installation(2, { receivers, routes: [{ services: ['nothing'], regions: [], to: ['net'] }] }));
  expect(alertsOf(play.events)[0]?.page.lines).toContain('No route matches any of these endpoints, so every receiver is told.');
});
