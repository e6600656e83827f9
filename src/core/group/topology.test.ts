import { expect, test } from 'vitest';
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

test('a round is the median interval of the members', () => {
  const plan = installation(({ endpoints }) => ({
    endpoints: endpoints.map((endpoint, i) => ({ ...endpoint, timing: { kind: 'every', interval: i < 3 ? 5000 : 60_000 } as const })),
  }));
  expect(groupsOf(plan).find(({ id }) => id === 'service/network')?.round).toBe(5000);
  expect(groupsOf(plan).find(({ id }) => id === 'dependency/network')?.round).toBe(60_000);
});
