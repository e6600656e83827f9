// The course of a group's incident where things are not smooth: many at once, maintenance, silence, reloads.
import { describe, expect, test } from 'vitest';
import type { EndpointPlan, Plan } from '#model/plan.ts';
import { planOf } from '../../../tests/support/plan.ts';
import { alertsOf, playRounds, roundsOf } from '../../../tests/support/rounds.ts';
import { openIncidents } from '../engine.ts';

const log = { name: 'log', kind: 'log', options: {} };
const regions = ['norcal', 'socal'];
const services = ['network', 'identity', 'ehr', 'billing', 'records'];

/** Five services in two regions, `each` endpoints of every one; all but the network stand on it. */
function installation(each: number, more: Partial<Plan> = {}): Plan {
  const plan = planOf(
    services.flatMap((service) =>
      regions.flatMap((region) => Array.from({ length: each }, (_, i) => ({ service, region, name: `e${i}` }))),
    ),
    { receivers: [log], paging: { falsePagesPerYear: 12, grace: 60_000, remind: 0 } },
  );
  return {
    ...plan,
    services: plan.services.map((service) => ({ ...service, dependsOn: service.id === 'network' ? [] : ['network'] })),
    endpoints: plan.endpoints.map((endpoint, i) => ({ ...endpoint, host: `h${i}:1` })),
    ...more,
  };
}

const inNorcal = ({ region }: EndpointPlan) => region === 'norcal';
const nobody = () => false;
const everybody = () => true;

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
