import { expect, test } from 'vitest';
import type { State } from '#model/verdict.ts';
import { planOf } from '../../tests/support/plan.ts';
import { createEngine, freshState } from './engine.ts';
import { surroundingsOf } from './surroundings.ts';

const base = planOf([
  { service: 'ehr', name: 'fhir', region: 'norcal' },
  { service: 'ehr', name: 'fhir', region: 'socal' },
  { service: 'ehr', name: 'fhir', region: 'nw' },
  { service: 'ehr', name: 'portal', region: 'norcal' },
  { service: 'ehr', name: 'portal', region: 'socal' },
  { service: 'pharmacy', name: 'terminals', region: 'norcal' },
  { service: 'pharmacy', name: 'terminals', region: 'nw' },
  { service: 'network', name: 'gateway', region: 'norcal' },
  { service: 'network', name: 'gateway', region: 'nw' },
  { service: 'identity', name: 'oidc' },
]);
const needs: Readonly<Record<string, readonly string[]>> = { ehr: ['network', 'identity', 'fax'], pharmacy: ['ehr'] };
const plan = {
  ...base,
  services: base.services.map((service) => ({ ...service, dependsOn: needs[service.id] ?? [], name: service.id.toUpperCase() })),
};

/** Everything up but these; one endpoint was never probed. */
function around(id: string, ill: Readonly<Record<string, State>>) {
  const engine = createEngine(plan);
  const state = freshState(engine);
  for (const own of state.endpoints.values()) if (own.endpoint.id !== 'ehr/fhir/nw') own.shown = ill[own.endpoint.id] ?? 'up';
  const watch = engine.watches.get(id);
  if (watch === undefined) throw new Error('the plan has no such endpoint');
  return surroundingsOf(engine, state, watch);
}

test('what it depends on is told as it is in the same region, else as a whole, and said to be unwatched where it is', () => {
  expect(around('ehr/fhir/norcal', { 'network/gateway/nw': 'down', 'identity/oidc': 'recovering' }).needs).toEqual([
    { name: 'NETWORK', state: 'up' },
    { name: 'IDENTITY', state: 'recovering' },
    { name: 'fax', state: 'not watched' },
  ]);
});

test('what stands on it is named', () => {
  expect(around('ehr/fhir/norcal', {}).dependents).toEqual(['PHARMACY']);
  expect(around('pharmacy/terminals/nw', {}).dependents).toEqual([]);
});

test('neighbours of the region that are unwell are named once; it is not its own neighbour', () => {
  const ill = {
    'ehr/fhir/norcal': 'down',
    'ehr/portal/norcal': 'intermittent',
    'pharmacy/terminals/norcal': 'down',
    'pharmacy/terminals/nw': 'down',
    'network/gateway/norcal': 'maintenance',
  } as const;
  expect(around('ehr/fhir/norcal', ill).alsoUnwell).toEqual(['EHR portal', 'PHARMACY']);
});

test('the same endpoint elsewhere is well, unwell, or not spoken of when nothing is known', () => {
  expect(around('ehr/fhir/norcal', { 'ehr/portal/socal': 'down' })).toMatchObject({ wellElsewhere: ['socal'], unwellElsewhere: [] });
  expect(around('ehr/fhir/norcal', { 'ehr/fhir/socal': 'intermittent' })).toMatchObject({ wellElsewhere: [], unwellElsewhere: ['socal'] });
});
