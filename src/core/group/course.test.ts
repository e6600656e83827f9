// The course of a group's incident where things are not smooth: many at once, maintenance, silence, reloads.
import { describe, expect, test } from 'vitest';
import type { EndpointPlan } from '#model/plan.ts';
import { alertsOf, installation, playRounds, roundsOf } from '../../../tests/support/rounds.ts';
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
