// The course of a group's incident where things are not smooth: many at once, maintenance, silence, reloads.
import { describe, expect, test } from 'vitest';
import type { Event } from '#model/event.ts';
import type { EndpointPlan } from '#model/plan.ts';
import { alertsOf, installation, maintain, playRounds, type Rounds, roundsOf } from '../../../tests/support/rounds.ts';
import { openIncidents } from '../engine.ts';

const inNorcal = ({ region }: EndpointPlan) => region === 'norcal';
const nobody = () => false;

describe('an outage of a region of hundreds', () => {
  test('is over when it is over, also where it came back in between', () => {
    const play = roundsOf(installation(80));
    playRounds(play, 20, nobody);
    expect(alertsOf(playRounds(play, 20, inNorcal)).map(({ event }) => event)).toContain('opened');
    // All of them begin to fail in one round of the open incident.
    playRounds(play, 15, nobody);
    playRounds(play, 10, inNorcal);
    const end = playRounds(play, 160, nobody);
    expect(alertsOf(end).map(({ event }) => event)).toEqual(['resolved']);
    expect(openIncidents(play.engine, play.state)).toEqual([]);
  });
});

/** The incident of what stands on the network in norcal is open. */
function open(plan = installation(2)): Rounds {
  const play = roundsOf(plan);
  playRounds(play, 300, nobody);
  playRounds(play, 8, inNorcal);
  expect(openIncidents(play.engine, play.state).map(({ endpoint }) => endpoint.id)).toEqual(['*dependency/network/norcal']);
  return play;
}

const one = 'ehr/e0/norcal';
const isOne = ({ id }: EndpointPlan) => id === one;
const told = (events: readonly Event[]) => alertsOf(events).map(({ event, labels }) => `${event} ${labels['endpoint'] ?? labels['group']}`);

describe('who hears of it', () => {
  test('is also who looks after a member that comes late', () => {
    const receivers = ['net', 'ehr'].map((name) => ({ name, kind: 'log', options: {} }));
    const routes = [
      { services: ['ehr'], regions: [], to: ['ehr'] },
      { services: [], regions: [], to: ['net'] },
    ];
    const play = roundsOf(installation(2, { receivers, routes }));
    playRounds(play, 300, nobody);
    playRounds(play, 6, (endpoint) => inNorcal(endpoint) && endpoint.service !== 'ehr');
    expect(alertsOf(play.events).map(({ receivers: to }) => to)).toEqual([['net']]);
    const late = alertsOf(playRounds(play, 6, inNorcal));
    expect(late.map(({ event, receivers: to, labels }) => [event, to, labels['group']])).toEqual([['opened', ['ehr'], 'network/norcal']]);
    const end = alertsOf(playRounds(play, 160, nobody));
    expect(end.map(({ event, receivers: to }) => [event, to])).toEqual([['resolved', ['net', 'ehr']]]);
  });
});

describe('maintenance of a member', () => {
  test('that the incident explains: nobody is paged of it inside the window, nor is the end held back', () => {
    const play = open();
    maintain(play, one, true);
    expect(told(playRounds(play, 160, isOne))).toEqual(['resolved network/norcal']);
    maintain(play, one, false);
    expect(told(playRounds(play, 1, isOne))).toEqual([]);
    expect(told(playRounds(play, 8, isOne))).toEqual(['opened e0']);
  });

  test('of all members: no reminder', () => {
    const play = open(installation(2, { paging: { falsePagesPerYear: 12, grace: 60_000, remind: 600_000 } }));
    for (const endpoint of play.engine.plan.endpoints.filter(inNorcal)) maintain(play, endpoint.id, true);
    expect(told(playRounds(play, 60, inNorcal))).toEqual([]);
  });
});

describe('a member that is silent', () => {
  test('does not keep the incident open', () => {
    const play = open();
    expect(told(playRounds(play, 160, nobody, (endpoint) => !isOne(endpoint)))).toEqual(['resolved network/norcal']);
    expect(told(playRounds(play, 30, nobody))).toEqual([]);
  });
});

describe('a wider incident', () => {
  test('takes a narrower one over with one notice, whatever its state', () => {
    const play = roundsOf(installation(2));
    playRounds(play, 300, nobody);
    let round = 0;
    while (alertsOf(play.events).length === 0 && round < 60) {
      round += 1;
      playRounds(play, 1, (endpoint) => isOne(endpoint) && round % 3 !== 0);
    }
    expect(told(playRounds(play, 8, inNorcal))).toEqual(['widened network/norcal']);
  });
});

test('a page that waits for its groups when maintenance begins is not sent, and nothing waits afterwards', () => {
  const play = roundsOf(installation(2));
  playRounds(play, 300, nobody);
  // Two that fail together make their groups suspicious, and are too few for an incident.
  const isOneOfTwo = ({ id }: EndpointPlan) => id === one || id === 'billing/e0/socal';
  const isHeld = () => play.state.endpoints.get(one)?.ties.heldUntil !== null;
  for (let round = 0; round < 10 && !isHeld(); round += 1) playRounds(play, 1, isOneOfTwo);
  expect(isHeld()).toBe(true);
  maintain(play, one, true);
  expect(alertsOf(playRounds(play, 20, isOneOfTwo)).filter(({ labels }) => labels['service'] === 'ehr')).toEqual([]);
  maintain(play, one, false);
  expect(isHeld()).toBe(false);
});
