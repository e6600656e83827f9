// A greeting server on loopback, well or ill as told: a line of greeting, a question, an answer.
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls';
import { issueCertificate, type Listener, listenOnLoopback, type Simulator } from '#prober/door.ts';

const greeting = 'HOLTER ready\r\n';
const question = 'PING\r\n';

type Serve = (socket: Socket) => void;

export const tcpSimulator: Simulator = {
  kind: 'tcp',
  plant: (options, secret) => ({ ...options, steps: [{ send: secret, expect: '^never$' }] }),
  modes: {
    well: 'ok',
    refuses: 'refused',
    resets: 'reset',
    closes: 'reset',
    resets_inside: 'reset',
    silent: 'timeout',
    silent_after_greeting: 'timeout',
    drips: 'timeout',
    wrong_greeting: 'content',
    wrong_answer: 'content',
    answers_and_closes: 'content',
    endless: 'content',
  },
  start: async () => {
    let serve: Serve = greet('PONG 1\r\n');
    const listener = await listenOnLoopback((socket) => {
      socket.once('end', () => socket.end());
      serve(socket);
    });
    return {
      options: {
        address: `127.0.0.1:${listener.port}`,
        steps: [{ expect_line: '^HOLTER ready$' }, { send: question, expect: '^PONG \\d+' }],
      },
      behave: (mode) => {
        serve = behaviour(mode, listener);
      },
      connections: () => listener.connections(),
      close: () => listener.close(),
    };
  },
};

function behaviour(mode: string, listener: Listener): Serve {
  if (!Object.hasOwn(tcpSimulator.modes, mode)) throw new Error(`no such mode: ${mode}`);
  listener.refuse(mode === 'refuses');
  return serves[mode] ?? greet('PONG 1\r\n');
}

/** Greets, and answers the question once it is complete. */
function greet(answer: string, then?: (socket: Socket) => void): Serve {
  return (socket) => {
    let heard = '';
    socket.write(greeting);
    socket.on('data', (chunk: Buffer) => {
      if (heard.length > question.length) return;
      heard += chunk.toString('latin1');
      if (heard !== question) return;
      socket.write(answer, () => then?.(socket));
    });
  };
}

const serves: Readonly<Record<string, Serve>> = {
  resets: (socket) => void socket.resetAndDestroy(),
  closes: (socket) => void socket.end(),
  resets_inside: greet('PON', (socket) => socket.resetAndDestroy()),
  silent: (socket) => void socket.resume(),
  silent_after_greeting: (socket) => void socket.resume().write(greeting),
  drips: drip,
  wrong_greeting: (socket) => void socket.resume().write('HTTP/1.1 400 Bad Request\r\n\r\n'),
  wrong_answer: greet('ERROR\r\n', (socket) => socket.end()),
  answers_and_closes: greet('PONG', (socket) => socket.end()),
  endless: pour,
};

/** One byte every 20 ms, for ever. */
function drip(socket: Socket): void {
  const timer = setInterval(() => socket.write('H'), 20);
  socket.once('close', () => clearInterval(timer));
  socket.resume();
}

/** As much as the far side takes. */
function pour(socket: Socket): void {
  const chunk = Buffer.alloc(16_384, 'x');
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  socket.resume();
  more();
}

/** The same server behind TLS. */
export const tcpTlsSimulator: Simulator = {
  kind: 'tcp',
  modes: { well: 'ok', not_tls: 'tls', expired: 'certificate', wants_client_certificate: 'auth' },
  start: async () => {
    const settings = makeSettings(Date.now());
    let mode = 'well';
    const listener = await listenOnLoopback((socket) => {
      if (mode === 'not_tls') serves['wrong_greeting']?.(socket.once('end', () => socket.end()));
      else secure(socket, settings[mode] ?? {});
    });
    return {
      options: {
        address: `127.0.0.1:${listener.port}`,
        tls: { ca: settings['well']?.ca },
        steps: [{ expect_line: '^HOLTER ready$' }, { send: question, expect: '^PONG \\d+' }],
      },
      behave: (wanted) => {
        if (!Object.hasOwn(tcpTlsSimulator.modes, wanted)) throw new Error(`no such mode: ${wanted}`);
        mode = wanted;
      },
      connections: () => listener.connections(),
      close: () => listener.close(),
    };
  },
};

type Settings = SecureContextOptions & { readonly requestCert?: boolean };

function secure(socket: Socket, settings: Settings): void {
  const wanted = settings.requestCert === true;
  const secureContext = createSecureContext(settings);
  const secured = new TLSSocket(socket, { isServer: true, secureContext, requestCert: wanted, rejectUnauthorized: wanted });
  secured.on('error', () => socket.destroy());
  secured.once('end', () => secured.end());
  secured.once('secure', () => greet('PONG 1\r\n')(secured));
}

function makeSettings(now: number): Readonly<Record<string, Settings>> {
  const dayMs = 86_400_000;
  const life = { commonName: 'Holter simulated server', names: ['127.0.0.1'], notBefore: now - 30 * dayMs };
  const root = issueCertificate({ ...life, commonName: 'Holter simulated root', notAfter: now + 3650 * dayMs, authority: true });
  const good = issueCertificate({ ...life, notAfter: now + 300 * dayMs, issuer: root });
  const old = issueCertificate({ ...life, notAfter: now - dayMs, issuer: root });
  const well = { key: good.key, cert: good.certificate, ca: root.certificate };
  return { well, expired: { ...well, key: old.key, cert: old.certificate }, wants_client_certificate: { ...well, requestCert: true } };
}
