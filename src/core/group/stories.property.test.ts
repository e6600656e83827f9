// Whatever befalls an installation: one incident a key, ties that both sides agree on, and an end to everything.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EndpointPlan, Plan } from '#model/plan.ts';
import { installation, maintain, playRounds, type Rounds, reload, restart, roundsOf } from '../../../tests/support/rounds.ts';
import { frozen } from '../detect/marks.ts';
import { openIncidents } from '../engine.ts';
import { isOpen } from '../incident/lifecycle.ts';

const plan = installation(2);
const withoutGroups: Plan = { ...plan, services: plan.services.map((service) => ({ ...service, dependsOn: [] })) };
const fewer: Plan = { ...plan, endpoints: plan.endpoints.filter(({ service }) => service !== 'ehr') };
const slower: Plan = {
  ...plan,
  endpoints: plan.endpoints.map((one) => ({ ...one, timing: { kind: 'every', interval: 60_000 } as const })),
};
const moved: Plan = {
  ...plan,
  endpoints: plan.endpoints.map((one, i) => (i % 7 === 0 ? { ...one, region: 'nw', fingerprint: 'b' } : one)),
};
const plans = [plan, withoutGroups, fewer, slower, moved];

type Who = (endpoint: EndpointPlan, place: number) => boolean;
const whos: readonly Who[] = [
  () => true,
  ({ region }) => region === 'norcal',
  ({ region }) => region === 'socal',
  ({ service }) => service === 'ehr',
  ({ service, region }) => service === 'billing' || region === 'norcal',
  (_, place) => place === 3,
  (_, place) => place % 5 === 0,
];
const who = fc.nat({ max: whos.length - 1 });
const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      who,
      rounds: fc.integer({ min: 1, max: 40 }),
      every: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('calm' as const), rounds: fc.integer({ min: 1, max: 90 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('silence' as const), who, rounds: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('maintenance' as const), who, open: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reload' as const), to: fc.nat({ max: plans.length - 1 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), to: fc.nat({ max: plans.length - 1 }) }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

function befall(play: Rounds, what: Happening): void {
  const places = new Map(plan.endpoints.map(({ id }, place) => [id, place]));
  const hits = (index: number) => (endpoint: EndpointPlan) => whos[index]?.(endpoint, places.get(endpoint.id) ?? 0) === true;
  if (what.kind === 'fault')
    for (let round = 0; round < what.rounds; round += 1) playRounds(play, 1, (one) => hits(what.who)(one) && round % what.every === 0);
  else if (what.kind === 'calm') playRounds(play, what.rounds, () => false);
  else if (what.kind === 'silence')
    playRounds(
      play,
      what.rounds,
      () => false,
      (one) => !hits(what.who)(one),
    );
  else if (what.kind === 'maintenance')
    for (const one of play.engine.plan.endpoints.filter(hits(what.who))) maintain(play, one.id, what.open);
  else if (what.kind === 'reload') reload(play, plans[what.to] ?? plan);
  else restart(play, { plan: plans[what.to] ?? plan });
}

function agree({ state }: Rounds): void {
  for (const { id, attached, course, test: own } of state.groups) {
    expect(new Set(attached).size).toBe(attached.length);
    expect(own.open === 1).toBe(isOpen(course));
    for (const one of attached) expect(state.endpoints.get(one)?.ties.within).toBe(id);
    if (!isOpen(course)) expect(attached).toEqual([]);
    expect([...own.evidence, own.recovery, own.sum].every(Number.isFinite)).toBe(true);
  }
  for (const [id, { ties, course }] of state.endpoints) {
    if (ties.within === '') continue;
    expect(isOpen(course)).toBe(false);
    expect(state.groups.find((group) => group.id === ties.within)?.attached).toContain(id);
  }
  const keys = [...state.groups, ...state.endpoints.values()].flatMap(({ course }) => (isOpen(course) ? [course.key] : []));
  expect(new Set(keys).size).toBe(keys.length);
}

test('incidents have unique names and ends, and members and groups agree', () => {
  fc.assert(
    fc.property(fc.array(happening, { minLength: 1, maxLength: 14 }), (happenings) => {
      const play = roundsOf(plan);
      playRounds(play, 60, () => false);
      for (const what of happenings) {
        befall(play, what);
        agree(play);
      }
      for (const { id } of play.engine.plan.endpoints) maintain(play, id, false);
      playRounds(play, 500, () => false);
      agree(play);
      expect(openIncidents(play.engine, play.state)).toEqual([]);
      expect(
        [...play.state.endpoints.values()].filter(({ ties, detector }) => ties.heldUntil !== null || (detector.marks & frozen) !== 0),
      ).toEqual([]);
      const events = play.events.filter((event) => event.type === 'incident');
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
      for (const [id, course] of Map.groupBy(events, ({ incident }) => incident.id)) {
        expect(course.map((event) => event.id)).toEqual(course.map((_, index) => `${id}#${index + 1}`));
        expect(course.at(-1)?.kind).toBe('resolved');
      }
    }),
    {
      numRuns: 30,
      // Found once: what was taken over is joined to a wider incident, and its first endpoint splits off.
      examples: [
        [
          [
            { kind: 'fault', who: 6, rounds: 4, every: 1 },
            { kind: 'fault', who: 2, rounds: 4, every: 2 },
            { kind: 'fault', who: 0, rounds: 4, every: 1 },
            { kind: 'fault', who: 2, rounds: 17, every: 1 },
          ],
        ],
      ],
    },
  );
}, 120_000);
