// A FHIR R4 server on loopback with its own token endpoint, well or ill as told. Its one patient is synthetic.
import { generateKeyPairSync } from 'node:crypto';
import {
  type HttpAnswer,
  type HttpQuestion,
  pour,
  Secret,
  type Simulator,
  type StreamFarEnd,
  serveHttp,
  streamSimulator,
  tlsSimulator,
} from '#prober/door.ts';

const id = 'synthetic-001';
const mark = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' };
const patient = { resourceType: 'Patient', id, meta: { security: [mark] }, name: [{ family: 'ZZTEST', given: ['Holter'] }] };
const somebody = { resourceType: 'Patient', id: '4711', name: [{ text: 'ZZMARKER^HOLTER^19700101' }] };
const outcome = (severity: string, code: string) => ({
  resourceType: 'OperationOutcome',
  issue: [{ severity, code, diagnostics: 'ZZMARKER^HOLTER^19700101' }],
});
const json = (value: object, status = 200): HttpAnswer => ({
  status,
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/fhir+json' },
});

interface Manner {
  readonly all?: HttpAnswer;
  readonly smart?: HttpAnswer;
  readonly token?: HttpAnswer;
  readonly read?: HttpAnswer;
  readonly silentAt?: string;
}

const manners: Readonly<Record<string, readonly [Simulator['modes'][string], Manner]>> = {
  well: ['ok', {}],
  page: ['content', { read: { status: 200, body: '<h1>Maintenance</h1>' } }],
  moved: ['content', { read: { status: 302, body: '', headers: { location: '/login' } } }],
  empty_bundle: ['content', { read: json({ resourceType: 'Bundle', type: 'searchset' }) }],
  patients: [
    'content',
    { read: json({ resourceType: 'Bundle', type: 'searchset', entry: [{ resource: somebody }, { resource: patient }] }) },
  ],
  another_patient: ['content', { read: json(somebody) }],
  no_mark: ['content', { read: json({ ...patient, meta: {} }) }],
  gone: ['content', { read: json(outcome('error', 'deleted'), 410) }],
  token_refused: ['auth', { read: json(outcome('error', 'login'), 401) }],
  forbidden: ['auth', { read: json(outcome('error', 'forbidden'), 403) }],
  broken: ['rejected', { read: json(outcome('fatal', 'exception'), 500) }],
  busy: ['rejected', { read: { ...json(outcome('error', 'throttled'), 429), headers: { 'retry-after': '30' } } }],
  wrong_key: ['auth', { token: json({ error: 'invalid_client' }, 400) }],
  wrong_scope: ['rejected', { token: json({ error: 'invalid_scope' }, 400) }],
  idp_broken: ['rejected', { token: json({}, 502) }],
  no_token: ['content', { token: json({}) }],
  no_smart: ['rejected', { smart: json({}, 404) }],
  no_token_endpoint: ['content', { smart: json({ capabilities: [] }) }],
  plain_token_endpoint: ['content', { smart: json({ token_endpoint: 'http://login.invalid/token', capabilities: [] }) }],
  silent_token: ['timeout', { silentAt: '/token' }],
  silent_read: ['timeout', { silentAt: `/r4/Patient/${id}` }],
};

const key = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const farEnd: StreamFarEnd = {
  kind: 'fhir',
  plant: (options, secret) => ({ ...options, auth: { basic: { username: secret, password: secret } } }),
  options: (address, ca) => ({
    url: `${ca === undefined ? 'http' : 'https'}://${address}/r4`,
    ...(ca !== undefined && { tls: { ca } }),
    auth: { smart: { client_id: 'holter', key: new Secret(key) } },
    read: `Patient/${id}`,
  }),
  modes: {
    ...Object.fromEntries(
      Object.entries(manners).map(([mode, [expected, manner]]) => [mode, [expected, serveHttp((question) => server(question, manner))]]),
    ),
    garbage: ['protocol', (socket) => void socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n')],
    endless: ['content', pour('HTTP/1.1 200 OK\r\n\r\n', Buffer.alloc(16_384, 'x'))],
  },
};

export const fhirSimulator: Simulator = streamSimulator(farEnd);

/** The same server behind TLS. */
export const fhirTlsSimulator: Simulator = tlsSimulator(farEnd);

function server({ path, origin, headers }: HttpQuestion, manner: Manner): HttpAnswer | undefined {
  if (path === manner.silentAt) return undefined;
  if (manner.all !== undefined) return manner.all;
  if (path === '/r4/.well-known/smart-configuration') return manner.smart ?? json({ token_endpoint: `${origin}/token`, capabilities: [] });
  // A token that expires at once is obtained anew in each attempt: every mode meets every step.
  if (path === '/token')
    return manner.token ?? json({ access_token: 'simulated', token_type: 'bearer', expires_in: 1, scope: 'system/Patient.rs' });
  if (path === '/r4/metadata') return json({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1', status: 'active' });
  if (manner.read !== undefined) return manner.read;
  if (headers['authorization'] === undefined) return json(outcome('error', 'login'), 401);
  return path.startsWith('/r4/Patient/') ? json(patient) : json(outcome('error', 'not-found'), 404);
}
