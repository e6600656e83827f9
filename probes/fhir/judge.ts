// What FHIR R4 answers mean. Pure. Nothing of a resource but its id, its mark and the codes of an outcome is looked at.
import { type Failure, member } from '#prober/door.ts';

const testMark = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' };

/** The capability statement (R4 http, "capabilities"). */
export function judgeCapabilities(body: unknown): Failure | undefined {
  const type = member(body, 'resourceType');
  if (type === undefined) return content('metadata: the answer is not FHIR');
  if (type !== 'CapabilityStatement') return content(`metadata: a ${word(type)} came where the capability statement was due`);
  const version = member(body, 'fhirVersion');
  if (typeof version === 'string' && /^4\.\d/.test(version)) return undefined;
  return content('metadata: the server does not speak FHIR R4');
}

interface Wanted {
  readonly id: string;
  readonly mark: boolean;
}

/** The answer to a read. */
export function judgePatient(body: unknown, wanted: Wanted, step = 'read'): Failure | undefined {
  const type = member(body, 'resourceType');
  if (type === undefined) return content(`${step}: the answer is not FHIR`);
  const strangers = patientsIn(body).length;
  if (strangers > 0) return patientsCame(step, strangers);
  if (type !== 'Patient') return content(`${step}: a ${word(type)} came where the patient was due`);
  if (member(body, 'id') !== wanted.id) return content(`${step}: another patient came than the synthetic one`);
  if (wanted.mark && !isMarked(body)) return content(`${step}: the patient is not marked as test data (HTEST): is it really synthetic?`);
  return undefined;
}

/** The answer to a search by id: one entry, and it is ours. */
export function judgeSearch(body: unknown, wanted: Wanted): Failure | undefined {
  if (member(body, 'resourceType') !== 'Bundle') return content('search: the answer is no bundle');
  if (member(body, 'type') !== 'searchset') return content('search: the bundle is no result of a search');
  if (!Array.isArray(member(body, 'entry') ?? [])) return content('search: the bundle is malformed');
  const patients = patientsIn(body);
  if (patients.length === 0) return content('search: the synthetic patient was not found');
  if (patients.length > 1) return patientsCame('search', patients.length);
  return judgePatient(patients[0], wanted, 'search');
}

/** The patients of a bundle. */
function patientsIn(body: unknown): readonly unknown[] {
  const entries = member(body, 'entry');
  if (!Array.isArray(entries)) return [];
  return entries.map((entry) => member(entry, 'resource')).filter((resource) => member(resource, 'resourceType') === 'Patient');
}

/** Nothing is told of them but their number. */
function patientsCame(step: string, count: number): Failure {
  return content(`${step}: patient data where none may be: ${count} ${count === 1 ? 'patient' : 'patients'} where one id was asked for`);
}

function isMarked(resource: unknown): boolean {
  const marks = member(member(resource, 'meta'), 'security');
  return Array.isArray(marks) && marks.some((mark) => member(mark, 'system') === testMark.system && member(mark, 'code') === testMark.code);
}

/** Severity and code of the gravest issue of an OperationOutcome: `error not-found`; '' without one. Diagnostics may hold anything: never looked at. */
export function outcomeOf(body: unknown): string {
  const issues = member(body, 'resourceType') === 'OperationOutcome' ? member(body, 'issue') : undefined;
  if (!Array.isArray(issues)) return '';
  const found = issues.slice(0, 20).map((issue) => ({ severity: member(issue, 'severity'), code: member(issue, 'code') }));
  const [gravest] = found.toSorted((a, b) => severities.indexOf(String(a.severity)) - severities.indexOf(String(b.severity)));
  return gravest === undefined
    ? ''
    : [gravest.severity, gravest.code]
        .map((part) => (isCode(part) ? part : ''))
        .join(' ')
        .trim();
}

const severities = ['fatal', 'error', 'warning', 'information'];

function isCode(text: unknown): text is string {
  return typeof text === 'string' && /^[a-z][a-z-]{1,30}$/.test(text);
}

/** Where tokens are given, of a SMART configuration; undefined: it does not say, or not in an address. */
export function tokenEndpointOf(body: unknown): string | undefined {
  const endpoint = member(body, 'token_endpoint');
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint)) return undefined;
  const { protocol, username } = new URL(endpoint);
  return (protocol === 'https:' || protocol === 'http:') && username === '' ? endpoint : undefined;
}

export interface Token {
  readonly value: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** A token that says nothing of its lifetime is used once. */
export function judgeToken(body: unknown): Token | Failure {
  const [value, type, expiresIn] = [member(body, 'access_token'), member(body, 'token_type'), member(body, 'expires_in')];
  if (typeof value !== 'string' || value === '') return content('token: the answer holds no access token');
  // RFC 6749 A.12. Nothing else may stand in the header that will carry it.
  if (!/^[\x20-\x7e]+$/.test(value)) return content('token: the access token holds signs that no token may have');
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') return content('token: the token is not a bearer token');
  return { value, expiresIn: typeof expiresIn === 'number' && expiresIn > 0 && Number.isFinite(expiresIn) ? expiresIn : 0 };
}

const clientErrors = new Set(['invalid_client', 'unauthorized_client', 'invalid_grant']);
const requestErrors = new Set(['invalid_request', 'invalid_scope', 'unsupported_grant_type']);

/** A refusal in the words of RFC 6749 5.2. */
export function judgeTokenRefusal(body: unknown): Failure | undefined {
  const code = member(body, 'error');
  if (typeof code !== 'string') return undefined;
  if (clientErrors.has(code))
    return { reason: 'auth', message: `token: the client is refused (${code}): is the key registered, and our clock right?` };
  return requestErrors.has(code) ? { reason: 'rejected', message: `token: the request is refused (${code})` } : undefined;
}

function word(type: unknown): string {
  return typeof type === 'string' && /^[A-Za-z]{1,40}$/.test(type) ? type : 'resource of another type';
}

function content(message: string): Failure {
  return { reason: 'content', message };
}
