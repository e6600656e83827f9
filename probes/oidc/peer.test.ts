// Against a provider that we did not write: the npm package oidc-provider, in a process of its own.
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { oidc } from './probe.ts';

const timeoutMs = 8000;
const shortMs = 1500;
const secret = 's'.repeat(40);

const provider = (port: number, keys: object) => `
import { Provider } from ${JSON.stringify(import.meta.resolve('oidc-provider'))};
const client = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const scope = 'system/Patient.read';
new Provider('http://127.0.0.1:${port}', {
  scopes: [scope],
  clientAuthMethods: ['client_secret_basic', 'private_key_jwt'],
  enabledJWA: { clientAuthSigningAlgValues: ['ES384', 'RS384'] },
  clients: [
    { ...client, client_id: 'basic', client_secret: '${secret}', token_endpoint_auth_method: 'client_secret_basic' },
    ...Object.entries(${JSON.stringify(keys)}).map(([alg, jwk]) => ({ ...client, client_id: alg, token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: alg, jwks: { keys: [jwk] } })),
  ],
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false }, resourceIndicators: { enabled: true, defaultResource: () => 'urn:fhir',
    getResourceServerInfo: () => ({ scope, audience: 'urn:fhir', accessTokenFormat: 'jwt', accessTokenTTL: 300 }) } },
}).listen(${port}, '127.0.0.1');
`;

describeWithPeers([process.execPath], 'oidc against oidc-provider', () => {
  const folder = temporaryFolder('oidc-provider');
  const pairs = {
    ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    RS384: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  };
  let issuer: string;
  let port: number;
  let server: RunningPeer;
  const start = () => startPeer({ program: process.execPath, args: [join(folder.path, 'op.mjs')], port });
  beforeAll(async () => {
    port = await freePort();
    issuer = `http://127.0.0.1:${port}`;
    const keys = Object.fromEntries(
      Object.entries(pairs).map(([alg, { publicKey }]) => [alg, { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg, use: 'sig' }]),
    );
    writeFileSync(join(folder.path, 'op.mjs'), provider(port, keys));
    server = await start();
  }, 30_000);
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });
  const ask = (options: object, ms = timeoutMs) => attempt(oidc, { issuer, ...options }, ms);
  const scope = 'system/Patient.read';

  test('discovery and keys alone', async () => {
    const result = await ask({});
    expect(summary(result)).toBe('ok');
    expect(result.facts['keys']).toBeGreaterThan(0);
    expect(Object.keys(result.phases)).toEqual(expect.arrayContaining(['discovery', 'keys']));
  });

  test('a token by secret, verified by the published keys', async () => {
    const result = await ask({ client: { id: 'basic', secret: new Secret(secret) }, scope, audience: 'urn:fhir' });
    expect(summary(result)).toBe('ok');
    expect(result.facts['lifetime_seconds']).toBe(300);
  });

  test.each(['ES384', 'RS384'] as const)('a token by assertion, %s', async (algorithm) => {
    const pem = pairs[algorithm].privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(summary(await ask({ client: { id: algorithm, key: new Secret(pem), algorithm, key_id: 'k1' }, scope }))).toBe('ok');
    const jwk = JSON.stringify(pairs[algorithm].privateKey.export({ format: 'jwk' }));
    expect(summary(await ask({ client: { id: algorithm, key: new Secret(jwk), algorithm }, scope }))).toBe('ok');
  });

  test('ill: a wrong secret, a foreign key, another scope, another audience, another issuer', async () => {
    expect(summary(await ask({ client: { id: 'basic', secret: new Secret('wrong') }, scope }))).toBe(
      'auth: token: the provider refuses the client (invalid_client)',
    );
    const foreign = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(found(await ask({ client: { id: 'ES384', key: new Secret(foreign) }, scope }))).toBe('auth');
    const more = await ask({ client: { id: 'basic', secret: new Secret(secret) }, scope: `${scope} admin` });
    expect(summary(more)).toBe('content: token: the provider does not grant 1 of the scopes that were asked for');
    const other = await ask({ client: { id: 'basic', secret: new Secret(secret) }, scope, audience: 'urn:other' });
    expect(summary(other)).toBe('content: token: its claim "aud" is not the one expected');
    expect(found(await ask({ issuer: `http://localhost:${port}` }))).toBe('content');
  });

  test('a key that cannot be read is our own trouble', async () => {
    const result = await ask({ client: { id: 'ES384', key: new Secret('nonsense') }, scope });
    expect(found(result)).toBe('internal');
    expect(summary(result)).not.toContain('nonsense');
  });

  test('frozen, then stopped', async () => {
    await server.freeze();
    expect(found(await ask({}, shortMs))).toBe('timeout');
    server.signal('SIGCONT');
    await server.stop();
    expect(found(await ask({}))).toBe('refused');
    server = await start();
    expect(found(await ask({}))).toBe('ok');
  });
});
