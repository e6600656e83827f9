// Proves who we are, and looks at one synthetic patient or at the capability statement.
import { randomUUID } from 'node:crypto';
import {
  askJson,
  certificateFacts,
  defineProbe,
  type Failure,
  isSafeForSecrets,
  type JsonReply,
  type Lent,
  noteCertificate,
  type ProbeContext,
  ProbeFailure,
  reveal,
  type StepOptions,
  signAssertion,
  statusFailure,
  streamReasons,
  tlsOptionsOf,
} from '#prober/door.ts';
import { judgeCapabilities, judgePatient, judgeSearch, judgeToken, judgeTokenRefusal, outcomeOf, tokenEndpointOf } from './judge.ts';
import { type FhirOptions, Options, patientOf } from './options.ts';

/** A patient, a token, a SMART configuration. */
const bodyLimit = 262_144;
/** Capability statements of large servers. */
const metadataLimit = 8_388_608;
const fiveMinutes = 300_000;
const fhirJson = 'application/fhir+json';

export const fhir = defineProbe({
  kind: 'fhir',
  summary:
    'Reads or searches one synthetic patient of a FHIR R4 server, with a SMART token where it is asked for, or its capability statement.',
  options: Options,
  effect: 'session',
  leastInterval: 15_000,
  leastIntervalFor: (options) => (patientOf(options) === undefined ? fiveMinutes : 0),
  defaultTimeout: 10_000,
  pausesAfterAuth: true,
  reasons: [...streamReasons, 'protocol', 'rejected', 'content'],
  facts: [
    { name: 'status_code', help: 'HTTP status of the last step.' },
    { name: 'lifetime_seconds', help: 'How long a token that was obtained holds, as the server says.' },
    ...certificateFacts,
  ],
  host: ({ url }) => hostAndPort(new URL(url)),
  patients: (options) => [patientOf(options) ?? []].flat(),
  run,
});

interface Talk {
  readonly http: StepOptions;
  readonly context: ProbeContext;
}

async function run(options: FhirOptions, context: ProbeContext): Promise<void> {
  const http: StepOptions = { bodyLimit, tls: tlsOptionsOf(options.tls), onTls: noteCertificate(context) };
  const talk = { http, context };
  const token = options.auth?.smart === undefined ? undefined : await smartToken(options, talk);
  const { name, path, id } = wantedOf(options);
  const credentials = name === 'metadata' ? undefined : authorization(options, token);
  const headers = credentials === undefined ? [] : [{ name: 'authorization', value: credentials, secret: true }];
  const limits = name === 'metadata' ? { ...http, bodyLimit: metadataLimit } : http;
  const reply = await askJson({ name, url: below(options.url, path), accept: fhirJson, headers }, limits, context);
  context.fact('status_code', reply.status);
  if (reply.status === 401) token?.takeBack();
  if (reply.status !== 200) throw refused(name, reply);
  const failure = { metadata: judgeCapabilities, read: judgePatient, search: judgeSearch }[name](reply.body, {
    id,
    mark: options.test_mark,
  });
  if (failure !== undefined) throw failed(failure);
}

interface Wanted {
  /** Of the step. */
  readonly name: 'metadata' | 'read' | 'search';
  readonly path: string;
  /** Of the patient, or ''. */
  readonly id: string;
}

function wantedOf(options: FhirOptions): Wanted {
  const id = patientOf(options);
  if (id === undefined) return { name: 'metadata', path: 'metadata', id: '' };
  // Two are asked for: a second one would be somebody else.
  return options.read === undefined ? { name: 'search', path: `Patient?_id=${id}&_count=2`, id } : { name: 'read', path: options.read, id };
}

/** With the outcome's code where there is one; a patient that is gone is content, since the server is well. */
function refused(name: string, reply: JsonReply): ProbeFailure {
  if (name === 'read' && (reply.status === 404 || reply.status === 410))
    return new ProbeFailure('content', 'read: the synthetic patient is not there');
  return statusFailure(name, reply, outcomeOf(reply.body));
}

/** Lent by the prober while it holds. */
async function smartToken(options: FhirOptions, talk: Talk): Promise<Lent> {
  const smart = options.auth?.smart;
  if (smart === undefined) throw new Error('no SMART client');
  const { client_id: clientId, scope, key, algorithm, key_id: keyId = '' } = smart;
  return talk.context.lend([options.url, clientId, scope, algorithm, keyId, key], async () => {
    const endpoint = smart.token_url ?? (await discover(options, talk));
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      scope,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signAssertion({
        clientId,
        audience: endpoint,
        key: reveal(key),
        algorithm,
        keyId,
        id: randomUUID(),
        now: talk.context.startedAt,
      }),
    });
    const reply = await askJson({ name: 'token', url: new URL(endpoint), accept: 'application/json', form }, talk.http, talk.context);
    if (reply.status !== 200) throw tokenRefused(reply);
    const token = judgeToken(reply.body);
    if ('reason' in token) throw failed(token);
    if (token.expiresIn > 0) talk.context.fact('lifetime_seconds', token.expiresIn);
    return { value: token.value, expiresAt: talk.context.startedAt + token.expiresIn * 1000 };
  });
}

function tokenRefused(reply: JsonReply): ProbeFailure {
  const refusal = reply.status >= 500 ? undefined : judgeTokenRefusal(reply.body);
  return refusal === undefined ? statusFailure('token', reply) : failed(refusal);
}

/** The token endpoint of the SMART configuration (SMART App Launch 2.2, "conformance"). */
async function discover(options: FhirOptions, { http, context }: Talk): Promise<string> {
  const url = below(options.url, '.well-known/smart-configuration');
  const reply = await askJson({ name: 'discovery', url, accept: 'application/json' }, http, context);
  if (reply.status !== 200) throw statusFailure('discovery', reply);
  const endpoint = tokenEndpointOf(reply.body);
  if (endpoint === undefined) throw new ProbeFailure('content', 'discovery: the SMART configuration names no token endpoint');
  if (!isSafeForSecrets(endpoint, options.tls))
    throw new ProbeFailure('content', 'discovery: the token endpoint is not https: the client is not sent there');
  return endpoint;
}

function authorization({ auth }: FhirOptions, token: Lent | undefined): string | undefined {
  if (token !== undefined) return `Bearer ${token.value}`;
  if (auth?.bearer !== undefined) return `Bearer ${auth.bearer.reveal().trim()}`;
  if (auth?.basic === undefined) return undefined;
  return `Basic ${Buffer.from(`${reveal(auth.basic.username)}:${auth.basic.password.reveal()}`).toString('base64')}`;
}

/** An address below the base, whether that ends with a slash or not. */
function below(base: string, path: string): URL {
  return new URL(path, base.endsWith('/') ? base : `${base}/`);
}

function failed({ reason, message }: Failure): ProbeFailure {
  return new ProbeFailure(reason, message);
}

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}
