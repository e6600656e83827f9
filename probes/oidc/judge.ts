// What a provider says of itself, its keys and its tokens. Pure.
import { type Failure, member } from '#prober/door.ts';

/** What is needed of the metadata (OpenID Connect Discovery 4.2, RFC 8414 2). */
export interface Metadata {
  readonly jwksUri: string;
  /** '' where there is none. */
  readonly tokenEndpoint: string;
}

export function judgeMetadata(body: unknown, issuer: string): Metadata | Failure {
  const said = member(body, 'issuer');
  if (typeof said !== 'string') return content('discovery: the answer is not the metadata of a provider');
  if (said !== issuer) return content('discovery: the provider names another issuer than the one configured');
  const jwksUri = member(body, 'jwks_uri');
  if (typeof jwksUri !== 'string' || !isHttp(jwksUri)) return content('discovery: the metadata name no address of keys');
  const tokenEndpoint = member(body, 'token_endpoint');
  return { jwksUri, tokenEndpoint: typeof tokenEndpoint === 'string' && isHttp(tokenEndpoint) ? tokenEndpoint : '' };
}

function isHttp(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

/** At least one key (RFC 7517 5). */
export function judgeKeys(body: unknown): { readonly keys: Record<string, unknown>[] } | Failure {
  const keys = member(body, 'keys');
  if (!Array.isArray(keys) || keys.length > keysLimit) return content('keys: the answer is not a set of keys');
  const usable = keys.filter((key): key is Record<string, unknown> => typeof member(key, 'kty') === 'string');
  return usable.length === 0 ? content('keys: no key is published') : { keys: usable };
}

const keysLimit = 100;

export interface Token {
  readonly value: string;
  /** Seconds; undefined where the provider does not say. */
  readonly expiresIn: number | undefined;
  readonly scope: string | undefined;
}

/** RFC 6749 5.1. */
export function judgeToken(body: unknown): Token | Failure {
  const value = member(body, 'access_token');
  const type = member(body, 'token_type');
  if (typeof value !== 'string' || value === '') return content('token: the answer holds no access token');
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') return content('token: the token is not a bearer token');
  const [expiresIn, scope] = [member(body, 'expires_in'), member(body, 'scope')];
  return {
    value,
    expiresIn: typeof expiresIn === 'number' && Number.isFinite(expiresIn) && expiresIn >= 0 ? expiresIn : undefined,
    scope: typeof scope === 'string' ? scope : undefined,
  };
}

/** What was asked and not granted; a provider that grants less says what it grants (RFC 6749 5.1). */
export function judgeScope({ scope }: Token, asked: string | undefined): Failure | undefined {
  if (scope === undefined || asked === undefined) return undefined;
  const granted = new Set(scope.split(' '));
  const missing = asked.split(' ').filter((one) => !granted.has(one)).length;
  return missing === 0 ? undefined : content(`token: the provider does not grant ${missing} of the scopes that were asked for`);
}

/** Codes of RFC 6749 5.2 that blame the client. */
const refusals = new Set(['invalid_client', 'unauthorized_client', 'invalid_grant']);
const codes = new Set([...refusals, 'invalid_request', 'invalid_scope', 'unsupported_grant_type', 'invalid_target']);

/** A refusal by the token endpoint; undefined when the answer is none in the words of RFC 6749. */
export function judgeRefusal(body: unknown): Failure | undefined {
  const code = member(body, 'error');
  if (typeof code !== 'string' || !codes.has(code)) return undefined;
  if (refusals.has(code)) return { reason: 'auth', message: `token: the provider refuses the client (${code})` };
  return { reason: 'rejected', message: `token: the provider refuses the request (${code})` };
}

export function isFailure(found: object): found is Failure {
  return 'reason' in found;
}

function content(message: string): Failure {
  return { reason: 'content', message };
}
