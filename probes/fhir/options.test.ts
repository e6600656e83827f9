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
  [{ auth: { bearer: secret } }],
  [{ auth: { bearer: secret }, metadata: true }],
  [{ auth: { bearer: 'written out' } }],
  [{ auth: { bearer: secret, basic: { username: 'a', password: secret } } }],
])('%o is a mistake', (options) => {
  expect(parse(options).success).toBe(false);
});

test.each([[{ smart: { client_id: 'holter', key: secret } }], [{ bearer: secret }], [{ basic: { username: 'holter', password: secret } }]])(
  '%o goes over https with a verified certificate, or to loopback only',
  (auth) => {
    const takes = (url: string, more: object = {}) => parse({ url, auth, read: 'Patient/synthetic-001', ...more }).success;
    expect([takes('https://fhir.example.org/r4'), takes('http://127.0.0.1:8080/r4')]).toEqual([true, true]);
    expect([takes('http://fhir.example.org/r4'), takes('https://fhir.example.org/r4', { tls: { insecure: true } })]).toEqual([
      false,
      false,
    ]);
    expect(parse({ url: 'http://fhir.example.org/r4' }).success).toBe(true);
  },
);

const takesAssertionTo = (url: string) =>
  parse({ auth: { smart: { client_id: 'holter', key: secret, token_url: url } }, search: 'synthetic-001' }).success;

test('nor does an assertion go to a token endpoint in plain', () => {
  expect(['https://login.example.org/token', 'http://localhost:9000/token'].map(takesAssertionTo)).toEqual([true, true]);
  expect(takesAssertionTo('http://login.example.org/token')).toBe(false);
});
