// A directory on loopback, well or ill as told. It holds its root DSE and the entry of one account.
import type { Socket } from 'node:net';
import { Secret, type Serve, type Simulator, type StreamFarEnd, streamSimulator, tlsSimulator } from '#prober/door.ts';
import { BerReader, type Element, integer, tlv } from './ber.ts';
import { encodeMessage, messageLength, tags } from './wire.ts';

/** What is sent for a request, by the tag of its operation. `base`: of a search. */
interface Manner {
  readonly bind?: readonly Buffer[];
  readonly search?: (base: string) => readonly Buffer[];
  /** Added to every message id. */
  readonly shift?: number;
  /** The session ends at the first request. */
  readonly disconnects?: boolean;
}

const account = 'uid=holter,dc=example,dc=org';
const done = (code: number, diagnostic = '') => answer(tags.searchResultDone, code, diagnostic);
const bound = (code: number, diagnostic = '') => answer(tags.bindResponse, code, diagnostic);
const root = entry('', { dnsHostName: 'ldap1.example.org', vendorName: 'Holter', vendorVersion: 'simulated' });
const own = entry(account, { description: 'probe' });
const whole = (base: string) => [base === '' ? root : own, done(0)];
const refuse = (code: number): Manner => ({ search: () => [done(code)] });
/** Of Active Directory. */
const windows = (data: string) => `80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data ${data}, v4563`;

const manners: Readonly<Record<string, readonly [Simulator['modes'][string], Manner]>> = {
  well: ['ok', {}],
  busy: ['rejected', refuse(51)],
  unavailable: ['rejected', refuse(52)],
  unwilling: ['rejected', refuse(53)],
  broken: ['rejected', refuse(80)],
  wants_log_in: ['auth', refuse(8)],
  wants_tls: ['auth', refuse(13)],
  forbidden: ['auth', refuse(50)],
  no_such_entry: ['content', refuse(32)],
  sends_elsewhere: ['content', refuse(10)],
  shows_nothing: ['content', { search: () => [done(0)] }],
  two_entries: ['content', { search: () => [root, root, done(0)] }],
  endless_entries: ['content', { search: () => Array.from({ length: 1000 }, () => root) }],
  endless_references: [
    'content',
    { search: () => Array.from({ length: 1000 }, () => tlv(tags.searchResultReference, tlv(4, 'ldap://x/'))) },
  ],
  other_id: ['protocol', { shift: 7 }],
  other_answer: ['protocol', { search: () => [bound(0)] }],
  disconnects: ['rejected', { disconnects: true }],
};

const bindManners: typeof manners = {
  wrong_password: ['auth', { bind: [bound(49)] }],
  wrong_password_windows: ['auth', { bind: [bound(49, windows('52e'))] }],
  locked: ['auth', { bind: [bound(49, windows('775'))] }],
  no_simple_bind: ['auth', { bind: [bound(7)] }],
  hides_entry: ['content', { search: (base) => (base === '' ? whole(base) : [done(0)]) }],
  other_value: ['content', { search: (base) => [base === '' ? root : entry(account, { description: 'somebody' }), done(0)] }],
  lacks_attribute: ['content', { search: (base) => [base === '' ? root : entry(account, {}), done(0)] }],
};

