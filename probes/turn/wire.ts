// Requests of TURN (RFC 8656) and the long-term credentials that sign them (RFC 8489 9.2). Pure.
import { createHash, createHmac } from 'node:crypto';
import { encodeStun, type StunIntegrity, type StunMessage, softwareAttribute, stunAttribute, stunRequest } from '#prober/door.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** User name and password as OpaqueString (RFC 8265 4.2.2): spaces become U+0020, then NFC. ASCII stays as it is. */
export function prepare({ username, password }: Credentials): Credentials {
  return { username: opaque(username), password: opaque(password) };
}

function opaque(text: string): string {
  return text.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}

/** Credentials of the TURN REST API (draft-uberti-behave-turn-rest-00 2.2). `expiry`: Unix time in seconds. */
export function temporaryCredentials(secret: string, id: string, expiry: number): Credentials {
  const username = `${expiry}:${id}`;
  return { username, password: createHmac('sha1', secret).update(username).digest('base64') };
}

/** Password algorithms (RFC 8489 18.5), by number. */
const algorithms: ReadonlyMap<number, PasswordAlgorithm> = new Map([
  [1, 'md5'],
  [2, 'sha256'],
]);

type PasswordAlgorithm = 'md5' | 'sha256';

/** What the server's 401 asks for. */
export interface Challenge {
  /** As it came: it goes back, and into the key, unchanged. */
  readonly realm: Buffer;
  readonly nonce: Buffer;
  /** PASSWORD-ALGORITHMS, as it came. Absent: an older server, MD5 and MESSAGE-INTEGRITY. */
  readonly offered?: Buffer;
}

/** Undefined: REALM or NONCE is missing. */
export function challengeOf({ attributes }: StunMessage): Challenge | undefined {
  const [realm, nonce] = [attributes.get(stunAttribute.realm), attributes.get(stunAttribute.nonce)];
  const offered = attributes.get(stunAttribute.passwordAlgorithms);
  if (realm === undefined || nonce === undefined || nonce.length === 0) return undefined;
  return { realm, nonce, ...(offered !== undefined && { offered }) };
}

/** The first that we know of what is offered, with its number (RFC 8489 14.11); undefined when there is none. */
function chooseAlgorithm(offered: Buffer): readonly [number, PasswordAlgorithm] | undefined {
  for (let at = 0; at + 4 <= offered.length; ) {
    const number = offered.readUInt16BE(at);
    const known = algorithms.get(number);
    if (known !== undefined) return [number, known];
    const length = offered.readUInt16BE(at + 2);
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
  return undefined;
}

/** Who we are, as this server wants to hear it. */
export interface Login {
  readonly integrity: StunIntegrity;
  /** USERNAME, REALM, NONCE and what else goes with them. */
  readonly attributes: readonly (readonly [type: number, value: Buffer])[];
}

/** Undefined: the server offers no password algorithm that we know. */
export function logIn({ username, password }: Credentials, { realm, nonce, offered }: Challenge): Login | undefined {
  const attributes = [
    [stunAttribute.username, Buffer.from(username)],
    [stunAttribute.realm, realm],
    [stunAttribute.nonce, nonce],
  ] as const;
  const key = (algorithm: PasswordAlgorithm) => createHash(algorithm).update(`${username}:`).update(realm).update(`:${password}`).digest();
  if (offered === undefined) return { integrity: { hash: 'sha1', key: key('md5') }, attributes };
  const chosen = chooseAlgorithm(offered);
  if (chosen === undefined) return undefined;
  const [number, algorithm] = chosen;
  const algorithmValue = Buffer.from([0, number, 0, 0]);
  return {
    integrity: { hash: 'sha256', key: key(algorithm) },
    attributes: [...attributes, [stunAttribute.passwordAlgorithms, offered], [stunAttribute.passwordAlgorithm, algorithmValue]],
  };
}

/** Parts that change from one request to the next. */
export interface Sending {
  /** Twelve random bytes. */
  readonly id: Uint8Array;
  readonly agent: string;
  /** Absent: as nobody. */
  readonly login?: Login | undefined;
}

/** Asks for a relay by UDP (17), for as long as the server likes (RFC 8656 7.1). */
export function encodeAllocate(sending: Sending): Buffer {
  return encodeRequest(stunRequest.allocate, [stunAttribute.requestedTransport, Buffer.from([17, 0, 0, 0])], sending);
}

/** Gives the allocation back: a lifetime of zero (RFC 8656 8.1). */
export function encodeRelease(sending: Sending): Buffer {
  return encodeRequest(stunRequest.refresh, [stunAttribute.lifetime, Buffer.alloc(4)], sending);
}

function encodeRequest(type: number, own: readonly [type: number, value: Buffer], { id, agent, login }: Sending): Buffer {
  const attributes = [own, softwareAttribute(agent), ...(login?.attributes ?? [])];
  return encodeStun({ type, id, attributes, integrity: login?.integrity, fingerprint: true });
}

/** LIFETIME in seconds; undefined where there is none. */
export function lifetimeOf({ attributes }: StunMessage): number | undefined {
  const value = attributes.get(stunAttribute.lifetime);
  return value?.length === 4 ? value.readUInt32BE(0) : undefined;
}
