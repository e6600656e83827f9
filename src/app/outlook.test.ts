// What `holter validate` says of the dial: figures that hang together, in few lines, the same on every run.
import { describe, expect, test } from 'vitest';
import type { EndpointPlan, Plan } from '#model/plan.ts';
import { dayMs } from '#model/time.ts';
import { planOf } from '../../tests/support/plan.ts';
import { chanceOf } from './chance.ts';
import type { LearnedRates } from './learned.ts';
import { type EndpointOutlook, type Outlook, outlookOf } from './outlook.ts';
import { about, outlookText } from './outlooktext.ts';

const regions = ['norcal', 'socal', 'nw'];
const nothing: LearnedRates = { rates: new Map(), problem: '' };

/** `each` endpoints in each of three regions for every service; all but the first stand on `network`. */
function installation(each: number, change: (endpoint: EndpointPlan) => Partial<EndpointPlan> = () => ({})): Plan {
  const services = ['network', 'ehr', 'laboratory'];
  const plan = planOf(
    services.flatMap((service) =>
      regions.flatMap((region) => Array.from({ length: each }, (_, i) => ({ service, region, name: `e${i}` }))),
    ),
  );
  const share = plan.paging.falsePagesPerYear / 2 / plan.endpoints.length;
  return {
    ...plan,
    services: plan.services.map((service) => ({ ...service, dependsOn: service.id === 'network' ? [] : ['network'] })),
    endpoints: plan.endpoints.map((endpoint, i) => ({ ...endpoint, host: `h${i}`, falsePagesPerYear: share, ...change(endpoint) })),
  };
}

const learned = (rates: Readonly<Record<string, number>>): LearnedRates => ({
  rates: new Map(Object.entries(rates).map(([id, rate]) => [id, { rate, over: 12 * dayMs }])),
  problem: '',
});

const find = (outlook: Outlook, id: string) => outlook.endpoints.find(({ endpoint }) => endpoint.id === id) as EndpointOutlook;
const waitOf = (one: EndpointOutlook, rate: number) => one.faults.find((found) => found.rate === rate)?.wait.median ?? Number.NaN;

describe('the figures', () => {
  test('of equal endpoints are equal; twice the interval takes about twice as long', () => {
    const outlook = outlookOf(
      installation(2, ({ name }) => (name === 'e1' ? { timing: { kind: 'every', interval: 60_000 } } : {})),
      nothing,
      chanceOf,
    );
    expect(find(outlook, 'ehr/e0/norcal').faults).toEqual(find(outlook, 'laboratory/e0/nw').faults);
    for (const rate of [0.1, 0.02]) {
      const ratio = waitOf(find(outlook, 'ehr/e1/norcal'), rate) / waitOf(find(outlook, 'ehr/e0/norcal'), rate);
      expect(ratio).toBeGreaterThan(1.5);
      expect(ratio).toBeLessThan(2.2);
    }
  });

  test('of the price: half the interval is sooner, the dial moves little either way', () => {
    const { price } = outlookOf(installation(4), nothing, chanceOf);
    const [now = 0, half = 0, twice = 0, fewer = 0] = [price?.now, price?.halfInterval, price?.twiceDial, price?.halfDial].map(
      (wait) => wait?.median,
    );
    expect(half).toBeLessThan(0.7 * now);
    expect(twice).toBeLessThanOrEqual(now);
    expect(fewer).toBeGreaterThanOrEqual(now);
    expect(fewer).toBeLessThan(1.3 * now);
  });

  test('stand on what was learned: a quiet endpoint sooner, a noisy one with what can still be found', () => {
    const outlook = outlookOf(installation(1), learned({ 'ehr/e0/norcal': 1e-4, 'laboratory/e0/nw': 0.018 }), chanceOf);
    const [quiet, usual, noisy] = ['ehr/e0/norcal', 'ehr/e0/socal', 'laboratory/e0/nw'].map((id) => find(outlook, id));
    if (quiet === undefined || usual === undefined || noisy === undefined) throw new Error('no such endpoint');
    expect(waitOf(quiet, 0.02)).toBeLessThan(waitOf(usual, 0.02));
    expect(quiet.noisy).toBeUndefined();
    expect(waitOf(noisy, 0.02)).toBeNaN();
    expect(noisy.noisy?.weakest?.rate).toBeGreaterThan(0.02);
    expect(noisy.noisy?.weakest?.wait.median).toBeLessThanOrEqual(dayMs);
  });

  test('of thousands of endpoints, at four intervals and no two with one rate, are bought with a bounded number of throws', () => {
    let throws = 0;
    const counted = (seed: number) => {
      const next = chanceOf(seed);
      return () => {
        throws += 1;
        return next();
      };
    };
    const plan = installation(333, ({ name }) => ({
      timing: { kind: 'every', interval: [10, 30, 60, 300][Number(name.slice(1)) % 4] ?? 30 },
    }));
    const endpoints = plan.endpoints.map((one) => ({ ...one, timing: { kind: 'every', interval: one.timing.interval * 1000 } as const }));
    const rates = Object.fromEntries(endpoints.map(({ id }, i) => [id, 1e-4 * 200 ** ((i % 997) / 997)]));
    outlookOf({ ...plan, endpoints }, learned(rates), counted);
    expect(throws).toBeLessThan(8_000_000);
  });
});

