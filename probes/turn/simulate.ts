// A TURN server on loopback, well or ill as told, by UDP and behind TLS. It relays nothing.
import {
  converse,
  datagramSimulator,
  decodeStun,
  encodeStun,
  errorOf,
  isSignedBy,
  Secret,
  type Serve,
  type Simulator,
  type StreamFarEnd,
  type StunMessage,
  softwareAttribute,
  stunAttribute,
  stunLength,
  stunRequest,
  successOf,
  tlsSimulator,
} from '#prober/door.ts';
import { type Challenge, type Login, logIn } from './wire.ts';

const credentials = { username: 'holter', password: 'simulated password' };
const [nonce, newNonce] = [Buffer.from('nonce-1'), Buffer.from('nonce-2')];
const bothAlgorithms = Buffer.from('0002000000010000', 'hex');

type Attribute = readonly [type: number, value: Buffer];

/** What the server makes of one request, and with what it may sign. */
type Answer = (request: StunMessage, login: Login | undefined) => Buffer;

/** What differs from a server that is well. */
interface Manner {
  readonly offered?: Buffer;
  /** To an Allocate without credentials. */
  readonly challenge?: Answer;
  /** To an Allocate with credentials that are right. */
  readonly allocate?: Answer;
  /** To a Refresh. */
  readonly release?: Answer;
}

const relayed: Attribute = [stunAttribute.xorRelayedAddress, Buffer.from('0001e12e5e12a443', 'hex')];
const mapped: Attribute = [stunAttribute.xorMappedAddress, Buffer.from('0001a1475e12a443', 'hex')];
const lifetime = (seconds: number): Attribute => [stunAttribute.lifetime, Buffer.from([0, 0, seconds >> 8, seconds & 255])];

const succeed = (...attributes: readonly Attribute[]): Answer => {
  return (request, login) => reply(request, successOf(request.type), attributes, login);
};
const refuse = (code: number, ...attributes: readonly Attribute[]): Answer => {
  const value = Buffer.concat([Buffer.from([0, 0, Math.floor(code / 100), code % 100]), Buffer.from('Simulated')]);
  return (request) => reply(request, errorOf(request.type), [[stunAttribute.errorCode, value], ...attributes]);
};
const ask = (code: number, challenge: Challenge): Answer => {
  const offered: readonly Attribute[] = challenge.offered === undefined ? [] : [[stunAttribute.passwordAlgorithms, challenge.offered]];
  return refuse(code, [stunAttribute.realm, challenge.realm], [stunAttribute.nonce, challenge.nonce], ...offered);
};
const realm = Buffer.from('example.org');
const usual = {
  allocate: succeed(relayed, mapped, lifetime(600)),
  release: succeed(lifetime(0)),
};
/** Says first that the nonce is stale, and then yes. */
const renews = (then: Answer): Answer => {
  return (request, login) => {
    const isOld = request.attributes.get(stunAttribute.nonce)?.equals(nonce) === true;
    return (isOld ? ask(438, { realm, nonce: newNonce }) : then)(request, login);
  };
};

