// The few messages of LDAP that a probe needs (RFC 4511). Pure.
import { BerReader, berTags, type Element, integer, lengthOf, Malformed, numberOf, tlv } from './ber.ts';

/** Tags of the operations (RFC 4511 4.2 to 4.12). */
export const tags = {
  bindRequest: 0x60,
  bindResponse: 0x61,
  unbindRequest: 0x42,
  searchRequest: 0x63,
  searchResultEntry: 0x64,
  searchResultDone: 0x65,
  searchResultReference: 0x73,
  extendedRequest: 0x77,
  extendedResponse: 0x78,
} as const;

const startTlsName = '1.3.6.1.4.1.1466.20037';
/** draft-behera-ldap-password-policy-10: OpenLDAP, 389 Directory Server and others say more about a bind where they are asked to. */
export const passwordPolicyName = '1.3.6.1.4.1.42.2.27.8.5.1';

/** The part that all answers but entries and references have (RFC 4511 4.1.9). */
export interface LdapResult {
  readonly code: number;
  /** Untrusted, and may repeat what was sent: never shown. */
  readonly diagnostic: string;
  /** Addresses of other servers. */
  readonly referrals: readonly string[];
  /** `responseName` of an extended response, or ''. */
  readonly name: string;
}

export type Operation =
  | { readonly type: 'bind' | 'done' | 'extended'; readonly result: LdapResult }
  | { readonly type: 'entry'; readonly attributes: Attributes }
  | { readonly type: 'reference'; readonly referrals: readonly string[] };

/** Values by the attribute's name in lower case. */
export type Attributes = ReadonlyMap<string, readonly string[]>;

/** What the control of the password policy says. */
export interface PasswordPolicy {
  /** 0 expired, 1 locked, 2 to be changed first, and more. */
  readonly error?: number;
  readonly expiresInSeconds?: number;
}

export interface Message {
  /** 0: not an answer to any request. */
  readonly id: number;
  readonly operation: Operation;
  readonly policy: PasswordPolicy;
}

export interface SearchRequest {
  readonly base: string;
  readonly scope: 'base' | 'one';
  /** Absent: whatever entry there is. */
  readonly filter?: { readonly attribute: string; readonly equals: string } | undefined;
  /** Most seconds that the server may take. */
  readonly timeLimit: number;
  /** Empty: none (RFC 4511 4.5.1.8). */
  readonly attributes: readonly string[];
}

export function encodeBind(dn: string, password: string): Buffer {
  return tlv(tags.bindRequest, integer(3), tlv(berTags.octets, dn), tlv(0x80, password));
}

/** At most one entry, aliases as they are. */
export function encodeSearch({ base, scope, filter, timeLimit, attributes }: SearchRequest): Buffer {
  const wanted = attributes.length === 0 ? ['1.1'] : attributes;
  return tlv(
    tags.searchRequest,
    tlv(berTags.octets, base),
    integer(scope === 'base' ? 0 : 1, berTags.enumerated),
    integer(0, berTags.enumerated),
    integer(1),
    integer(timeLimit),
    tlv(berTags.boolean, Buffer.of(0)),
    filter === undefined ? tlv(0x87, 'objectClass') : tlv(0xa3, tlv(berTags.octets, filter.attribute), tlv(berTags.octets, filter.equals)),
    tlv(berTags.sequence, ...wanted.map((name) => tlv(berTags.octets, name))),
  );
}

export function encodeStartTls(): Buffer {
  return tlv(tags.extendedRequest, tlv(0x80, startTlsName));
}

export function encodeUnbind(): Buffer {
  return tlv(tags.unbindRequest);
}

/** A message with the names of controls that are not critical. */
export function encodeMessage(id: number, operation: Buffer, controls: readonly string[] = []): Buffer {
  const all = controls.map((name) => tlv(berTags.sequence, tlv(berTags.octets, name)));
  return tlv(berTags.sequence, integer(id), operation, ...(all.length === 0 ? [] : [tlv(0xa0, ...all)]));
}

/** Bytes of the message that begins here; undefined while that is not known, -1 when none begins here. */
export function messageLength(bytes: Buffer): number | undefined {
  return bytes.length > 0 && bytes[0] !== berTags.sequence ? -1 : lengthOf(bytes);
}

/** Reads one whole message; undefined when it is none, or not one that a server sends. */
export function decodeMessage(bytes: Buffer): Message | undefined {
  try {
    const outer = new BerReader(bytes);
    const message = new BerReader(outer.take(berTags.sequence));
    const id = message.number();
    const body = message.next();
    const controls = message.next();
    if (id < 0 || body === undefined || outer.next() !== undefined) return undefined;
    return { id, operation: decodeOperation(body), policy: controls?.tag === 0xa0 ? decodePolicy(controls.value) : {} };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

function decodeOperation({ tag, value: contents }: Element): Operation {
  const value = new BerReader(contents);
  switch (tag) {
    case tags.bindResponse:
      return { type: 'bind', result: decodeResult(value) };
    case tags.searchResultDone:
      return { type: 'done', result: decodeResult(value) };
    case tags.extendedResponse:
      return { type: 'extended', result: decodeResult(value) };
    case tags.searchResultEntry:
      return { type: 'entry', attributes: decodeAttributes(value) };
    case tags.searchResultReference:
      return { type: 'reference', referrals: value.texts() };
    default:
      throw new Malformed();
  }
}

function decodeResult(reader: BerReader): LdapResult {
  const code = reader.number(berTags.enumerated);
  reader.take(berTags.octets);
  const diagnostic = reader.take(berTags.octets).toString();
  const rest = new Map(Array.from(reader.rest(), ({ tag, value }) => [tag, value] as const));
  const referrals = new BerReader(rest.get(0xa3) ?? Buffer.alloc(0)).texts();
  return { code, diagnostic, referrals, name: rest.get(0x8a)?.toString('latin1') ?? '' };
}

function decodeAttributes(reader: BerReader): Attributes {
  reader.take(berTags.octets);
  const list = new BerReader(reader.take(berTags.sequence));
  const attributes = new Map<string, readonly string[]>();
  for (const { value } of list.rest()) {
    const attribute = new BerReader(value);
    const name = attribute.take(berTags.octets).toString('latin1').toLowerCase();
    attributes.set(name, new BerReader(attribute.take(berTags.set)).texts());
  }
  return attributes;
}

function decodePolicy(controls: Buffer): PasswordPolicy {
  for (const { value } of new BerReader(controls).rest()) {
    const control = new BerReader(value);
    if (control.take(berTags.octets).toString('latin1') !== passwordPolicyName) continue;
    const contents = [...control.rest()].find(({ tag }) => tag === berTags.octets);
    return contents === undefined ? {} : decodePolicyValue(new BerReader(contents.value));
  }
  return {};
}

/** SEQUENCE { [0] { [0] seconds until it expires, or [1] logins left } OPTIONAL, [1] error OPTIONAL } (draft-behera 6.2). */
function decodePolicyValue(reader: BerReader): PasswordPolicy {
  const parts = new Map(Array.from(new BerReader(reader.take(berTags.sequence)).rest(), ({ tag, value }) => [tag, value] as const));
  const warning = new BerReader(parts.get(0xa0) ?? Buffer.alloc(0)).next();
  const error = parts.get(0x81);
  return {
    ...(warning?.tag === 0x80 && { expiresInSeconds: numberOf(warning.value) }),
    ...(error !== undefined && { error: numberOf(error) }),
  };
}