describe('the text', () => {
  test('names the dial, what has its own part of it, and on what the figures stand', () => {
    const plan = installation(2);
    const own = plan.services.map((service) => (service.id === 'ehr' ? { ...service, falsePagesPerYear: 2 } : service));
    const text = outlookText(outlookOf({ ...plan, services: own, data: './data' }, nothing, chanceOf));
    expect(text).toContain('At most 12 false pages a year in all (paging.false_pages, the dial): 18 endpoints and 7 groups.');
    expect(text).toContain('Of these 2 for ehr; what is left, 10, is for everything else.');
    expect(text).toContain('12 endpoints every 30 s');
    expect(text).toContain('6 endpoints of ehr every 30 s');
    expect(text).toContain('everything behind network (18 endpoints)');
    expect(text).toContain('Assumed: 0.1 % of the probes of an endpoint that is well fail (less than a day has been learned in ./data).');
  });

  test('names those that are noisy or far slower than most, and for how long was learned', () => {
    const rates = Object.fromEntries(regions.flatMap((region) => [`ehr/e0/${region}`, `network/e0/${region}`].map((id) => [id, 2e-4])));
    const text = outlookText(outlookOf(installation(1), learned({ ...rates, 'laboratory/e0/nw': 0.018, 'ehr/e0/nw': 0.008 }), chanceOf));
    expect(text).toMatch(
      /noisy: laboratory\/e0\/nw, which fails 1\.8 % of the time while well: \d+ % is found after \S+ (min|h), weaker faults later or never/,
    );
    expect(text).toMatch(/slower: ehr\/e0\/nw, which fails 0\.8 % of the time while well: 10 % \S+ min \(.*\), 2 % /);
    expect(text).toContain(
      'How often 7 endpoints fail while well was learned over about 12 days; 2 endpoints without it are assumed to fail 0.1 %',
    );
  });

  test('has some thirty lines at most, however large and motley the plan is', () => {
    const plan = installation(12, ({ name }) => ({ timing: { kind: 'every', interval: 30_000 + 1000 * (Number(name.slice(1)) % 12) } }));
    const rates = Object.fromEntries(plan.endpoints.map(({ id }, i) => [id, i % 9 === 0 ? 0.015 : i % 7 === 0 ? 0.009 : 2e-4]));
    const text = outlookText(outlookOf(plan, learned(rates), chanceOf));
    expect(text.split('\n').length).toBeLessThanOrEqual(36);
    expect(text).toContain('more rows');
    expect(text).toContain('more noisy endpoints');
    expect(text).toContain('more slower endpoints');
  });

  test('says why what was learned could not be read', () => {
    const text = outlookText(outlookOf(installation(1), { rates: new Map(), problem: 'the data folder d cannot be read: why' }, chanceOf));
    expect(text).toContain('fail (the data folder d cannot be read: why).');
  });

  test('is the same on every run', () => {
    const [first, second] = [1, 2].map(() => outlookText(outlookOf(installation(2), nothing, chanceOf)));
    expect(first).toBe(second);
  });

  test.each([
    [3000, '3 s'],
    [90_000, '90 s'],
    [100_500, '101 s'],
    [150_000, '2.5 min'],
    [119 * 60_000, '119 min'],
    [9_000_000, '2.5 h'],
    [47 * 3_600_000, '47 h'],
    [60 * 3_600_000, '2.5 days'],
  ])('writes %i ms as %s', (length, text) => {
    expect(about(length)).toBe(text);
  });
});