const manners: Readonly<Record<string, readonly [Simulator['modes'][string], Manner]>> = {
  well: ['ok', {}],
  well_by_sha256: ['ok', { offered: bothAlgorithms }],
  renews_nonce: ['ok', { allocate: renews(usual.allocate) }],
  renews_nonce_at_the_end: ['ok', { release: renews(usual.release) }],
  always_stale: ['rejected', { allocate: ask(438, { realm, nonce: newNonce }) }],
  another_server: ['rejected', { challenge: refuse(300) }],
  wrong_credentials: ['auth', { allocate: ask(401, { realm, nonce }) }],
  forbidden: ['auth', { challenge: refuse(403) }],
  no_udp: ['rejected', { allocate: refuse(442) }],
  quota: ['rejected', { allocate: refuse(486) }],
  no_capacity: ['rejected', { allocate: refuse(508) }],
  port_in_use: ['rejected', { allocate: refuse(437) }],
  forgets: ['rejected', { release: refuse(437) }],
  another_code: ['rejected', { allocate: refuse(599) }],
  no_code: ['protocol', { allocate: (request) => reply(request, errorOf(request.type), []) }],
  relays_for_anybody: ['content', { challenge: usual.allocate }],
  keeps: ['content', { release: succeed(lifetime(600)) }],
  no_nonce: ['protocol', { challenge: refuse(401, [stunAttribute.realm, realm]) }],
  unknown_algorithms: ['protocol', { offered: Buffer.from('00090000', 'hex') }],
  not_signed: ['protocol', { allocate: (request) => usual.allocate(request, undefined) }],
  wrong_signature: [
    'protocol',
    { allocate: (request) => usual.allocate(request, { integrity: { hash: 'sha1', key: nonce }, attributes: [] }) },
  ],
  no_relayed_address: ['protocol', { allocate: succeed(mapped, lifetime(600)) }],
  no_lifetime: ['protocol', { allocate: succeed(relayed, mapped) }],
  indication: ['protocol', { allocate: (request, login) => reply(request, request.type | 0x0010, [relayed], login) }],
  wrong_fingerprint: ['protocol', { challenge: (request) => reply(request, errorOf(request.type), [[stunAttribute.fingerprint, nonce]]) }],
  not_turn: ['protocol', { challenge: () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') }],
};

export const turnSimulator: Simulator = datagramSimulator({
  kind: 'turn',
  overStream: { transport: 'tcp' },
  fragments: [Buffer.from('011300142112a442', 'hex'), Buffer.from('001500076e6f6e63652d3100', 'hex')],
  options: (address) => ({ address, auth: account() }),
  plant: (options, secret) => ({ ...options, auth: { username: secret, password: secret } }),
  modes: Object.fromEntries(
    Object.entries(manners).map(([mode, [expected, manner]]) => [mode, [expected, (request: Buffer) => answerAs(manner, request)]]),
  ),
});

const farEnd: StreamFarEnd = {
  kind: 'turn',
  plant: (options, secret) => ({ ...options, rest: { secret }, auth: undefined }),
  options: (address, ca) => ({
    address,
    transport: ca === undefined ? 'tcp' : 'tls',
    auth: account(),
    ...(ca !== undefined && { tls: { ca } }),
  }),
  modes: {
    ...Object.fromEntries(
      Object.entries(manners).map(([mode, [expected, manner]]) => [mode, [expected, serve((bytes) => answerAs(manner, bytes)[0])]]),
    ),
    another_id: [
      'protocol',
      serve((bytes) => answerAs({}, Buffer.concat([bytes.subarray(0, 8), Buffer.alloc(12), bytes.subarray(20)]))[0]),
    ],
    cuts: ['reset', serve((bytes) => answerAs({}, bytes)[0]?.subarray(0, 10), true)],
    silent_when_logged_in: ['timeout', serve((bytes) => (hasLogin(bytes) ? undefined : answerAs({}, bytes)[0]))],
    closes_when_logged_in: ['reset', serve((bytes) => answerAs({}, bytes)[0], true)],
  },
};

export const turnTlsSimulator: Simulator = tlsSimulator(farEnd, [
  'well_by_sha256',
  'quota',
  'wrong_credentials',
  'another_id',
  'cuts',
  'silent_when_logged_in',
  'closes_when_logged_in',
]);

function account() {
  return { username: credentials.username, password: new Secret(credentials.password) };
}

/** What a server of this manner sends back; nothing where it was not asked in its language. */
function answerAs(manner: Manner, bytes: Buffer): readonly Buffer[] {
  const request = decodeStun(bytes);
  if (request === undefined) return [];
  const asked: Challenge = { realm, nonce: request.attributes.get(stunAttribute.nonce) ?? nonce, ...offer(manner) };
  const login = logIn(credentials, asked);
  const signed = login === undefined ? undefined : isSignedBy(request, login.integrity);
  if (signed === false) return [ask(401, asked)(request, login)];
  if (request.type === stunRequest.refresh) return [(manner.release ?? usual.release)(request, signed === true ? login : undefined)];
  if (signed === undefined) return [(manner.challenge ?? ask(401, asked))(request, undefined)];
  return [(manner.allocate ?? usual.allocate)(request, login)];
}

function offer({ offered }: Manner): Pick<Challenge, 'offered'> {
  return offered === undefined ? {} : { offered };
}

function hasLogin(bytes: Buffer): boolean {
  return decodeStun(bytes)?.attributes.has(stunAttribute.username) === true;
}

function serve(answer: (request: Buffer) => Buffer | undefined, cut = false): Serve {
  return converse(
    (heard) => {
      const length = stunLength(heard);
      return length !== undefined && length > 0 && heard.length >= length ? answer(heard) : undefined;
    },
    cut ? (socket) => socket.destroy() : undefined,
  );
}

function reply(request: StunMessage, type: number, attributes: readonly Attribute[], login?: Login): Buffer {
  const all = [softwareAttribute('Simulated'), ...attributes];
  return encodeStun({ type, id: request.id, attributes: all, integrity: login?.integrity, fingerprint: false });
}
