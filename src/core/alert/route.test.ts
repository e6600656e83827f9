import { expect, test } from 'vitest';
import type { Plan } from '#model/plan.ts';
import { planOf } from '../../../tests/support/plan.ts';
import { destinationOf } from './route.ts';

const receivers = ['pager', 'everyone', 'oncall'].map((name) => ({ name, kind: 'log', options: {} }));
const everything = { services: [], regions: [] };

function destination(more: Partial<Plan>, owner = '', region = 'norcal') {
  const plan = planOf([{ service: 'ehr', name: 'fhir', region }], { receivers, ...more });
  const services = plan.services.map((service) => ({ ...service, owner }));
  return destinationOf({ ...plan, services }, { id: 'x', service: 'ehr', name: 'fhir', region, kind: 'http' });
}

test('the first route that matches wins', () => {
  const routes = [
    { services: ['lab'], regions: [], to: ['oncall'] },
    { services: ['ehr'], regions: ['norcal'], to: ['pager'] },
    { ...everything, to: ['everyone'] },
  ];
  expect(destination({ routes })).toEqual({ receivers: ['pager'], fallback: false });
  expect(destination({ routes }, '', 'socal')).toEqual({ receivers: ['everyone'], fallback: false });
});

test('the owner is added, once', () => {
  const routes = [{ ...everything, to: ['everyone'] }];
  expect(destination({ routes }, 'oncall').receivers).toEqual(['everyone', 'oncall']);
  expect(destination({ routes }, 'everyone').receivers).toEqual(['everyone']);
});

test('where no route matches every receiver is told, and it is said', () => {
  const routes = [{ services: ['lab'], regions: [], to: ['oncall'] }];
  expect(destination({ routes }, 'oncall')).toEqual({ receivers: ['pager', 'everyone', 'oncall'], fallback: true });
});

test('an installation without routes tells every receiver of everything, and that is nothing to speak of', () => {
  expect(destination({ routes: [] })).toEqual({ receivers: ['pager', 'everyone', 'oncall'], fallback: false });
});

test('a route of a region does not match an endpoint without one', () => {
  const routes = [{ services: [], regions: ['norcal'], to: ['pager'] }];
  expect(destination({ routes }, '', '').fallback).toBe(true);
});

test('without receivers nobody is told', () => {
  expect(destination({ receivers: [], routes: [] }, 'oncall')).toEqual({ receivers: [], fallback: false });
});
