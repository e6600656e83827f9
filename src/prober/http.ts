// One HTTP exchange on a connection of its own, or several on a visit's: every phase timed, every byte counted, everything closed in every outcome.
import { Client, type Dispatcher } from 'undici';
import type { DurationMs } from '#model/time.ts';
import { type ProbeContext, ProbeFailure } from './contract.ts';
import { type Dialed, dial } from './dial.ts';
import { Exchange, type RawReply } from './http-exchange.ts';
import type { HttpOptions, HttpReply, HttpRequest } from './http-message.ts';
import { askHttp2 } from './http2.ts';
import { inflate } from './inflate.ts';

/** Most bytes of a reply's headers, interim replies apart. */
const headerLimit = 32_768;
/** Why a client is destroyed: one error for all, since undici makes two with their stacks where it is given none. */
const over = new Error('the exchange is over');

/**
 * Dials, asks once, reads the reply. Notes the phases `resolve`, `connect`, `tls`, `processing` (request sent to headers) and
 * `transfer` (headers to last byte). Throws ProbeFailure. Never throws away time: no pool, no retry, no second address.
 */
export async function exchangeHttp(request: HttpRequest, options: HttpOptions, context: ProbeContext): Promise<HttpReply> {
  const connection = await dial(targetOf(request.url, options), context);
  if (options.version === 'http2' && connection.tls?.alpn !== 'h2') {
    connection.socket.destroy();
    throw new ProbeFailure('protocol', 'the server does not speak HTTP/2');
  }
  const exchange = new Exchange(connection, false, options, context);
  let close = ignore;
  let reply: RawReply;
  try {
    reply = await exchange.run(() => {
      close = connection.tls?.alpn === 'h2' ? askHttp2(connection.socket, request, exchange) : askOnce(connection, request, exchange);
    });
  } finally {
    close();
    connection.socket.destroy();
  }
  return complete(reply, connection, options, context);
}

function askOnce(connection: Dialed, request: HttpRequest, exchange: Exchange): () => void {
  const http1 = new Http1Connection(connection, request.url.origin, false);
  http1.ask(request, exchange);
  return () => http1.close();
}

async function complete(reply: RawReply, connection: Dialed, options: HttpOptions, context: ProbeContext): Promise<HttpReply> {
  const body = await inflate(reply.body, headerText(reply.headers['content-encoding']), options.bodyLimit, context.signal);
  return { ...reply, body, wireBytes: reply.body.length, version: connection.tls?.alpn === 'h2' ? 2 : 1.1, connection };
}

/** Most connections that a visit keeps at once. */
const keptConnections = 8;

/**
 * The connections of a visit over HTTP/1.1: one for each origin, kept from one exchange to the next, as a browser does. Each exchange has the
 * promises of `exchangeHttp`, but for `skipBody`: a body that is not read would end the connection. A connection that the server closed
 * between two exchanges is dialed anew; a request that was sent is never sent again. The owner calls `close`, whatever came of the visit.
 */
export class HttpVisit {
  /** Connections that were dialed. */
  dialed = 0;
  readonly #kept = new Map<string, Http1Connection>();

  async exchange(request: HttpRequest, options: Omit<HttpOptions, 'version'>, context: ProbeContext): Promise<HttpReply> {
    const whole: HttpOptions = { ...options, version: 'http1', skipBody: () => false };
    const kept = this.#take(request.url.origin);
    if (kept !== undefined) {
      try {
        return await this.#ask(kept, request, whole, context);
      } catch (error) {
        // It ended before the request was sent: nothing was asked yet.
        if (error !== gone) throw error;
      }
    }
    const connection = await dial(targetOf(request.url, whole), context);
    this.dialed += 1;
    return this.#ask(new Http1Connection(connection, request.url.origin, true), request, whole, context);
  }

  close(): void {
    for (const connection of this.#kept.values()) connection.close();
    this.#kept.clear();
  }

  /** The connection to this origin that still stands; it is put back after its next reply. */
  #take(origin: string): Http1Connection | undefined {
    const found = this.#kept.get(origin);
    this.#kept.delete(origin);
    if (found?.isOpen === true) return found;
    found?.close();
    return undefined;
  }

