// Reads what a provider says of itself, its keys, and gets a token that they must verify.
import { randomUUID } from 'node:crypto';
import {
  askJson,
  certificateFacts,
  defineProbe,
  type Failure,
  isSafeForSecrets,
  noteCertificate,
  type ProbeContext,
  ProbeFailure,
  reveal,
  type StepOptions,
  signAssertion,
  statusFailure,
  streamReasons,
  tlsOptionsOf,
  tokenTrouble,
} from '#prober/door.ts';
import { isFailure, judgeKeys, judgeMetadata, judgeRefusal, judgeScope, judgeToken, type Metadata, type Token } from './judge.ts';
import { type OidcOptions, Options } from './options.ts';

const bodyLimit = 262_144;

export const oidc = defineProbe({
  kind: 'oidc',
  summary: 'Reads the discovery document and keys of an OpenID provider, and gets a token that the keys must verify.',
  options: Options,
  effect: 'session',
  leastInterval: 60_000,
  defaultTimeout: 10_000,
  pausesAfterAuth: true,
  reasons: [...streamReasons, 'protocol', 'rejected', 'content'],
  facts: [
    { name: 'lifetime_seconds', help: 'How long the token holds, as the provider says.' },
    { name: 'keys', help: 'Keys that the provider publishes.' },
    ...certificateFacts,
  ],
  host: ({ issuer }) => hostAndPort(new URL(issuer)),
  run,
});

async function run(options: OidcOptions, context: ProbeContext): Promise<void> {
  const http: StepOptions = { bodyLimit, tls: tlsOptionsOf(options.tls), onTls: noteCertificate(context) };
  const metadata = ours(await askStep('discovery', wellKnown(options), http, context).then((body) => judgeMetadata(body, options.issuer)));
  const keys = ours(judgeKeys(await askStep('keys', new URL(metadata.jwksUri), http, context)));
  context.fact('keys', keys.keys.length);
  if (options.client === undefined) return;
  const token = await getToken(options, metadata, { http, context });
  if (token.expiresIn !== undefined) context.fact('lifetime_seconds', token.expiresIn);
  const lack = judgeScope(token, options.scope);
  if (lack !== undefined) throw new ProbeFailure(lack.reason, lack.message);
  if (!options.verify) return;
  const audience = options.audience ?? options.resource;
  const proof = { issuer: options.issuer, now: context.startedAt, ...(audience !== undefined && { audience }) };
  const trouble = await tokenTrouble(token.value, keys, proof);
  if (trouble !== undefined) throw new ProbeFailure('content', `token: ${trouble}`);
}

async function askStep(name: string, url: URL, http: StepOptions, context: ProbeContext): Promise<unknown> {
  const reply = await askJson({ name, url, accept: 'application/json' }, http, context);
  if (reply.status !== 200) throw statusFailure(name, reply);
  return reply.body;
}

/** Behind the issuer (OpenID Connect Discovery 4), or before its path (RFC 8414 3.1). */
function wellKnown({ issuer, discovery }: OidcOptions): URL {
  const url = new URL(issuer);
  const path = url.pathname.replace(/\/$/, '');
  url.pathname = discovery === 'openid' ? `${path}/.well-known/openid-configuration` : `/.well-known/oauth-authorization-server${path}`;
  return url;
}

interface Talk {
  readonly http: StepOptions;
  readonly context: ProbeContext;
}

async function getToken(options: OidcOptions, { tokenEndpoint }: Metadata, { http, context }: Talk): Promise<Token> {
  const { client } = options;
  if (tokenEndpoint === '' || client === undefined) throw new ProbeFailure('content', 'discovery: the metadata name no token endpoint');
  if (!isSafeForSecrets(tokenEndpoint, options.tls))
    throw new ProbeFailure('content', 'discovery: the token endpoint is not https: the client is not sent there');
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (options.scope !== undefined) form.set('scope', options.scope);
  if (options.resource !== undefined) form.set('resource', options.resource);
  const headers = [];
  if (client.secret !== undefined) {
    const pair = `${encodeURIComponent(client.id)}:${encodeURIComponent(reveal(client.secret))}`;
    headers.push({ name: 'authorization', value: `Basic ${Buffer.from(pair).toString('base64')}`, secret: true });
  } else if (client.key !== undefined) {
    form.set('client_id', client.id);
    form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    form.set('client_assertion', await assertionOf(client, tokenEndpoint, context));
  }
  const step = { name: 'token', url: new URL(tokenEndpoint), accept: 'application/json', headers, form };
  const reply = await askJson(step, http, context);
  if (reply.status === 200) return ours(judgeToken(reply.body));
  const refusal = reply.status >= 500 ? undefined : judgeRefusal(reply.body);
  throw refusal === undefined ? statusFailure('token', reply) : new ProbeFailure(refusal.reason, refusal.message);
}

function assertionOf(client: NonNullable<OidcOptions['client']>, audience: string, context: ProbeContext): Promise<string> {
  return signAssertion({
    clientId: client.id,
    audience,
    key: client.key === undefined ? '' : reveal(client.key),
    algorithm: client.algorithm,
    keyId: client.key_id ?? '',
    id: randomUUID(),
    now: context.startedAt,
  });
}

/** What is well, or the failure thrown. */
function ours<T extends object>(found: T | Failure): T {
  if (isFailure(found)) throw new ProbeFailure(found.reason, found.message);
  return found;
}

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}
