// JSON Web Tokens: what a client signs to prove who it is, and what a server's token must prove (RFC 7515, 7519, 7523).
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
import type { EpochMs } from '#model/time.ts';

export const assertionAlgorithms = ['RS256', 'RS384', 'ES256', 'ES384'] as const;

export interface Assertion {
  readonly clientId: string;
  /** Who it is for: the address of the token endpoint. */
  readonly audience: string;
  /** Private key: PEM, or a JWK as JSON. */
  readonly key: string;
  readonly algorithm: (typeof assertionAlgorithms)[number];
  /** '' where the far end knows one key only. */
  readonly keyId: string;
  /** Unique: a replay is refused. */
  readonly id: string;
  readonly now: EpochMs;
}

const secondMs = 1000;
/** SMART App Launch 2.2 allows 5 minutes; clocks differ. */
const assertionLifetime = 240;

/** A signed client assertion (RFC 7523 2.2). Throws a TypeError where the key cannot be read or is of another kind. */
export async function signAssertion(assertion: Assertion): Promise<string> {
  const issued = Math.floor(assertion.now / secondMs);
  const { clientId, audience, algorithm, keyId, id } = assertion;
  return new SignJWT({ jti: id })
    .setProtectedHeader({ alg: algorithm, typ: 'JWT', ...(keyId !== '' && { kid: keyId }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setIssuedAt(issued)
    .setExpirationTime(issued + assertionLifetime)
    .sign(readKey(assertion.key));
}

/** Reading a key of P-384 costs more than signing with it, and there are few. */
const read = new Map<string, KeyObject>();
const mostRead = 256;

function readKey(text: string): KeyObject {
  const known = read.get(text);
  if (known !== undefined) return known;
  const isJwk = text.trimStart().startsWith('{');
  const key = createPrivateKey(isJwk ? { key: JSON.parse(text) as Record<string, string>, format: 'jwk' } : text);
  const [oldest] = read.keys();
  if (read.size >= mostRead && oldest !== undefined) read.delete(oldest);
  read.set(text, key);
  return key;
}

/** What a token must prove. */
export interface Proof {
  readonly issuer: string;
  /** Absent: any. */
  readonly audience?: string;
  readonly now: EpochMs;
}

/** Undefined: the token is what it claims, by one of these keys. Else what is wrong, without a part of the token. */
export async function tokenTrouble(token: string, keys: JSONWebKeySet, proof: Proof): Promise<string | undefined> {
  try {
    await jwtVerify(token, createLocalJWKSet(keys), {
      issuer: proof.issuer,
      currentDate: new Date(proof.now),
      clockTolerance: 60,
      ...(proof.audience !== undefined && { audience: proof.audience }),
    });
    return undefined;
  } catch (error) {
    if (error instanceof errors.JWTClaimValidationFailed) return `its claim "${error.claim}" is not the one expected`;
    if (error instanceof errors.JWTExpired) return 'it has expired already';
    if (error instanceof errors.JWKSNoMatchingKey) return 'it is signed by a key that is not published';
    if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is not by the published key';
    if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof DOMException)
      return 'it is not a signed token that can be verified';
    throw error;
  }
}
