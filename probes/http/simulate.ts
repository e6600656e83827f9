// A patient portal on loopback over https, well or ill as told.
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { type FarEnd, type IssuedCertificate, issueCertificate, listenOnLoopback, type Simulator } from '#prober/door.ts';

const page = '<!doctype html><title>Portal</title><h1>Welcome to the patient portal</h1>';

interface Mode {
  readonly finds: Simulator['modes'][string];
  /** Which certificate it shows; absent: no TLS at all. */
  readonly certificate?: 'good' | 'expired' | 'other-name' | 'untrusted';
  /** What it does with the connection once it may speak. */
  readonly speak: (socket: Socket) => void;
}

const modes: Readonly<Record<string, Mode>> = {
  well: { finds: 'ok', certificate: 'good', speak: (socket) => afterRequest(socket, () => socket.end(answer('200 OK', page))) },
  refuse: { finds: 'refused', speak: (socket) => socket.destroy() },
  reset_at_accept: { finds: 'reset', speak: (socket) => socket.resetAndDestroy() },
  close_at_accept: { finds: 'tls', speak: (socket) => socket.end() },
  tls_silent: { finds: 'tls', speak: ignore },
  not_tls: { finds: 'tls', speak: (socket) => socket.end(answer('400 Bad Request', 'speak plainly')) },
  expired: { finds: 'certificate', certificate: 'expired', speak: ignore },
  other_name: { finds: 'certificate', certificate: 'other-name', speak: ignore },
  untrusted: { finds: 'certificate', certificate: 'untrusted', speak: ignore },
  silent: { finds: 'timeout', certificate: 'good', speak: ignore },
  dripping_headers: { finds: 'timeout', certificate: 'good', speak: (socket) => drip(socket, 'HTTP/1.1 200 OK\r\nx-drip: ', 'x') },
  dripping_body: {
    finds: 'timeout',
    certificate: 'good',
    speak: (socket) => drip(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n', 'x'),
  },
  close_before_reply: { finds: 'reset', certificate: 'good', speak: (socket) => afterRequest(socket, () => socket.end()) },
  cut_headers: { finds: 'reset', certificate: 'good', speak: say('HTTP/1.1 200 OK\r\ncontent-') },
  cut_body: { finds: 'reset', certificate: 'good', speak: say('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n<!doctype') },
  garbage: { finds: 'protocol', certificate: 'good', speak: say('SSH-2.0-OpenSSH_9.2\r\n') },
  endless_headers: {
    finds: 'protocol',
    certificate: 'good',
    speak: (socket) => flood(socket, 'HTTP/1.1 200 OK\r\n', `x-flood: ${'x'.repeat(1000)}\r\n`),
  },
  interim_flood: {
    finds: 'protocol',
    certificate: 'good',
    speak: (socket) => flood(socket, '', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'),
  },
  endless_body: { finds: 'content', certificate: 'good', speak: (socket) => flood(socket, 'HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(10_000)) },
  inflation_bomb: {
    finds: 'content',
    certificate: 'good',
    speak: (socket) => afterRequest(socket, () => socket.end(answer('200 OK', bomb(), 'content-encoding: gzip\r\n'))),
  },
  redirect_loop: { finds: 'content', certificate: 'good', speak: say('HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n') },
  redirect_downgrade: {
    finds: 'content',
    certificate: 'good',
    speak: say('HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n'),
  },
  redirect_garbage: {
    finds: 'protocol',
    certificate: 'good',
    speak: say('HTTP/1.1 302 Found\r\nlocation: http://[::\r\ncontent-length: 0\r\n\r\n'),
  },
  login_page: { finds: 'content', certificate: 'good', speak: say(answer('200 OK', '<h1>Please log in</h1>')) },
  unauthorized: { finds: 'auth', certificate: 'good', speak: say(answer('401 Unauthorized', '')) },
  not_found: { finds: 'rejected', certificate: 'good', speak: say(answer('404 Not Found', '')) },
  busy: { finds: 'rejected', certificate: 'good', speak: say(answer('503 Service Unavailable', '', 'retry-after: 30\r\n')) },
  broken: { finds: 'rejected', certificate: 'good', speak: say(answer('500 Internal Server Error', '')) },
};

export const httpSimulator: Simulator = {
  kind: 'http',
  plant: (options, secret) => ({
    ...options,
    method: 'POST',
    idempotent: true,
    headers: { 'x-api-key': secret },
    auth: { bearer: secret },
    body: secret,
  }),
  modes: Object.fromEntries(Object.entries(modes).map(([name, mode]) => [name, mode.finds])),
  start,
};

async function start(): Promise<FarEnd> {
  const certificates = issueAll();
  let mode = modeNamed('well');
  const listener = await listenOnLoopback((socket) => serve(socket, mode, certificates));
  return {
    options: {
      url: `https://127.0.0.1:${listener.port}/`,
      tls: { ca: certificates.authority.certificate },
      expect: { contains: ['Welcome to the patient portal'], not_contains: ['Please log in'] },
    },
    behave: (name) => {
      mode = modeNamed(name);
      listener.refuse(name === 'refuse');
    },
    connections: () => listener.connections(),
    close: () => listener.close(),
  };
}

function modeNamed(name: string): Mode {
  const mode = modes[name];
  if (mode === undefined) throw new RangeError(`the http simulator has no mode ${name}`);
  return mode;
}

function serve(socket: Socket, mode: Mode, certificates: Certificates): void {
  if (mode.certificate === undefined) {
    closeWithPeer(socket);
    mode.speak(socket);
    return;
  }
  const secured = new TLSSocket(socket, { isServer: true, secureContext: certificates[mode.certificate] });
  secured.on('error', ignore);
  closeWithPeer(secured);
  secured.once('secure', () => mode.speak(secured));
}

/** The listener's sockets are half-open: reading on to the peer's end lets a connection close. */
function closeWithPeer(socket: Socket): void {
  socket.once('end', () => socket.end());
  socket.resume();
}

interface Certificates {
  readonly authority: IssuedCertificate;
  readonly good: SecureContext;
  readonly expired: SecureContext;
  readonly 'other-name': SecureContext;
  readonly untrusted: SecureContext;
}

const dayMs = 86_400_000;

function issueAll(): Certificates {
  const now = Date.now();
  const valid = { notBefore: now - 30 * dayMs, notAfter: now + 60 * dayMs };
  const authority = issueCertificate({ ...valid, commonName: 'Holter simulator authority', authority: true });
  const here = { ...valid, commonName: 'portal.example.org', names: ['127.0.0.1', 'localhost'] };
  return {
    authority,
    good: context(issueCertificate({ ...here, issuer: authority })),
    expired: context(issueCertificate({ ...here, notAfter: now - dayMs, issuer: authority })),
    'other-name': context(issueCertificate({ ...here, names: ['other.example.org'], issuer: authority })),
    untrusted: context(issueCertificate(here)),
  };
}

function context({ certificate, key }: IssuedCertificate): SecureContext {
  return createSecureContext({ cert: certificate, key });
}

function answer(status: string, body: string | Buffer, headers = ''): Buffer {
  const bytes = Buffer.from(body);
  const head = `HTTP/1.1 ${status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: ${bytes.length}\r\n${headers}connection: close\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** 16 MB of zeros in 16 KB. */
function bomb(): Buffer {
  return gzipSync(Buffer.alloc(16_000_000));
}

function say(bytes: string | Buffer): (socket: Socket) => void {
  return (socket) => afterRequest(socket, () => socket.end(bytes));
}

/** Probes send their whole request in one piece: its first bytes are enough to answer. */
function afterRequest(socket: Socket, then: () => void): void {
  socket.once('data', then);
}

function drip(socket: Socket, head: string, drop: string): void {
  afterRequest(socket, () => {
    socket.write(head);
    const timer = setInterval(() => socket.write(drop), 50);
    socket.once('close', () => clearInterval(timer));
  });
}

function flood(socket: Socket, head: string, wave: string): void {
  const pour = () => {
    while (!socket.destroyed && socket.write(wave)) {
      // Until the socket's own buffer is full; the rest follows when it drains.
    }
  };
  afterRequest(socket, () => {
    socket.on('drain', pour);
    socket.write(head);
    pour();
  });
}

function ignore(): void {}
