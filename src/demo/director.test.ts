// Each probe meets the throw that was made for it.
import { beforeEach, expect, test } from 'vitest';
import type { Event } from '#model/event.ts';
import { planOf } from '../../tests/support/plan.ts';
import { Course } from './course.ts';
import { Director } from './director.ts';
import type { Place, Scenario } from './scenarios.ts';

const scenario: Scenario = {
  name: 'test',
  summary: 'a test',
  breaksAt: 10,
  mendedAt: 20,
  endsAt: 30,
  hits: ({ name }) => name === 'hit',
  looks: ['timeout'],
  share: () => 1,
  broken: 'It breaks.',
  mended: 'It is mended.',
};

const plan = planOf([
  { service: 'ehr', name: 'hit', kind: 'http' },
  { service: 'ehr', name: 'other', kind: 'http' },
]);
const began = 1_000_000;
const minute = 60_000;
let behaved: [string, string | undefined][];
let course: Course;
let director: Director;

beforeEach(() => {
  behaved = [];
  course = new Course(scenario, 1);
  const places = plan.endpoints.map(
    ({ id, service, name, region, kind }): Place => ({
      id,
      service,
      name,
      region,
      kind,
      interval: 30_000,
      standsOn: new Set([service]),
      shows: new Set(['timeout']),
    }),
  );
  const world = { behave: (id: string, reason: string | undefined) => void behaved.push([id, reason]) };
  director = new Director({ plan, places, course, world, began });
});

function probed(endpoint: string, atMinute: number): void {
  const result = { endpoint, scheduledAt: began + atMinute * minute };
  director.accept({ type: 'result', result } as unknown as Event);
}

test('how a probe goes is settled by the minute at which it is due, not at which the one before it was', () => {
  const interval = (plan.endpoints[0]?.timing.interval ?? 0) / minute;
  probed('ehr/hit', 10 - 1.5 * interval);
  probed('ehr/hit', 10 - 0.5 * interval);
  probed('ehr/hit', 20 - 1.5 * interval);
  probed('ehr/hit', 20 - 0.5 * interval);
  expect(behaved.map(([, reason]) => reason)).toEqual([undefined, 'timeout', 'timeout', undefined]);
});

test('who is not hit stays well, and an endpoint that is unknown is nobody', () => {
  probed('ehr/other', 15);
  probed('ehr/stranger', 15);
  expect(behaved).toEqual([['ehr/other', undefined]]);
});

test('when a person breaks it, or mends it, every far end is settled at once', () => {
  course.toggle(3);
  director.settleAll(3);
  expect(behaved).toEqual([
    ['ehr/hit', 'timeout'],
    ['ehr/other', undefined],
  ]);
  course.toggle(4);
  director.settleAll(4);
  expect(behaved.at(-2)).toEqual(['ehr/hit', undefined]);
});
