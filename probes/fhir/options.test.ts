import { expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { Options, patientOf } from './options.ts';
import { fhir } from './probe.ts';

const parse = (options: object) => Options.safeParse({ url: 'https://fhir.example.org/r4', ...options });
const secret = new Secret('a secret');

const floor = (options: object) => fhir.leastIntervalFor(Options.parse({ url: 'https://fhir.example.org/r4', ...options }));
const patients = (options: object) => fhir.patients(Options.parse({ url: 'https://fhir.example.org/r4', ...options }));

test('what is looked at, whose id is sent, and how seldom', () => {
  expect([floor({}), floor({ metadata: true }), floor({ read: 'Patient/synthetic-001' })]).toEqual([300_000, 300_000, 0]);
  expect([patients({}), patients({ read: 'Patient/synthetic-001' }), patients({ search: 'HOLTER-1' })]).toEqual([
    [],
    ['synthetic-001'],
    ['HOLTER-1'],
  ]);
  expect(patientOf(Options.parse({ url: 'https://fhir.example.org/r4' }))).toBeUndefined();
});

test.each([
  [{ auth: { smart: { client_id: 'holter', key: secret, algorithm: 'RS384' } }, read: 'Patient/synthetic-001' }],
  [{ auth: { bearer: secret }, search: 'synthetic-001', test_mark: false }],
  [{ metadata: true }],
])('%o is well', (options) => {
  expect(parse(options).success).toBe(true);
});

test.each([
  [{ read: 'Patient' }],
  [{ read: 'Patient/' }],
  [{ read: 'Patient/*' }],
  [{ read: 'Patient?name=Smith' }],
  [{ read: 'Observation/1' }],
  [{ search: 'a,b' }],
  [{ search: '' }],
  [{ read: 'Patient/a', search: 'a' }],
  [{ read: 'Patient/a', metadata: true }],
  [{ metadata: false }],
  [{ auth: {} }],
  [{ auth: { bearer: 'written out' } }],
  [{ auth: { bearer: secret, basic: { username: 'a', password: secret } } }],
])('%o is a mistake', (options) => {
  expect(parse(options).success).toBe(false);
});
