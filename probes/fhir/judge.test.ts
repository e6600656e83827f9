import { describe, expect, test } from 'vitest';
import { judgeCapabilities, judgePatient, judgeSearch, judgeToken, judgeTokenRefusal, outcomeOf, tokenEndpointOf } from './judge.ts';

const wanted = { id: 'synthetic-001', mark: true };
const patient = {
  resourceType: 'Patient',
  id: 'synthetic-001',
  meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' }] },
  name: [{ family: 'Real Name' }],
};
const said = (failure: { readonly reason: string; readonly message: string } | undefined) =>
  failure === undefined ? 'ok' : failure.message;

test.each([
  ['the synthetic one', patient, 'ok'],
  ['another', { ...patient, id: 'x' }, 'read: another patient came than the synthetic one'],
  ['unmarked', { ...patient, meta: {} }, 'read: the patient is not marked as test data (HTEST): is it really synthetic?'],
  [
    'marked by another system',
    { ...patient, meta: { security: [{ system: 'x', code: 'HTEST' }] } },
    'read: the patient is not marked as test data (HTEST): is it really synthetic?',
  ],
  ['a bundle', { resourceType: 'Bundle' }, 'read: a Bundle came where the patient was due'],
  ['something named like a script', { resourceType: '<script>' }, 'read: a resource of another type came where the patient was due'],
  ['a page', undefined, 'read: the answer is not FHIR'],
  ['a list', [patient], 'read: the answer is not FHIR'],
])('a patient: %s', (_, body, expected) => {
  expect(said(judgePatient(body, wanted))).toBe(expected);
});

test('where a server cannot mark, the id is enough', () => {
  expect(judgePatient({ ...patient, meta: {} }, { ...wanted, mark: false })).toBeUndefined();
});

const bundle = (...resources: readonly object[]) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  entry: resources.map((resource) => ({ resource })),
});
test.each([
  ['one', bundle(patient), 'ok'],
  ['one, and an outcome beside it', bundle({ resourceType: 'OperationOutcome' }, patient), 'ok'],
  ['none', { resourceType: 'Bundle', type: 'searchset' }, 'search: the synthetic patient was not found'],
  ['two', bundle(patient, { ...patient, id: 'real' }), 'search: patient data where none may be: 2 patients where one id was asked for'],
  ['another', bundle({ ...patient, id: 'real' }), 'search: another patient came than the synthetic one'],
  ['no result', { resourceType: 'Bundle', type: 'batch' }, 'search: the bundle is no result of a search'],
  ['entries that are none', { resourceType: 'Bundle', type: 'searchset', entry: 'x' }, 'search: the bundle is malformed'],
  ['a patient', patient, 'search: the answer is no bundle'],
])('a search: %s', (_, body, expected) => {
  expect(said(judgeSearch(body, wanted))).toBe(expected);
});

test.each([
  ['R4', { resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' }, 'ok'],
  ['R5', { resourceType: 'CapabilityStatement', fhirVersion: '5.0.0' }, 'metadata: the server does not speak FHIR R4'],
  [
    'an empty bundle in its place',
    { resourceType: 'Bundle', type: 'searchset' },
    'metadata: a Bundle came where the capability statement was due',
  ],
  ['a page', undefined, 'metadata: the answer is not FHIR'],
])('capabilities: %s', (_, body, expected) => {
  expect(said(judgeCapabilities(body))).toBe(expected);
});

const issue = (severity: unknown, code: unknown) => ({ severity, code, diagnostics: 'ZZTEST^HOLTER' });

describe('an outcome', () => {
  test.each([
    [[issue('warning', 'informational'), issue('fatal', 'exception')], 'fatal exception'],
    [[issue('error', 'not-found')], 'error not-found'],
    [[issue('error', 'Robert"); DROP TABLE')], 'error'],
    [[], ''],
  ])('%o is told as %j, and its diagnostics never', (issues, expected) => {
    expect(outcomeOf({ resourceType: 'OperationOutcome', issue: issues })).toBe(expected);
  });

  test('what is none says nothing', () => {
    expect(outcomeOf({ resourceType: 'Patient', issue: [issue('error', 'login')] })).toBe('');
    expect(outcomeOf(undefined)).toBe('');
  });
});

test('tokens, refusals, and where tokens are given', () => {
  expect(judgeToken({ access_token: 'a', token_type: 'Bearer', expires_in: 300 })).toEqual({ value: 'a', expiresIn: 300 });
  expect(judgeToken({ access_token: 'a', token_type: 'Bearer' })).toEqual({ value: 'a', expiresIn: 0 });
  expect(judgeToken({})).toMatchObject({ reason: 'content' });
  for (const sign of ['\u00b2', '\n', '\u0000', '\u20ac'])
    expect(judgeToken({ access_token: `a${sign}`, token_type: 'Bearer' })).toMatchObject({ reason: 'content' });
  expect(judgeTokenRefusal({ error: 'invalid_client' })?.reason).toBe('auth');
  expect(judgeTokenRefusal({ error: 'invalid_scope' })?.reason).toBe('rejected');
  expect(judgeTokenRefusal({ error: 'nonsense' })).toBeUndefined();
  expect(tokenEndpointOf({ token_endpoint: 'https://login.example.org/token' })).toBe('https://login.example.org/token');
  for (const wrong of ['ftp://a', 'not an address', 'https://user:pass@a/', 7])
    expect(tokenEndpointOf({ token_endpoint: wrong })).toBeUndefined();
});
