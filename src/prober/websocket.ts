// One WebSocket on a connection of its own (RFC 6455): our dialer, phases, limits and verdicts; frames and masks by the package ws.
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Failure } from '#model/result.ts';
import { classify, classifyClose, classifyDeadline, type Situation } from './classify.ts';
import { type ProbeContext, ProbeFailure, type Stage } from './contract.ts';
import { type Dialed, dial } from './dial.ts';
import { brokenFrame, brokenUpgrade, certificateRefusal, closeFailure, refusal, refusesCertificate } from './websocket-failure.ts';
import type { WebSocketConnection, WebSocketMessage, WebSocketRequest } from './websocket-message.ts';

/** Most bytes of the headers of one answer to the upgrade. */
const headerLimit = 32_768;
/** Most interim answers (1xx) before the final one. */
const interimLimit = 16;
/** Most pings and pongs of the far end. Below the number at which ws gives up a connection without saying why. */
const controlLimit = 50;
/** Most messages that wait to be received. */
const unreadLimit = 1000;
/** Most bytes of a page that is looked at. */
const pageLimit = 2000;
/** Most pieces of one message. */
const pieceLimit = 1024;
/** Bytes on the wire beyond four times the largest message. */
const wireSlack = 262_144;

/**
 * Dials and asks for the upgrade. Notes the phases `resolve`, `connect`, `tls`, `upgrade`. No redirect is followed, no extension
 * offered. Throws ProbeFailure and leaves nothing open then; the end of the attempt destroys what the caller forgot.
 */
export async function openWebSocket(request: WebSocketRequest, context: ProbeContext): Promise<WebSocketConnection> {
  const dialed = await dial(targetOf(request), context);
  const opened = new Connection(dialed, request, context);
  const began = performance.now();
  try {
    await opened.upgrade();
    return opened;
  } catch (error) {
    opened.destroy();
    throw error;
  } finally {
    context.phase('upgrade', performance.now() - began);
  }
}

function targetOf({ url, tls, onTls, family, resolver }: WebSocketRequest): Parameters<typeof dial>[0] {
  const secure = url.protocol === 'wss:';
  return {
    host: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    ...(family !== undefined && { family }),
    ...(resolver !== undefined && { resolver }),
    ...(secure && { tls: { ...tls, alpn: ['http/1.1'] } }),
    ...(onTls !== undefined && { onTls }),
  };
}

/** What is waited for, and the sentence when it does not come. */
const waits = {
  send: 'the far end took no more before the deadline',
  receive: 'no message in time',
  ping: 'no pong in time',
  close: 'our Close frame was not answered, or the connection not closed, in time',
} as const;
type Step = 'upgrade' | keyof typeof waits;

class Connection implements WebSocketConnection {
  readonly connection: Dialed;
  headers: IncomingHttpHeaders = {};
  readonly #request: WebSocketRequest;
  readonly #context: ProbeContext;
  readonly #socket: WebSocket;
  #stage: Stage = 'request';
  /** Why nothing more comes; an Error is thrown as it is. */
  #failure: Failure | Error | undefined;
  #open = false;
  #closeCode: number | undefined;
  #closing = false;
  #wireBytes = 0;
  #interim = 0;
  #controls = 0;
  #awaited: Buffer | undefined;
  readonly #unread: WebSocketMessage[] = [];
  #wake: () => void = nothing;

