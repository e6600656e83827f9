// A SIP server on loopback, well or ill as told, by UDP, behind TLS, and by WebSocket behind TLS.
import {
  closeFrame,
  converse,
  datagramSimulator,
  frame,
  opcode,
  pour,
  type Serve,
  type Simulator,
  type StreamFarEnd,
  serveWebSocket,
  tlsSimulator,
} from '#prober/door.ts';

/** What is sent back for a request; several messages for several answers. */
type Answer = (request: string) => readonly string[];

/** Fields of an answer in the place of the usual ones; the empty text leaves one out. */
type Changes = Readonly<Record<string, string>>;

const well: Answer = (request) => [reply(request, '200 OK')];

const answers: Readonly<Record<string, readonly [Simulator['modes'][string], Answer]>> = {
  well: ['ok', well],
  hop_limit: ['ok', (request) => [reply(request, '483 Too Many Hops')]],
  wants_log_in: ['ok', (request) => [reply(request, '407 Proxy Authentication Required')]],
  tries_first: ['ok', (request) => [reply(request, '100 Trying'), reply(request, '200 OK')]],
  only_tries: ['timeout', (request) => [reply(request, '100 Trying')]],
  bad_request: ['rejected', (request) => [reply(request, '400 Bad Request')]],
  next_hop_silent: ['rejected', (request) => [reply(request, '408 Request Timeout')]],
  next_hop_dead: ['rejected', (request) => [reply(request, '504 Server Time-out')]],
  broken: ['rejected', (request) => [reply(request, '500 Server Internal Error')]],
  busy: ['rejected', (request) => [reply(request, '503 Service Unavailable', { 'Retry-After': '30' })]],
  other_requests: ['protocol', (request) => Array.from({ length: 5 }, () => reply(request.replaceAll('z9hG4bK', 'z9hG4bKx'), '200 OK'))],
  other_call: ['protocol', (request) => [reply(request, '200 OK', { 'Call-ID': 'another' })]],
  other_caller: ['protocol', (request) => [reply(request, '200 OK', { From: '<sip:holter@127.0.0.1>;tag=another' })]],
  other_hop: ['protocol', (request) => [reply(request, '200 OK', { Route: 'x\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1' })]],
  no_via: ['protocol', (request) => [reply(request, '200 OK', { Via: '' })]],
  wrong_length: ['protocol', (request) => [reply(request, '200 OK', { 'Content-Length': '-1' })]],
  odd_code: ['protocol', (request) => [reply(request, '4294967301 better not break the receiver')]],
  not_sip: ['protocol', () => ['HTTP/1.1 400 Bad Request\r\n\r\n']],
  own_question: ['protocol', (request) => [request]],
};

export const sipSimulator: Simulator = datagramSimulator({
  kind: 'sip',
  overStream: { transport: 'tcp' },
  fragments: [
    'SIP/2.0 200 OK\r\n',
    'SIP/2.0 100 Trying\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n',
    'l: 0\r\n\r\n',
    'v:\r\n SIP/2.0/TLS "\r\n',
    'f: <sip:a@b>;tag=1\r\nt: <sip:a@b>\r\ni: 1\r\nCSeq: 1 OPTIONS\r\nl: 999999\r\n\r\n',
  ].map((text) => Buffer.from(text)),
  options: (address) => ({ address }),
  modes: {
    ...Object.fromEntries(Object.entries(answers).map(([mode, [expected, answer]]) => [mode, [expected, byDatagram(answer)]])),
    no_length: ['ok', byDatagram((request) => [reply(request, '200 OK', { 'Content-Length': '' })])],
    cut_body: ['protocol', byDatagram((request) => [reply(request, '200 OK', { 'Content-Length': '100' })])],
    no_end: ['protocol', byDatagram((request) => [reply(request, '200 OK').trimEnd()])],
  },
});

const streamModes: StreamFarEnd['modes'] = {
  ...Object.fromEntries(Object.entries(answers).map(([mode, [expected, answer]]) => [mode, [expected, byStream(answer)]])),
  no_length: ['protocol', byStream((request) => [reply(request, '200 OK', { 'Content-Length': '' })])],
  announces_much: ['content', byStream((request) => [reply(request, '200 OK', { 'Content-Length': '999999' })])],
  endless_header: ['content', pour('SIP/2.0 200 OK\r\n', Buffer.from('Allow: OPTIONS\r\n'.repeat(1000)))],
  keeps_alive: ['ok', byStream((request) => ['\r\n\r\n', reply(request, '200 OK')])],
  cut_body: ['timeout', byStream((request) => [reply(request, '200 OK', { 'Content-Length': '100' })])],
  cuts: ['reset', byStream((request) => [reply(request, '200 OK').slice(0, 40)], true)],
};

export const sipTlsSimulator: Simulator = tlsSimulator(
  {
    kind: 'sip',
    options: (address, ca) => ({ address, transport: 'tls', ...(ca !== undefined && { tls: { ca } }) }),
    modes: streamModes,
  },
  Object.keys(streamModes).filter((mode) => mode !== 'well'),
);

const webSocketModes: StreamFarEnd['modes'] = {
  ...Object.fromEntries(Object.entries(answers).map(([mode, [expected, answer]]) => [mode, [expected, byWebSocket(answer)]])),
  binary: ['ok', byWebSocket(well, opcode.binary)],
  no_length: ['ok', byWebSocket((request) => [reply(request, '200 OK', { 'Content-Length': '' })])],
  much: ['content', byWebSocket((request) => [`${reply(request, '200 OK')}${'x'.repeat(70_000)}`])],
  no_subprotocol: ['content', serveWebSocket({ upgrade: (right) => right.replace(/Sec-WebSocket-Protocol.*\r\n/, '') })],
  forbids_upgrade: ['auth', serveWebSocket({ upgrade: () => 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n' })],
  turns_away: ['rejected', serveWebSocket({ answer: () => closeFrame(1013) })],
};

export const sipWssSimulator: Simulator = tlsSimulator(
  {
    kind: 'sip',
    options: (address, ca) => ({ address, transport: 'wss', ...(ca !== undefined && { tls: { ca } }) }),
    modes: webSocketModes,
  },
  Object.keys(webSocketModes).filter((mode) => mode !== 'well'),
);

function byDatagram(answer: Answer): (request: Buffer) => readonly Buffer[] {
  return (request) => answer(request.toString('latin1')).map((text) => Buffer.from(text, 'latin1'));
}

function byStream(answer: Answer, cut = false): Serve {
  return converse(
    (heard) => (heard.includes('\r\n\r\n') ? answer(heard.toString('latin1')).join('') : undefined),
    cut ? (socket) => socket.destroy() : undefined,
  );
}

/** Messages are answered, and frames that govern the connection are treated as usual. */
function byWebSocket(answer: Answer, code: number = opcode.text): Serve {
  return serveWebSocket({
    answer: ({ opcode: asked, payload }) =>
      asked === opcode.text ? Buffer.concat(answer(payload.toString('latin1')).map((text) => frame(code, text))) : undefined,
  });
}

/** Fields that an answer takes from the request (RFC 3261 8.2.6.2), and some of its own. */
function reply(request: string, status: string, changes: Changes = {}): string {
  const taken = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => [name, fieldOf(request, name)] as const);
  const fields: Changes = { ...Object.fromEntries(taken), Server: 'Holter simulated server', 'Content-Length': '0', ...changes };
  const lines = Object.entries(fields).filter(([, value]) => value !== '');
  return `SIP/2.0 ${status}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

function fieldOf(request: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, 'm').exec(request)?.[1]?.trimEnd() ?? '';
}