  async #ask(http1: Http1Connection, request: HttpRequest, options: HttpOptions, context: ProbeContext): Promise<HttpReply> {
    const exchange = new Exchange(http1.connection, http1.hasAnswered, options, context);
    try {
      const raw = await exchange.run(() => http1.ask(request, exchange));
      const reply = await complete(raw, http1.connection, options, context);
      this.#keep(request.url.origin, http1);
      return reply;
    } catch (error) {
      http1.close();
      throw error;
    }
  }

  #keep(origin: string, http1: Http1Connection): void {
    this.#kept.set(origin, http1);
    for (const [oldest, connection] of this.#kept) {
      if (this.#kept.size <= keptConnections) break;
      connection.close();
      this.#kept.delete(oldest);
    }
  }
}

/** A header's value as one text; '' when it is absent. Several are joined by a comma (RFC 9110 5.3). */
export function headerText(value: string | readonly string[] | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : value.join(', ');
}

function targetOf(url: URL, options: HttpOptions): Parameters<typeof dial>[0] {
  const secure = url.protocol === 'https:';
  const alpn = { http1: ['http/1.1'], http2: ['h2'], auto: ['h2', 'http/1.1'] }[options.version];
  return {
    host: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    ...(options.family !== undefined && { family: options.family }),
    ...(options.resolver !== undefined && { resolver: options.resolver }),
    ...(secure && { tls: { ...options.tls, alpn } }),
    ...(options.onTls !== undefined && { onTls: options.onTls }),
  };
}

/** A kept connection ended before the request was written: the one error of undici's that allows another dial. */
const gone = new Error('the kept connection is gone');
/** An idle connection is given up after this, or sooner where the server says so (`Keep-Alive`): servers close them, some after 2 s. */
const idleLimit: DurationMs = 2000;

/** HTTP/1.1 on a dialed connection by undici's writer and parser, with no retry, and no timer but that of an idle connection that is kept. */
class Http1Connection {
  readonly connection: Dialed;
  readonly #client: Client;
  #exchange: Exchange | undefined;
  /** Bytes that had been read when the exchange began. */
  #before = 0;
  #used = false;

  constructor(connection: Dialed, origin: string, keep: boolean) {
    this.connection = connection;
    const { socket } = connection;
    // Before the parser reads: what it throws away, such as extensions of chunks, counts as well.
    socket.on('readable', () => this.#exchange?.weigh(socket.bytesRead - this.#before));
    let given = false;
    this.#client = new Client(origin, {
      connect: (_options, callback) => {
        const error = given ? gone : null;
        given = true;
        // Not at once: a client that is called back inside of its own resume() never writes.
        queueMicrotask(() => (error === null ? callback(null, socket) : callback(error, null)));
      },
      // 0 says `connection: close`.
      pipelining: keep ? 1 : 0,
      keepAliveTimeout: idleLimit,
      keepAliveTimeoutThreshold: 1000,
      keepAliveMaxTimeout: idleLimit,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: headerLimit,
    });
  }

  get isOpen(): boolean {
    return !this.connection.socket.destroyed && !this.#client.destroyed;
  }

  get hasAnswered(): boolean {
    return this.#used;
  }

  ask(request: HttpRequest, exchange: Exchange): void {
    this.#exchange = exchange;
    this.#before = this.connection.socket.bytesRead;
    this.#client.dispatch(dispatchOptions(request), {
      onRequestStart: ignore,
      onResponseStarted: () => exchange.begin(),
      onResponseStart: (_controller, status, headers) => exchange.head(status, headers),
      onResponseData: (_controller, chunk) => exchange.data(chunk),
      onResponseEnd: () => {
        this.#used = true;
        exchange.end();
      },
      onResponseError: (_controller, error) => exchange.fail(parserTrouble(error) ?? error),
    });
  }

  close(): void {
    void this.#client.destroy(over).catch(ignore);
    this.connection.socket.destroy();
  }
}

/** What undici's parser meets and has no error of its own for. */
function parserTrouble(error: Error): ProbeFailure | undefined {
  const code = 'code' in error ? error.code : '';
  const unasked = code === 'UND_ERR_SOCKET' && (error.message === 'bad response' || error.message === 'bad upgrade');
  if (unasked) return new ProbeFailure('protocol', 'an interim reply or an upgrade that was not asked for', { cause: error });
  // A status below 100 runs into an assertion of the parser.
  if (code === 'ERR_ASSERTION') return new ProbeFailure('protocol', 'the answer is not HTTP', { cause: error });
  return undefined;
}

function dispatchOptions(request: HttpRequest): Dispatcher.DispatchOptions {
  const headers: Record<string, string> = {};
  for (const { name, value } of request.headers) headers[name] = value;
  return {
    path: `${request.url.pathname}${request.url.search}`,
    method: request.method,
    headers,
    body: request.body ?? null,
  };
}

function ignore(): void {}
