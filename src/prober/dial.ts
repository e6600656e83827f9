// One dialer for every stream: resolve, connect to one address, TLS over that socket; each timed, none hidden (protocols.md 1.5).
import { isIP, connect as netConnect, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { classify, classifyClose, classifyDeadline, type Situation } from './classify.ts';
import { type ProbeContext, ProbeFailure } from './contract.ts';
import { type ResolveTarget, resolve } from './resolve.ts';
import { selfwatch } from './selfwatch.ts';
import { isCertificateRequested, openTls, readTls, type TlsFacts, type TlsOptions } from './tls.ts';

export interface DialTarget extends ResolveTarget {
  readonly port: number;
  /** Absent: plain TCP. */
  readonly tls?: TlsOptions;
  /** Called once the handshake is done and before its verdict, so that expiry is known of a refused certificate too. */
  readonly onTls?: (facts: TlsFacts) => void;
}

/** A fresh connection. The caller destroys `socket`; the end of the attempt does it for one who forgets. */
export interface Dialed {
  readonly socket: Socket;
  /** The one address that was connected to. */
  readonly address: string;
  readonly family: 4 | 6;
  /** A client certificate is configured, or was asked for (see Situation). */
  readonly clientCertificate: boolean;
  /** Absent on plain TCP. */
  readonly tls?: TlsFacts;
}

/**
 * Connects. Notes the phases `resolve`, `connect`, `tls` and the notes `remote_address`, `certificate`.
 * Throws ProbeFailure; whatever is not the endpoint's fault (EMFILE ...) as it came. Leaves nothing open when it throws.
 * After it returned, an abort of the signal destroys the socket. No session is resumed, no second address tried.
 */
export async function dial(target: DialTarget, context: ProbeContext): Promise<Dialed> {
  const { address, family } = await resolve(target, context);
  context.note('remote_address', address);
  const socket = await connect(address, target.port, context);
  const plain = { socket, address, family, clientCertificate: false };
  if (target.tls !== undefined) return secure(plain, { ...target, tls: target.tls }, context);
  context.enter('request');
  return plain;
}

/** What TLS over a connection needs to know. */
export type SecureTarget = Pick<DialTarget, 'host' | 'onTls'> & { readonly tls: TlsOptions };

/** TLS over a connection that stands: the second half of `dial`, and STARTTLS over what `Stream.release` gave back. Same promises. */
export async function secure(plain: Dialed, target: SecureTarget, context: ProbeContext): Promise<Dialed> {
  const secured = await upgrade(plain.socket, target, context);
  return { ...plain, ...secured, clientCertificate: target.tls.cert !== undefined || secured.tls.certificateRequested };
}

async function upgrade(
  socket: Socket,
  target: SecureTarget,
  context: ProbeContext,
): Promise<{ readonly socket: TLSSocket; readonly tls: TlsFacts }> {
  context.enter('tls');
  context.signal.throwIfAborted();
  const began = performance.now();
  const { secured, certificate } = openTls(socket, target.host, target.tls);
  upgraded.set(socket, secured);
  await untilSettled(secured, 'secureConnect', context, () => ({
    stage: 'tls',
    answered: socket.bytesRead > 0,
    clientCertificate: target.tls.cert !== undefined,
    certificateRequested: isCertificateRequested(secured),
  }));
  context.phase('tls', performance.now() - began);
  const facts = readTls(secured, certificate());
  context.note('certificate', facts.fingerprint);
  target.onTls?.(facts);
  if (facts.authorizationError !== undefined && target.tls.verify !== false) {
    secured.destroy();
    throw certificateFailure(facts.authorizationError);
  }
  context.enter('request');
  return { socket: secured, tls: facts };
}

async function connect(address: string, port: number, context: ProbeContext): Promise<Socket> {
  context.enter('connect');
  context.signal.throwIfAborted();
  const began = performance.now();
  const socket = netConnect({ host: address, port, family: isIP(address), autoSelectFamily: false, noDelay: true });
  guard(socket, context.signal);
  await untilSettled(socket, 'connect', context, () => ({ stage: 'connect' }));
  context.phase('connect', performance.now() - began);
  return socket;
}

/**
 * The TLS over a socket, which must be destroyed before it: whoever destroys the socket first, and its TLS while the callback
 * of the handshake is still on the stack, crashes Node 24.21 (SIGSEGV: the session is freed while OpenSSL works in it).
 */
const upgraded = new WeakMap<Socket, TLSSocket>();

const farewells = new WeakMap<Socket, Uint8Array>();

/** From now on these bytes are sent when the attempt is cut, before the connection is destroyed: for sessions that would stay open otherwise. */
export function leaveWith({ socket }: Dialed, farewell: Uint8Array): void {
  farewells.set(socket, farewell);
}

/** The socket never outlives the attempt, and a late error of a socket that nobody reads any more hurts nobody. */
function guard(socket: Socket, signal: AbortSignal): void {
  selfwatch.openSockets += 1;
  const onAbort = () => {
    const top = upgraded.get(socket) ?? socket;
    const farewell = farewells.get(top);
    // What the kernel does not take at once is lost: nobody waits for it.
    if (farewell !== undefined && top.writable) top.write(farewell);
    top.destroy();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  socket.on('error', ignore);
  socket.once('close', () => {
    selfwatch.openSockets -= 1;
    signal.removeEventListener('abort', onAbort);
  });
}

function ignore(): void {}

function untilSettled(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  context: ProbeContext,
  situation: () => Situation,
): Promise<void> {
  return new Promise((settle, reject) => {
    const done = () => {
      socket.off(event, onReady);
      socket.off('error', onError);
      socket.off('close', onClose);
      context.signal.removeEventListener('abort', onClose);
    };
    const fail = (error: unknown) => {
      done();
      socket.on('error', ignore);
      socket.destroy();
      reject(error);
    };
    const onReady = () => {
      done();
      socket.on('error', ignore);
      settle();
    };
    const onError = (error: Error) => fail(asFailure(error, situation()));
    const onClose = () => {
      const { stage } = situation();
      const failure = context.signal.aborted ? classifyDeadline(stage) : classifyClose(undefined, situation());
      fail(new ProbeFailure(failure.reason, failure.message));
    };
    socket.once(event, onReady);
    socket.once('error', onError);
    socket.once('close', onClose);
    // At once: the event 'close' comes a turn of the loop later.
    context.signal.addEventListener('abort', onClose, { once: true });
  });
}

function asFailure(error: Error, situation: Situation): Error {
  const failure = classify(error, situation);
  return failure === undefined ? error : new ProbeFailure(failure.reason, failure.message, { cause: error });
}

function certificateFailure(code: string): ProbeFailure {
  const error = Object.assign(new Error(code), { code });
  const failure = classify(error, { stage: 'tls' });
  return new ProbeFailure(failure?.reason ?? 'certificate', failure?.message ?? `the certificate was not accepted (${code})`);
}
