import { expect, test } from 'vitest';
import { shareDial } from './dial.ts';

const endpoints = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).flatMap(([service, count]) => Array.from({ length: count }, () => ({ service })));

test('without numbers of their own half goes to endpoints equally, half to groups', () => {
  const { own, rest } = shareDial(12, [{ id: 'ehr' }, { id: 'billing' }], endpoints({ ehr: 4, billing: 2 }));
  expect(own.size).toBe(0);
  expect(rest).toEqual({ endpoint: 1, groups: 6 });
});

test('a service with a number of its own has just that, and the others have what it leaves', () => {
  const services = [{ id: 'ehr', falsePagesPerYear: 4 }, { id: 'billing' }];
  const { own, rest } = shareDial(12, services, endpoints({ ehr: 4, billing: 2 }));
  expect(own).toEqual(new Map([['ehr', { endpoint: 0.5, groups: 2 }]]));
  expect(rest).toEqual({ endpoint: 2, groups: 4 });
});

test('two endpoints are no group: they have the whole number of their service', () => {
  const { own } = shareDial(12, [{ id: 'ehr', falsePagesPerYear: 4 }], endpoints({ ehr: 2, billing: 2 }));
  expect(own.get('ehr')).toEqual({ endpoint: 2, groups: 0 });
});

test('where every service has a number of its own the groups across services have all that is left', () => {
  const services = [
    { id: 'ehr', falsePagesPerYear: 4 },
    { id: 'billing', falsePagesPerYear: 5 },
  ];
  expect(shareDial(12, services, endpoints({ ehr: 4, billing: 2 })).rest).toEqual({ endpoint: 0, groups: 3 });
});

test('a service that nothing probes spends nothing of the dial', () => {
  const services = [{ id: 'paper', falsePagesPerYear: 11 }, { id: 'ehr' }];
  const { own, rest } = shareDial(12, services, endpoints({ ehr: 3 }));
  expect(own.size).toBe(0);
  expect(rest).toEqual({ endpoint: 2, groups: 6 });
});
