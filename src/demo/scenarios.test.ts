// What befalls the simulated health system: how much of it, when, and whom. The dice are seeded.
import { describe, expect, test } from 'vitest';
import { dice } from './chance.ts';
import { Course } from './course.ts';
import { type Place, type Scenario, scenarios, spellAt } from './scenarios.ts';

function named(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}

function place(id: string, standsOn: readonly string[] = ['network']): Place {
  const [service = '', name = '', region = ''] = id.split('/');
  return {
    id,
    service,
    name,
    region,
    kind: 'http',
    interval: 30_000,
    standsOn: new Set([service, ...standsOn]),
    shows: new Set(['timeout', 'reset']),
  };
}

/** Shares of failed transactions, minute by minute, `each` transactions in one. */
function shares(scenario: Scenario, where: Place, minutes: number, each = 200): readonly number[] {
  const course = new Course(scenario, 1);
  return Array.from({ length: minutes }, (_, minute) => {
    const thrown = Array.from({ length: each }, () => course.throwFor(where, minute));
    return thrown.filter((reason) => reason !== undefined).length / each;
  });
}

const average = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) / values.length;

describe('the dice', () => {
  test('fall the same for the same seed and differently for another', () => {
    const [once, again, other] = [1, 1, 2].map((seed) => Array.from({ length: 50 }, (_, index) => dice(seed)('a', index)));
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
  });

  test('are fair: every tenth of the range comes up about as often', () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (let index = 0; index < 10_000; index += 1) {
      const tenth = Math.floor(dice(3)('endpoint', index) * 10);
      counts[tenth] = (counts[tenth] ?? 0) + 1;
    }
    for (const count of counts) expect(count).toBeGreaterThan(880);
    for (const count of counts) expect(count).toBeLessThan(1120);
  });
});

describe('the story', () => {
  const story = named('story');
  const hit = place('ehr/api/socal');

  test('is calm at first, and again when it is mended', () => {
    const all = shares(story, hit, story.endsAt);
    expect(all.slice(0, story.breaksAt).every((share) => share === 0)).toBe(true);
    expect(all.slice(story.mendedAt).every((share) => share === 0)).toBe(true);
  });

  test('comes in spells in which 10 to 40 % fail, with quiet between them', () => {
    const course = new Course(story, 1);
    const during = Array.from({ length: 10 * (story.mendedAt - story.breaksAt) }, (_, tenth) =>
      course.share(hit, story.breaksAt + tenth / 10),
    );
    const ill = during.filter((share) => share > 0);
    expect(Math.min(...ill)).toBeGreaterThanOrEqual(0.1);
    expect(Math.max(...ill)).toBeLessThanOrEqual(0.4);
    expect(new Set(ill).size).toBeGreaterThan(2);
    expect(ill.length / during.length).toBeGreaterThan(0.6);
    expect(ill.length).toBeLessThan(during.length);
  });

  test('fails as often as its share says', () => {
    const course = new Course(story, 1);
    const all = shares(story, hit, story.mendedAt, 1000);
    for (const [minute, share] of all.entries()) expect(share).toBeCloseTo(course.share(hit, minute), 1);
  });

  test('hits what stands on the network of the data center, and nothing else', () => {
    expect(story.hits(hit)).toBe(true);
    expect(story.hits(place('network/gateway/norcal', []))).toBe(true);
    expect(story.hits(place('campus/edge/norcal', []))).toBe(false);
    expect(average(shares(story, place('campus/edge/norcal', []), story.endsAt, 10))).toBe(0);
  });
});

test('spells last 4 to 10 minutes, and the quiet between them 1 to 3', () => {
  const chance = dice(5);
  const steps = Array.from({ length: 60_000 }, (_, index) => spellAt(index / 100, chance));
  const lengths: { spell: boolean; minutes: number }[] = [];
  for (const [index, spell] of steps.entries()) {
    const last = lengths.at(-1);
    if (last === undefined || spell !== steps[index - 1]) lengths.push({ spell: spell !== undefined, minutes: 0.01 });
    else last.minutes += 0.01;
  }
  expect(lengths.length).toBeGreaterThan(60);
  for (const { spell, minutes } of lengths.slice(0, -1)) {
    expect(minutes).toBeGreaterThan(spell ? 3.9 : 0.9);
    expect(minutes).toBeLessThan(spell ? 10.1 : 3.1);
  }
});

test('one bad member of three takes a third, all the time', () => {
  const balancer = named('balancer');
  const front: Place = { ...place('ehr/front-door/norcal'), shows: new Set(['rejected']) };
  const all = shares(balancer, front, balancer.mendedAt).slice(balancer.breaksAt);
  expect(average(all)).toBeCloseTo(1 / 3, 1);
  expect(balancer.hits(place('ehr/front-door/socal'))).toBe(false);
});

test('the slow rise rises, minute by minute, to 40 %', () => {
  const rise = named('slow-rise');
  const course = new Course(rise, 1);
  const where = place('laboratory/interface-engine/nw');
  const all = Array.from({ length: rise.mendedAt }, (_, minute) => course.share(where, minute));
  expect(all).toEqual(all.toSorted((left, right) => left - right));
  expect(all[rise.breaksAt + 1]).toBeLessThan(0.01);
  expect(all.at(-1)).toBe(0.4);
});

test('in the outage everything fails, and in the calm nothing', () => {
  const outage = named('outage');
  expect(
    shares(outage, place('ehr/api/nw'), outage.mendedAt, 5)
      .slice(outage.breaksAt)
      .every((share) => share === 1),
  ).toBe(true);
  expect(average(shares(named('calm'), place('ehr/api/nw'), 60, 5))).toBe(0);
});

test('the systemic fault is 1 % of everything', () => {
  const systemic = named('systemic');
  expect(average(shares(systemic, place('public-site/home', []), systemic.mendedAt, 500).slice(systemic.breaksAt))).toBeCloseTo(0.01, 2);
});

test('the certificate hits only far ends that have one', () => {
  const certificate = named('certificate');
  const course = new Course(certificate, 1);
  expect(course.isHit(place('ehr/api/norcal'))).toBe(false);
  const front: Place = { ...place('ehr/front-door/norcal'), shows: new Set(['certificate', 'reset']) };
  expect(course.throwFor(front, certificate.breaksAt + 1)).toBe('certificate');
});

describe('every scenario', () => {
  test.each(scenarios)('$name ends after it is mended, and is mended after it breaks', ({ breaksAt, mendedAt, endsAt }) => {
    if (Number.isFinite(breaksAt)) {
      expect(breaksAt).toBeGreaterThan(0);
      expect(mendedAt).toBeGreaterThan(breaksAt);
      expect(endsAt).toBeGreaterThan(mendedAt);
    }
    expect(Number.isFinite(endsAt)).toBe(true);
  });

  test.each(scenarios)('$name is broken and mended by hand at any time', (scenario) => {
    const course = new Course(scenario, 1);
    expect(course.isBroken(1)).toBe(false);
    course.toggle(1);
    expect(course.isBroken(1)).toBe(true);
    expect(course.isBroken(500)).toBe(true);
    course.toggle(5);
    expect(course.isBroken(5)).toBe(false);
    expect(course.isBroken(scenario.breaksAt + 1)).toBe(false);
  });
});