const farEnd: StreamFarEnd = {
  kind: 'ldap',
  plant: (options, secret) => ({ ...options, security: 'ldaps', bind: { dn: secret, password: secret } }),
  options: (address, ca) => ({
    address,
    security: ca === undefined ? 'none' : 'ldaps',
    ...(ca !== undefined && {
      tls: { ca },
      bind: { dn: account, password: new Secret('simulated password') },
      search: { base: account, expect: { description: 'probe' } },
    }),
  }),
  drips: 'protocol',
  fragments: [
    encodeMessage(1, root),
    encodeMessage(1, done(0)),
    encodeMessage(1, done(51)),
    encodeMessage(2, bound(49, windows('775'))),
    encodeMessage(2, own),
    encodeMessage(0, notice(52)),
    // Two gigabytes are announced; the indefinite length; a length of more bytes than there are.
    Buffer.from('30847fffffff', 'hex'),
    Buffer.from('3080', 'hex'),
    Buffer.from('30ff', 'hex'),
    Buffer.from('300c02010165070a010004000484ffffffff', 'hex'),
  ],
  modes: {
    ...modesOf(manners),
    ...modesOf(bindManners),
    not_ldap: ['protocol', (socket) => void socket.resume().write('SSH-2.0-OpenSSH_9.2\r\n')],
    indefinite_length: ['protocol', onRequest(Buffer.from('3080', 'hex'))],
    two_gigabytes: ['content', onRequest(Buffer.concat([Buffer.from('30847fffffff', 'hex'), Buffer.alloc(4_194_304)]))],
    half_an_answer: ['timeout', onRequest(encodeMessage(1, root).subarray(0, 20))],
    closes_in_the_answer: ['reset', onRequest(encodeMessage(1, root).subarray(0, 20), (socket) => socket.end())],
  },
};
const bindModes = Object.keys(bindManners);

/** In plain: the root DSE, anonymously. */
export const ldapSimulator: Simulator = streamSimulator({
  ...farEnd,
  modes: Object.fromEntries(Object.entries(farEnd.modes).filter(([mode]) => !bindModes.includes(mode))),
});

/** With TLS from the start, a bind, and the account's own entry. */
export const ldapTlsSimulator: Simulator = tlsSimulator(farEnd, bindModes);

function modesOf(all: typeof manners): StreamFarEnd['modes'] {
  return Object.fromEntries(Object.entries(all).map(([mode, [expected, manner]]) => [mode, [expected, directory(manner)]]));
}

/** The same bytes to the first request, whatever it is. */
function onRequest(bytes: Buffer, then?: (socket: Socket) => void): Serve {
  return (socket) => {
    socket.once('data', () => socket.write(bytes, () => then?.(socket)));
  };
}

function directory(manner: Manner): Serve {
  return (socket) => {
    let heard = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]).subarray(-65_536);
      for (let length = messageLength(heard); length !== undefined && length > 0 && length <= heard.length; length = messageLength(heard)) {
        serve(socket, heard.subarray(0, length), manner);
        heard = heard.subarray(length);
      }
    });
  };
}

function serve(socket: Socket, request: Buffer, manner: Manner): void {
  const message = new BerReader(new BerReader(request).take(0x30));
  const id = message.number() + (manner.shift ?? 0);
  const operation = message.next();
  if (operation?.tag === tags.unbindRequest) socket.end();
  else if (manner.disconnects === true) socket.end(encodeMessage(0, notice(52)));
  else for (const reply of repliesTo(operation, manner)) socket.write(encodeMessage(id, reply));
}

function repliesTo(operation: Element | undefined, manner: Manner): readonly Buffer[] {
  if (operation?.tag === tags.bindRequest) return manner.bind ?? [bound(0)];
  if (operation?.tag !== tags.searchRequest) return [];
  return (manner.search ?? whole)(new BerReader(operation.value).take(4).toString());
}

function answer(tag: number, code: number, diagnostic: string, ...more: readonly Buffer[]): Buffer {
  return tlv(tag, integer(code, 0x0a), tlv(4, ''), tlv(4, diagnostic), ...more);
}

function notice(code: number): Buffer {
  return answer(tags.extendedResponse, code, '', tlv(0x8a, '1.3.6.1.4.1.1466.20036'));
}

function entry(dn: string, attributes: Readonly<Record<string, string>>): Buffer {
  const list = Object.entries(attributes).map(([name, value]) => tlv(0x30, tlv(4, name), tlv(0x31, tlv(4, value))));
  return tlv(tags.searchResultEntry, tlv(4, dn), tlv(0x30, ...list));
}
