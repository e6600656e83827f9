import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareDial } from '#model/dial.ts';
import type { Plan } from '#model/plan.ts';
import { planOf } from '../../../tests/support/plan.ts';
import { groupsOf, standingOn } from './topology.ts';

const regions = ['norcal', 'socal', 'nw'];
const services = ['network', 'identity', 'ehr', 'pharmacy'];

/** Four services in three regions; all but the first stand on `network`, the EHR on `identity` too. */
function installation(more: (plan: Plan) => Partial<Plan> = () => ({})): Plan {
  const plan = planOf(services.flatMap((service) => regions.map((region) => ({ service, name: 'front', region }))));
  const dependsOn: Readonly<Record<string, readonly string[]>> = { identity: ['network'], ehr: ['identity'], pharmacy: ['network'] };
  const whole = {
    ...plan,
    services: plan.services.map((service) => ({ ...service, dependsOn: dependsOn[service.id] ?? [] })),
    endpoints: plan.endpoints.map((endpoint, i) => ({ ...endpoint, host: `h${i}.example.org:443` })),
  };
  return { ...whole, ...more(whole) };
}

const named = (plan: Plan) => groupsOf(plan).map(({ id }) => id);

test('services, what stands on a dependency here and everywhere; the smallest first', () => {
  expect(groupsOf(installation()).map(({ id, members }) => `${id} ${members.length}`)).toEqual([
    'service/network 3',
    'service/identity 3',
    'service/ehr 3',
    'service/pharmacy 3',
    'dependency/network/norcal 4',
    'dependency/network/socal 4',
    'dependency/network/nw 4',
    'dependency/identity 6',
    'dependency/network 12',
  ]);
});

test('what depends on what depends on it stands on it too', () => {
  expect([...standingOn('network', installation().services)].toSorted()).toEqual(['ehr', 'identity', 'pharmacy']);
});

test('of groups with the same members one is judged: the one that names the cause', () => {
  const ids = named(installation());
  // Everything of a region stands on the network there, and everything on the network.
  expect(ids).not.toContain('region/norcal');
  expect(ids).not.toContain('system');
  expect(ids).toContain('dependency/network');
});

test('three endpoints of one host are judged together, whatever their ports', () => {
  const hosts = ['db.example.org:5432', 'db.example.org:6432', '[2001:db8::1]:1', 'db.example.org:7432'];
  const plan = installation(({ endpoints }) => ({
    endpoints: endpoints.map((endpoint, i) => ({ ...endpoint, host: hosts[i] ?? endpoint.host })),
  }));
  expect(groupsOf(plan).find(({ level }) => level === 'host')).toMatchObject({ id: 'host/db.example.org', members: { length: 3 } });
});

test('two endpoints are no group', () => {
  expect(
    groupsOf(
      planOf([
        { service: 'ehr', name: 'a' },
        { service: 'ehr', name: 'b' },
      ]),
    ),
  ).toEqual([]);
});

test('all groups together may cost half of the dial, whatever classes there are', () => {
  for (const plan of [installation(), planOf(regions.map((region) => ({ service: 'ehr', name: 'front', region })))]) {
    expect(groupsOf(plan).reduce((sum, { falsePagesPerYear }) => sum + falsePagesPerYear, 0)).toBeCloseTo(6, 9);
  }
});

test('groups of a service with a number of its own have half of that, the others half of what it leaves', () => {
  const plan = installation(({ services: all }) => ({
    services: all.map((service) => (service.id === 'ehr' ? { ...service, falsePagesPerYear: 2 } : service)),
  }));
  const budgets = new Map(groupsOf(plan).map(({ id, falsePagesPerYear }) => [id, falsePagesPerYear]));
  expect(budgets.get('service/ehr')).toBe(1);
  const others = [...budgets].reduce((sum, [id, budget]) => (id === 'service/ehr' ? sum : sum + budget), 0);
  expect(others).toBeCloseTo(5, 9);
});

/** Any services in any regions, on any hosts, standing on one another, some with a number of their own: at most the dial together. */
const anyInstallation = fc
  .record({
    dial: fc.double({ min: 0.1, max: 100, noNaN: true }),
    asked: fc.double({ min: 0.01, max: 0.999, noNaN: true }),
    made: fc.array(
      fc.record({
        weight: fc.option(fc.double({ min: 0.01, max: 1, noNaN: true }), { nil: undefined }),
        places: fc.array(fc.record({ region: fc.constantFrom('', 'a', 'b'), host: fc.constantFrom('', 'x:1', 'x:2', 'y:1') }), {
          maxLength: 6,
        }),
        dependsOn: fc.array(fc.nat(5), { maxLength: 2 }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ dial, asked, made }) => {
    const weights = made.reduce((sum, { weight = 0 }) => sum + weight, 0);
    const planned = made.flatMap(({ places }, s) =>
      places.map(({ region, host }, i) => ({ service: `s${s}`, name: `e${i}`, region, host })),
    );
    const plan = planOf(planned);
    const ids = new Set(plan.services.map(({ id }) => id));
    return {
      ...plan,
      paging: { ...plan.paging, falsePagesPerYear: dial },
      endpoints: plan.endpoints.map((endpoint, i) => ({ ...endpoint, host: planned[i]?.host ?? '' })),
      services: plan.services.map((service) => {
        const { weight, dependsOn = [] } = made[Number(service.id.slice(1))] ?? {};
        return {
          ...service,
          // Upwards only, so that there is no circle.
          dependsOn: dependsOn.map((s) => `s${s}`).filter((id) => id > service.id && ids.has(id)),
          ...(weight !== undefined && { falsePagesPerYear: (dial * asked * weight) / weights }),
        };
      }),
    };
  });

test('all tests together, of endpoints and of groups, may cost at most the dial, whatever the installation', () => {
  fc.assert(
    fc.property(anyInstallation, (plan) => {
      const dial = shareDial(plan.paging.falsePagesPerYear, plan.services, plan.endpoints);
      const groups = groupsOf(plan);
      const spent = [
        ...plan.endpoints.map(({ service }) => ({ of: [service], cost: (dial.own.get(service) ?? dial.rest).endpoint })),
        ...groups.map(({ members, falsePagesPerYear }) => ({
          of: [...new Set(members.map((id) => id.split('/')[0] ?? ''))],
          cost: falsePagesPerYear,
        })),
      ];
      const sum = (parts: typeof spent) => parts.reduce((total, { cost }) => total + cost, 0);
      expect(sum(spent)).toBeLessThanOrEqual(plan.paging.falsePagesPerYear * (1 + 1e-9));
      for (const { cost } of spent) expect(cost).toBeGreaterThan(0);
      for (const { id, falsePagesPerYear } of plan.services) {
        if (falsePagesPerYear === undefined) continue;
        // Its own number is spent whole, and by nobody else.
        expect(sum(spent.filter(({ of }) => of.length === 1 && of[0] === id))).toBeCloseTo(falsePagesPerYear, 9);
      }
    }),
    { numRuns: 500 },
  );
});

test('a round is the median interval of the members', () => {
  const plan = installation(({ endpoints }) => ({
    endpoints: endpoints.map((endpoint, i) => ({ ...endpoint, timing: { kind: 'every', interval: i < 3 ? 5000 : 60_000 } as const })),
  }));
  expect(groupsOf(plan).find(({ id }) => id === 'service/network')?.round).toBe(5000);
  expect(groupsOf(plan).find(({ id }) => id === 'dependency/network')?.round).toBe(60_000);
});
