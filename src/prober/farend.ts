// Far ends over TCP for simulators: a kind gives its well and ill conversations, and gets the faults that every protocol can have.
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls';
import type { EndpointReason } from '#model/reason.ts';
import type { Simulator } from '#model/simulator.ts';
import { issueCertificate } from './issue.ts';
import { listenOnLoopback } from './listener.ts';

/** What a far end does with one connection. Its errors are taken care of. */
export type Serve = (socket: Socket) => void;

export interface StreamFarEnd extends Pick<Simulator, 'kind' | 'way' | 'overStream' | 'fragments' | 'plant'> {
  /** Options that reach it; `ca` is the authority of its certificate, for the variant behind TLS. */
  readonly options: (address: string, ca?: string) => Readonly<Record<string, unknown>>;
  /** Told apart by the kind: what a probe must find, and what it meets. `well` must be there. */
  readonly modes: Readonly<Record<string, readonly ['ok' | EndpointReason, Serve]>>;
  /** What a probe finds when one byte comes after the other without end. Absent: left out. */
  readonly drips?: EndpointReason;
}

/** The far end in plain TCP: its own modes, and `refuses`, `resets`, `closes`, `silent`. */
export function streamSimulator({ modes, drips: dripped, options, ...rest }: StreamFarEnd): Simulator {
  const all: StreamFarEnd['modes'] = {
    ...modes,
    refuses: ['refused', hang],
    resets: ['reset', (socket) => void socket.resetAndDestroy()],
    closes: ['reset', (socket) => void socket.resume().end()],
    silent: ['timeout', hang],
    ...(dripped !== undefined && { drips: [dripped, drip] as const }),
  };
  return simulator(rest, all, (port) => ({ options: options(`127.0.0.1:${port}`) }));
}

/** The same far end behind TLS: `well`, `not_tls`, `expired`, `wants_client_certificate`, and whichever of its own modes are named. */
export function tlsSimulator({ modes, options, ...rest }: StreamFarEnd, own: readonly string[] = []): Simulator {
  const made = { settings: undefined as Readonly<Record<string, Settings>> | undefined };
  const settings = () => (made.settings ??= makeSettings(Date.now()));
  const serve = modes['well']?.[1] ?? hang;
  const behindTls = (name: string, inner: Serve): Serve => {
    return (socket) => secure(socket, settings()[name] ?? {}, inner);
  };
  const all: StreamFarEnd['modes'] = {
    well: ['ok', behindTls('well', serve)],
    not_tls: ['tls', (socket) => void socket.resume().write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    expired: ['certificate', behindTls('expired', serve)],
    wants_client_certificate: ['auth', behindTls('wants_client_certificate', serve)],
    ...Object.fromEntries(own.map((name) => [name, [modes[name]?.[0] ?? 'ok', behindTls('well', modes[name]?.[1] ?? hang)]])),
  };
  return simulator(rest, all, (port) => ({ options: options(`127.0.0.1:${port}`, settings()['well']?.ca) }));
}

function simulator(
  rest: Omit<StreamFarEnd, 'modes' | 'options'>,
  modes: StreamFarEnd['modes'],
  reach: (port: number) => { readonly options: Readonly<Record<string, unknown>> },
): Simulator {
  return {
    ...rest,
    modes: Object.fromEntries(Object.entries(modes).map(([name, [expected]]) => [name, expected])),
    start: async () => {
      let serve: Serve = modes['well']?.[1] ?? hang;
      const listener = await listenOnLoopback((socket) => {
        socket.once('end', () => socket.end());
        serve(socket);
      });
      return {
        ...reach(listener.port),
        behave: (mode) => {
          const found = Object.hasOwn(modes, mode) ? modes[mode] : undefined;
          if (found === undefined) throw new Error(`no such mode: ${mode}`);
          listener.refuse(mode === 'refuses');
          serve = found[1];
        },
        connections: () => listener.connections(),
        close: () => listener.close(),
      };
    },
  };
}

/** Gathers what comes and calls `answer` with all of it after each piece; what that returns is sent. */
export function converse(answer: (heard: Buffer) => Buffer | string | undefined, then?: (socket: Socket) => void): Serve {
  return (socket) => {
    let heard = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      if (heard.length > heardLimit) return;
      heard = Buffer.concat([heard, chunk]);
      const said = answer(heard);
      if (said === undefined) return;
      heard = Buffer.alloc(0);
      socket.write(said, () => then?.(socket));
    });
  };
}

const heardLimit = 1_048_576;

/** Reads, and says nothing. */
export function hang(socket: Socket): void {
  socket.resume();
}

/** One byte every 20 ms, for ever. */
function drip(socket: Socket): void {
  const timer = setInterval(() => socket.write('H'), 20);
  socket.once('close', () => clearInterval(timer));
  socket.resume();
}

/** As much as the far side takes, after an optional beginning. */
export function pour(beginning: Buffer | string, piece: Buffer): Serve {
  return (socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', more);
    socket.resume();
    if (beginning.length > 0) socket.write(beginning);
    more();
  };
}

type Settings = SecureContextOptions & { readonly requestCert?: boolean; readonly ca: string };

function secure(socket: Socket, settings: Partial<Settings>, serve: Serve): void {
  const wanted = settings.requestCert === true;
  const secureContext = createSecureContext(settings);
  const secured = new TLSSocket(socket, { isServer: true, secureContext, requestCert: wanted, rejectUnauthorized: wanted });
  secured.on('error', () => socket.destroy());
  secured.once('end', () => secured.end());
  secured.once('secure', () => serve(secured));
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
