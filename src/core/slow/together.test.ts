import { describe, expect, test } from 'vitest';
import type { EndpointPlan, Plan } from '#model/plan.ts';
import { random } from '../../../tests/bench/detect/random.ts';
import { failResult, okResult } from '../../../tests/support/results.ts';
import { alertsOf, installation, type Rounds, reload, restart, roundsOf } from '../../../tests/support/rounds.ts';
import { openIncidents, step, verdictOf } from '../engine.ts';

const plan = installation(4);
const inNorcal = ({ region }: EndpointPlan) => region === 'norcal';
const nobody = () => false;
const phases = (duration: number) => ({ resolve: duration > 500 ? duration - 90 : 5, processing: Math.min(duration, 90) });

/** So many rounds of 30 s in which the answers of these take `factor` times as long; lognormal lengths, seeded. */
function answerRounds(play: Rounds, count: number, hits: (endpoint: EndpointPlan) => boolean, factor = 10): void {
  const draw = random(play.at / 1000);
  for (let round = 0; round < count; round += 1) {
    for (const [place, endpoint] of play.engine.plan.endpoints.entries()) {
      const at = { scheduledAt: play.at + place, startedAt: play.at + place };
      // The sum of twelve uniform numbers less six is all but normal.
      let normal = -6;
      for (let i = 0; i < 12; i += 1) normal += draw.next();
      const duration = 100 * Math.exp(0.4 * normal) * (hits(endpoint) ? factor : 1);
      play.events.push(
        ...step(play.engine, play.state, { type: 'result', result: okResult(endpoint.id, { ...at, duration, phases: phases(duration) }) }),
      );
    }
    play.events.push(...step(play.engine, play.state, { type: 'tick', at: play.at + 1000 }));
    play.at += 30_000;
  }
}

function failRounds(play: Rounds, count: number, fails: (endpoint: EndpointPlan) => boolean): void {
  for (let round = 0; round < count; round += 1) {
    for (const [place, endpoint] of play.engine.plan.endpoints.entries()) {
      const at = { scheduledAt: play.at + place, startedAt: play.at + place };
      const result = fails(endpoint) ? failResult(endpoint.id, 'reset', at) : okResult(endpoint.id, { ...at, duration: 100 });
      play.events.push(...step(play.engine, play.state, { type: 'result', result }));
    }
    play.events.push(...step(play.engine, play.state, { type: 'tick', at: play.at + 1000 }));
    play.at += 30_000;
  }
}

function steady(): Rounds {
  const play = roundsOf(plan);
  answerRounds(play, 3000, nobody);
  return play;
}

/** Everything in norcal is slow: one name server. */
function slow(): Rounds {
  const play = steady();
  answerRounds(play, 60, inNorcal);
  return play;
}

const told = (play: Rounds) => alertsOf(play.events).map(({ event, page }) => `${event} ${page.state}`);
const open = (play: Rounds) => openIncidents(play.engine, play.state).map(({ endpoint, trouble }) => `${endpoint.id} ${trouble}`);
const group = '*dependency/network/norcal';

describe('slowness that a region shares', () => {
  test('pages under one key, is told of the group, names where the time goes, and is resolved once', () => {
    const play = slow();
    const alerts = alertsOf(play.events);
    expect(new Set(alerts.filter(({ event }) => event !== 'resolved').map(({ key }) => key)).size).toBe(1);
    expect(told(play).filter((line) => line.startsWith('opened'))).toHaveLength(1);
    expect(open(play)).toEqual([`${group} slow`]);
    const [incident] = openIncidents(play.engine, play.state);
    expect(incident?.members).toHaveLength(20);
    expect(verdictOf(play.engine, play.state, group)).toMatchObject({
      state: 'up',
      slow: true,
      slowness: { phases: [{ name: 'resolve' }] },
    });
    const text = alerts.at(-1)?.page;
    expect(text?.title).toBe('Everything behind network in norcal slow');
    expect(text?.lines.join('\n')).toMatch(/Of the extra time over 99 % goes into resolve \(DNS\)/);
    answerRounds(play, 200, nobody);
    expect(told(play).at(-1)).toBe('resolved up');
    expect(told(play).filter((line) => line.startsWith('resolved'))).toHaveLength(1);
    expect(open(play)).toEqual([]);
    expect([...play.state.endpoints.values()].filter((own) => own.slow.within !== '')).toEqual([]);
  });

  test('one slow endpoint stands alone', () => {
    const play = steady();
    answerRounds(play, 60, ({ id }) => id === 'ehr/e0/norcal');
    expect(open(play)).toEqual(['ehr/e0/norcal slow']);
  });

  test('blips that all answers share, of the machine that probes, page nobody', () => {
    const play = roundsOf(plan);
    answerRounds(play, 3000, nobody);
    for (let blip = 0; blip < 20; blip += 1) {
      answerRounds(play, 2, () => true);
      answerRounds(play, 60, nobody);
    }
    expect(told(play)).toEqual([]);
  });

  test('that becomes failing goes on as one incident, with one key', () => {
    const play = slow();
    failRounds(play, 8, inNorcal);
    expect(open(play)).toEqual([`${group} failing`]);
    const alerts = alertsOf(play.events);
    expect(new Set(alerts.map(({ key }) => key)).size).toBe(1);
    expect(alerts.at(-1)).toMatchObject({ event: expect.stringMatching(/widened|worsened/) });
  });
});

describe('across restarts and reloads', () => {
  test('a restart knows the incident and its members', () => {
    const play = slow();
    expect(restart(play)).toEqual([]);
    expect(openIncidents(play.engine, play.state)[0]?.members).toHaveLength(20);
    answerRounds(play, 200, nobody);
    expect(told(play).filter((line) => line.startsWith('resolved'))).toEqual(['resolved up']);
    expect(open(play)).toEqual([]);
  });

  test('a configuration without the group ends its incident aloud, and what is slow still is told of again', () => {
    const play = slow();
    const apart: Plan = { ...plan, services: plan.services.map((service) => ({ ...service, dependsOn: [] })) };
    expect(alertsOf(reload(play, apart)).map(({ event }) => event)).toEqual(['resolved']);
    answerRounds(play, 5, inNorcal);
    expect(open(play)).toEqual(['*region/norcal slow']);
  });

  test('without its members it ends aloud', () => {
    const play = slow();
    const fewer: Plan = { ...plan, endpoints: plan.endpoints.map((one) => (inNorcal(one) ? { ...one, fingerprint: 'b' } : one)) };
    expect(alertsOf(reload(play, fewer)).map(({ event }) => event)).toEqual(['resolved']);
    expect(open(play)).toEqual([]);
  });
});
