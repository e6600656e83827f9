// An OpenID provider on loopback, well or ill as told.
import { generateKeyPairSync, sign } from 'node:crypto';
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

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const published = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' };

/** What is changed of an answer that is well. */
interface Manner {
  readonly metadata?: (metadata: Record<string, unknown>) => object;
  readonly keys?: object;
  readonly token?: HttpAnswer;
  readonly claims?: object;
  readonly foreignKey?: boolean;
  readonly all?: HttpAnswer;
  readonly silentAt?: string;
}

const json = (value: object, status = 200): HttpAnswer => ({ status, body: JSON.stringify(value) });

const manners: Readonly<Record<string, readonly [Simulator['modes'][string], Manner]>> = {
  well: ['ok', {}],
  no_discovery: ['rejected', { all: json({ error: 'not found' }, 404) }],
  busy: ['rejected', { all: { ...json({}, 503), headers: { 'retry-after': '30' } } }],
  broken: ['rejected', { all: json({}, 500) }],
  page: ['content', { all: { status: 200, body: '<h1>Maintenance</h1>' } }],
  moved: ['content', { all: { status: 302, body: '', headers: { location: '/elsewhere' } } }],
  other_issuer: ['content', { metadata: (metadata) => ({ ...metadata, issuer: 'https://other.example.org' }) }],
  no_jwks: ['content', { metadata: ({ issuer }) => ({ issuer }) }],
  no_token_endpoint: ['content', { metadata: ({ issuer, jwks_uri }) => ({ issuer, jwks_uri }) }],
  plain_token_endpoint: ['content', { metadata: (metadata) => ({ ...metadata, token_endpoint: 'http://login.invalid/token' }) }],
  no_keys: ['content', { keys: { keys: [] } }],
  wrong_secret: ['auth', { token: json({ error: 'invalid_client' }, 401) }],
  forbidden: ['auth', { token: json({}, 403) }],
  wrong_scope: ['rejected', { token: json({ error: 'invalid_scope' }, 400) }],
  no_token: ['content', { token: json({ token_type: 'Bearer' }) }],
  less_scope: ['content', { token: json({ access_token: 'a', token_type: 'Bearer', scope: 'other' }) }],
  opaque: ['content', { token: json({ access_token: 'opaque', token_type: 'Bearer' }) }],
  not_bearer: ['content', { token: json({ access_token: 'a', token_type: 'DPoP' }) }],
  foreign_key: ['content', { foreignKey: true }],
  foreign_issuer: ['content', { claims: { iss: 'https://other.example.org' } }],
  expired_token: ['content', { claims: { exp: 1 } }],
  silent_keys: ['timeout', { silentAt: '/keys' }],
  silent_token: ['timeout', { silentAt: '/token' }],
};

const farEnd: StreamFarEnd = {
  kind: 'oidc',
  plant: (options, secret) => ({ ...options, client: { id: 'holter', secret } }),
  options: (address, ca) => ({
    issuer: `${ca === undefined ? 'http' : 'https'}://${address}`,
    ...(ca !== undefined && { tls: { ca } }),
    client: { id: 'holter', secret: new Secret('simulated client secret') },
    scope: 'system/Patient.rs',
  }),
  modes: {
    ...Object.fromEntries(
      Object.entries(manners).map(([mode, [expected, manner]]) => [mode, [expected, serveHttp((question) => provider(question, manner))]]),
    ),
    garbage: ['protocol', (socket) => void socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n')],
    endless: ['content', pour('HTTP/1.1 200 OK\r\n\r\n', Buffer.alloc(16_384, 'x'))],
  },
};

export const oidcSimulator: Simulator = streamSimulator(farEnd);

/** The same provider behind TLS. */
export const oidcTlsSimulator: Simulator = tlsSimulator(farEnd);

function provider({ path, origin }: HttpQuestion, manner: Manner): HttpAnswer | undefined {
  if (path === manner.silentAt) return undefined;
  if (manner.all !== undefined) return manner.all;
  const metadata = { issuer: origin, jwks_uri: `${origin}/keys`, token_endpoint: `${origin}/token` };
  if (path === '/.well-known/openid-configuration') return json(manner.metadata?.(metadata) ?? metadata);
  if (path === '/keys') return json(manner.keys ?? { keys: [published] });
  if (path !== '/token') return json({}, 404);
  return manner.token ?? json({ access_token: tokenOf(origin, manner), token_type: 'Bearer', expires_in: 300, scope: 'system/Patient.rs' });
}

/** Signed without the library that verifies it (RFC 7515 5.1). */
function tokenOf(issuer: string, { claims, foreignKey }: Manner): string {
  const now = Math.floor(Date.now() / 1000);
  const parts = [
    { alg: 'ES256', kid: 'k1', typ: 'at+jwt' },
    { iss: issuer, sub: 'holter', aud: 'fhir', iat: now, exp: now + 300, ...claims },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const { privateKey } = foreignKey === true ? other : pair;
  const signature = sign('sha256', Buffer.from(parts.join('.')), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return [...parts, signature.toString('base64url')].join('.');
}
