// What reloads and restarts make of the incident of a group.
import { describe, expect, test } from 'vitest';
import type { EndpointPlan, Plan } from '#model/plan.ts';
import { alertsOf, installation, playRounds, type Rounds, reload, restart, roundsOf } from '../../../tests/support/rounds.ts';
import { openIncidents } from '../engine.ts';

const plan = installation(2);
const inNorcal = ({ region }: EndpointPlan) => region === 'norcal';
const nobody = () => false;
const group = 'dependency/network/norcal';
const eventsOf = (play: Rounds) => alertsOf(play.events).map(({ event }) => event);
const withoutGroups: Plan = { ...plan, services: plan.services.map((service) => ({ ...service, dependsOn: [] })) };

/** The incident of what stands on the network in norcal is open. */
function open(): Rounds {
  const play = roundsOf(plan);
  playRounds(play, 300, nobody);
  playRounds(play, 8, inNorcal);
  expect(openIncidents(play.engine, play.state).map(({ endpoint }) => endpoint.id)).toEqual([`*${group}`]);
  return play;
}

const recordOf = ({ state }: Rounds) => state.groups.find(({ id }) => id === group);

describe('a restart', () => {
  test('under a configuration without the group ends its incident aloud', () => {
    const play = open();
    const told = alertsOf(restart(play, { plan: withoutGroups }));
    expect(told.map(({ event, key }) => [event, key])).toEqual([['resolved', alertsOf(play.events)[0]?.key]]);
    expect(openIncidents(play.engine, play.state)).toEqual([]);
  });

  test('after which the test of the group cannot be read still sees the end', () => {
    const play = open();
    restart(play, { alter: (text) => text.replace('"recovery":', '"recovered":') });
    playRounds(play, 160, nobody);
    expect(eventsOf(play)).toEqual(['opened', 'resolved']);
  });

  test('knows members again that were attached after the group was saved', () => {
    const play = open();
    const attached = recordOf(play)?.attached.length;
    restart(play, { alter: (text) => text.replace(/"attached":\["[^\]]*\]/, '"attached":[]') });
    expect(recordOf(play)?.attached).toHaveLength(attached ?? 0);
    playRounds(play, 160, nobody);
    expect(eventsOf(play)).toEqual(['opened', 'resolved']);
  });
});

describe('a reload', () => {
  test('after which an endpoint is no member any more leaves it to itself', () => {
    const play = open();
    const gone = 'ehr/e0/norcal';
    const moved = plan.endpoints.map((one) => (one.id === gone ? { ...one, region: 'socal' } : one));
    reload(play, { ...plan, endpoints: moved });
    expect(recordOf(play)?.attached).not.toContain(gone);
    const told = alertsOf(playRounds(play, 160, ({ id }) => id === gone));
    expect(told.map(({ event, labels }) => [event, labels['endpoint'] ?? ''])).toContainEqual(['opened', 'e0']);
    expect(told.map(({ event, labels }) => [event, labels['group'] ?? ''])).toContainEqual(['resolved', 'network/norcal']);
  });

  test('tells a receiver that is new in the configuration of what is open, once', () => {
    const play = open();
    const pager = { name: 'pager', kind: 'log', options: {} };
    const told = alertsOf(reload(play, { ...plan, receivers: [...plan.receivers, pager] }));
    expect(told.map(({ event, receivers, labels }) => [event, receivers, labels['group']])).toEqual([
      ['opened', ['pager'], 'network/norcal'],
    ]);
    expect(alertsOf(reload(play, play.engine.plan))).toEqual([]);
    const end = alertsOf(playRounds(play, 160, nobody));
    expect(end.map(({ event, receivers }) => [event, receivers])).toEqual([['resolved', ['log', 'pager']]]);
    expect(new Set(alertsOf(play.events).map(({ id }) => id)).size).toBe(alertsOf(play.events).length);
  });

  test('that takes away the group pages what is still down, under an id that is not taken', () => {
    const play = roundsOf(plan);
    playRounds(play, 300, nobody);
    // The endpoint is paged alone; then its group takes over its incident.
    playRounds(play, 8, ({ id }) => id === 'ehr/e0/norcal');
    playRounds(play, 8, inNorcal);
    expect(eventsOf(play)).toEqual(['opened', 'widened']);
    reload(play, { ...plan, endpoints: plan.endpoints.filter(({ id }) => id === 'ehr/e0/norcal') });
    playRounds(play, 2, inNorcal);
    const [first, ...later] = alertsOf(play.events);
    expect(later.map(({ key, event }) => [key === first?.key, event])).toContainEqual([true, 'reopened']);
    expect(new Set(alertsOf(play.events).map(({ id }) => id)).size).toBe(later.length + 1);
  });

  test('that takes the group away and brings it back opens another incident for the same trouble', () => {
    const play = open();
    reload(play, withoutGroups);
    reload(play, plan);
    playRounds(play, 8, inNorcal);
    const ids = alertsOf(play.events).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
