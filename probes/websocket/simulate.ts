// A WebSocket server on loopback, well or ill as told: a waiting room that greets, answers `hello`, and knows one subprotocol.
import type { Socket } from 'node:net';
import {
  closeFrame,
  type Frame,
  frame,
  opcode,
  pour,
  type Serve,
  type Simulator,
  type StreamFarEnd,
  serveWebSocket,
  streamSimulator,
  tlsSimulator,
  upgradeAnswer,
} from '#prober/door.ts';

const greeting = frame(opcode.text, '{"room":"waiting"}');
const nothing = Buffer.alloc(0);

const instead = (status: string, headers = ''): Serve =>
  serveWebSocket({ upgrade: () => `HTTP/1.1 ${status}\r\nContent-Length: 0\r\n${headers}\r\n` });
const altered = (from: RegExp | string, to: string): Serve => serveWebSocket({ upgrade: (right) => right.replace(from, to) });
/** Answers a ping in this way, and all else as it should be. */
const toPing = (answer: (payload: Buffer) => Buffer): Serve =>
  serveWebSocket({ greeting, answer: (heard) => (heard.opcode === opcode.ping ? answer(heard.payload) : room(heard)) });
const toMessage = (answer: Buffer): Serve => serveWebSocket({ answer: (heard) => (heard.opcode === opcode.text ? answer : room(heard)) });
const toClose = (answer: Buffer): Serve =>
  serveWebSocket({ greeting, answer: (heard) => (heard.opcode === opcode.close ? answer : room(heard)) });

const farEnd: StreamFarEnd = {
  kind: 'websocket',
  plant: (options, secret) => ({ ...options, headers: { Authorization: secret }, send: secret }),
  options: (address, ca) => ({
    url: `${ca === undefined ? 'ws' : 'wss'}://${address}/room`,
    subprotocols: ['visit.v2', 'visit.v1'],
    send: 'hello',
    expect: '^welcome',
    ...(ca !== undefined && { tls: { ca } }),
  }),
  drips: 'protocol',
  fragments: [Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'), greeting, closeFrame(1013)],
  modes: {
    well: ['ok', serveWebSocket({ greeting, answer: room })],
    closes_without_code: ['ok', toClose(frame(opcode.close))],
    closes_without_frame: ['ok', toClose(nothing)],
    unauthorized: ['auth', instead('401 Unauthorized', 'WWW-Authenticate: Bearer\r\n')],
    forbidden: ['auth', instead('403 Forbidden')],
    busy: ['rejected', instead('503 Service Unavailable', 'Retry-After: 30\r\n')],
    backend_gone: ['rejected', instead('502 Bad Gateway')],
    not_found: ['rejected', instead('404 Not Found')],
    login_page: ['content', instead('302 Found', 'Location: /login\r\n')],
    page: ['content', instead('200 OK')],
    no_upgrade: ['protocol', instead('101 Switching Protocols')],
    other_upgrade: ['protocol', altered('Upgrade: websocket', 'Upgrade: h2c')],
    wrong_accept: ['protocol', altered(/Accept: ./, 'Accept: !')],
    no_subprotocol: ['content', altered(/Sec-WebSocket-Protocol.*\r\n/, '')],
    foreign_subprotocol: ['protocol', altered('visit.v2', 'chat')],
    compresses: ['protocol', altered('\r\n\r\n', '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n')],
    not_http: ['protocol', serveWebSocket({ upgrade: () => 'SSH-2.0-OpenSSH_9.2\r\n' })],
    endless_headers: ['protocol', pour('HTTP/1.1 101 Switching Protocols\r\n', Buffer.alloc(16_384, 'x: y\r\n'))],
    silent_after_upgrade: ['timeout', serveWebSocket({ answer: () => nothing })],
    foreign_pong: ['timeout', toPing(() => frame(opcode.pong, 'another'))],
    fails: ['rejected', toPing(() => closeFrame(1011))],
    restarts: ['rejected', toPing(() => closeFrame(1012))],
    overloaded: ['rejected', toPing(() => closeFrame(1013))],
    wants_credentials: ['auth', toPing(() => closeFrame(3000))],
    masks: ['protocol', toPing(() => Buffer.from('818161616161', 'hex'))],
    garbled_text: ['protocol', toPing(() => frame(opcode.text, Buffer.of(0xff)))],
    large_message: ['content', toPing(() => frame(opcode.text, Buffer.alloc(100_000, 'x')))],
    endless_messages: ['content', afterUpgrade(pour('', Buffer.alloc(16_384, frame(opcode.binary, Buffer.alloc(62)))))],
    cuts: ['reset', afterUpgrade((socket) => void socket.once('data', () => socket.end()))],
    silent_room: ['timeout', toMessage(nothing)],
    wrong_words: ['content', toMessage(Buffer.concat(Array.from({ length: 20 }, () => frame(opcode.text, 'go away'))))],
    fails_at_close: ['rejected', toClose(closeFrame(1011))],
    never_closes: ['timeout', afterUpgrade(stays)],
  },
};

/** In plain. */
export const websocketSimulator: Simulator = streamSimulator(farEnd);

/** Behind TLS. */
export const websocketTlsSimulator: Simulator = tlsSimulator(farEnd, [
  'busy',
  'overloaded',
  'silent_after_upgrade',
  'cuts',
  'large_message',
]);

function room({ opcode: code }: Frame): Buffer | undefined {
  return code === opcode.text ? frame(opcode.text, 'welcome') : undefined;
}

/** The right answer to the upgrade, then this. */
function afterUpgrade(serve: Serve): Serve {
  return (socket) => {
    socket.once('data', (request: Buffer) => {
      socket.write(upgradeAnswer(request.toString('latin1')));
      serve(socket);
    });
  };
}

/** Well, but that it never ends the connection. */
function stays(socket: Socket): void {
  socket.on('data', (bytes: Buffer) => {
    const size = bytes.readUInt8(1) & 0x7f;
    const payload = Buffer.from(bytes.subarray(6, 6 + size).map((byte, i) => byte ^ bytes.readUInt8(2 + (i % 4))));
    const code = bytes.readUInt8(0) & 0x0f;
    if (code === opcode.ping) socket.write(frame(opcode.pong, payload));
    if (code === opcode.text) socket.write(frame(opcode.text, 'welcome'));
  });
}