  constructor(connection: Dialed, request: WebSocketRequest, context: ProbeContext) {
    this.connection = connection;
    this.#request = request;
    this.#context = context;
    const headers: Record<string, string> = {};
    for (const { name, value } of request.headers) headers[name] = value;
    this.#socket = new WebSocket(request.url, [...request.subprotocols], {
      headers,
      createConnection: () => connection.socket,
      finishRequest: (asked) => this.#ask(asked),
      followRedirects: false,
      perMessageDeflate: false,
      maxHeaderSize: headerLimit,
      maxPayload: request.messageLimit,
      maxFragments: pieceLimit,
    });
    this.#listen();
    // At once: the event 'close' comes a turn of the loop later.
    const onAbort = () => this.#wake();
    context.signal.addEventListener('abort', onAbort, { once: true });
    connection.socket.once('close', () => context.signal.removeEventListener('abort', onAbort));
  }

  get subprotocol(): string {
    return this.#socket.protocol;
  }

  async upgrade(): Promise<void> {
    await this.#until('upgrade', () => (this.#open ? true : undefined));
    this.#stage = 'request';
    this.#context.enter('request');
  }

  async send(message: string | Uint8Array): Promise<void> {
    let taken: true | undefined;
    this.#socket.send(message, (error) => {
      if (error === undefined || error === null) taken = true;
      this.#wake();
    });
    await this.#until('send', () => taken);
  }

  receive(): Promise<WebSocketMessage> {
    return this.#until('receive', () => this.#unread.shift());
  }

  async ping(payload: Uint8Array): Promise<void> {
    this.#awaited = Buffer.from(payload);
    this.#socket.ping(payload, true, nothing);
    await this.#until('ping', () => (this.#awaited === undefined ? true : undefined));
  }

  close(code: number): Promise<number> {
    this.#closing = true;
    this.#socket.close(code);
    return this.#until('close', () => this.#closeCode);
  }

  destroy(): void {
    this.connection.socket.destroy();
  }

  /** ws hands over the request before it is sent: what it does not tell itself is listened to here. */
  #ask(asked: ClientRequest): void {
    asked.on('information', () => {
      this.#interim += 1;
      if (this.#interim > interimLimit) this.#fail({ reason: 'protocol', message: `more than ${interimLimit} interim answers (1xx)` });
    });
    // Not before: the first listener to data lets it flow, and the parser would miss it.
    asked.once('socket', (socket: Socket) => socket.on('data', (chunk: Buffer) => this.#weigh(chunk.length)));
    asked.end();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('upgrade', ({ headers }) => this.#answered(101, headers));
    socket.on('unexpected-response', (_, answer) => this.#refused(answer));
    socket.on('open', () => {
      this.#open = true;
      this.#wake();
    });
    socket.on('error', (error) => this.#fail(this.#translate(error)));
    socket.on('close', (code) => this.#ended(code));
    socket.on('message', (data: Buffer, binary) => this.#keep({ text: !binary, data: Buffer.from(data) }));
    socket.on('ping', () => this.#count());
    socket.on('pong', (payload) => {
      this.#count();
      if (this.#awaited?.equals(payload) === true) this.#awaited = undefined;
      this.#wake();
    });
  }

  #answered(status: number, headers: IncomingHttpHeaders): void {
    this.headers = headers;
    this.#request.onAnswer?.(status, headers);
  }

  #refused(answer: IncomingMessage): void {
    // Its connection is cut under it.
    answer.on('error', nothing);
    const status = answer.statusCode ?? 0;
    this.#answered(status, answer.headers);
    // 101 without `Connection: upgrade` is no upgrade to the parser.
    if (status === 101) this.#fail(brokenUpgrade('no upgrade'));
    else if (status === 400 && this.connection.clientCertificate) this.#read(answer);
    else this.#fail(refusal(status, answer.headers));
  }

  /** nginx refuses a client certificate after the handshake, on a page with status 400. */
  #read(answer: IncomingMessage): void {
    let page = '';
    const judge = () => this.#fail(refusesCertificate(page) ? certificateRefusal : refusal(400, answer.headers));
    answer.on('data', (chunk: Buffer) => {
      page += chunk.toString('latin1');
      if (page.length > pageLimit) judge();
    });
    answer.once('close', judge);
  }

  #ended(code: number): void {
    // What went wrong before says more than the close that it led to.
    if (this.#failure === undefined) this.#closeCode = code;
    if (!this.#closing) this.#fail(code === 1006 ? this.#cut() : closeFailure(code));
    this.#wake();
  }

  #keep(message: WebSocketMessage): void {
    this.#unread.push(message);
    if (this.#unread.length > unreadLimit)
      this.#fail({ reason: 'content', message: `more than ${unreadLimit} messages that were not asked for` });
    this.#wake();
  }

  #count(): void {
    this.#controls += 1;
    if (this.#controls > controlLimit)
      this.#fail({ reason: 'content', message: `more than ${controlLimit} pings and pongs of the server` });
  }

  #weigh(bytes: number): void {
    if (this.#wireBytes === 0) {
      this.#stage = 'reply';
      this.#context.enter('reply');
    }
    this.#wireBytes += bytes;
    const limit = 4 * this.#request.messageLimit + wireSlack;
    if (this.#wireBytes > limit) this.#fail({ reason: 'content', message: `more than ${limit} bytes from the server` });
  }

  /** The first reason counts. Nothing more is wanted then, whatever the far end still sends. */
  #fail(failure: Failure | Error): void {
    this.#failure ??= failure;
    this.destroy();
    this.#wake();
  }

  async #until<T>(step: Step, look: () => T | undefined): Promise<T> {
    for (;;) {
      // First: the deadline itself cuts the connection, which must not pass for its end.
      if (this.#context.signal.aborted)
        throw asError(step, step === 'upgrade' ? classifyDeadline(this.#stage) : { reason: 'timeout', message: waits[step] });
      const found = look();
      if (found !== undefined) return found;
      if (this.#failure !== undefined) throw asError(step, this.#failure);
      await new Promise<void>((settle) => {
        this.#wake = settle;
      });
    }
  }

  get #situation(): Situation {
    return { stage: this.#stage, clientCertificate: this.connection.clientCertificate };
  }

  #cut(): Failure {
    if (this.#open) return { reason: 'reset', message: 'the connection was closed without a Close frame' };
    return classifyClose(undefined, this.#situation);
  }

  #translate(error: Error): Failure | Error {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
    // What ws finds wrong with an answer 101 has no code.
    if (code === '') return brokenUpgrade(error.message);
    if (code.startsWith('WS_ERR_')) return brokenFrame(code, this.#request.messageLimit);
    return classify(error, this.#situation) ?? error;
  }
}

function asError(step: Step, failure: Failure | Error): Error {
  return failure instanceof Error ? failure : new ProbeFailure(failure.reason, `${step}: ${failure.message}`);
}

function nothing(): void {}
