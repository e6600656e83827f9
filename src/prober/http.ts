// One HTTP exchange on a connection of its own: every phase timed, every byte counted, everything closed in every outcome.
import type { Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import type { DurationMs } from '#model/time.ts';
import { classify, classifyClose, classifyDeadline, type Situation } from './classify.ts';
import { type ProbeContext, ProbeFailure, type Stage } from './contract.ts';
import { type Dialed, dial } from './dial.ts';
import type { HttpOptions, HttpReply, HttpRequest, ReplySink } from './http-message.ts';
import { askHttp2 } from './http2.ts';
import { inflate } from './inflate.ts';

/** Most bytes of a reply's headers, interim replies apart. */
const headerLimit = 32_768;
/** Most interim replies (1xx) before the final one. */
const interimLimit = 16;
/** Bytes on the wire beyond twice the cap of the body: headers, interim replies, the framing of chunks. What needs more is hostile. */
const wireSlack = 2 * 1024 * 1024;
/** A body may come in so many pieces of any size; beyond that they must have this many bytes on average, or parsing them starves others. */
const freePieces = 4096;
const leastPiece = 16;
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
  const exchange = new Exchange(connection, options, context);
  const reply = await exchange.run(request);
  const body = await inflate(reply.body, headerText(reply.headers['content-encoding']), options.bodyLimit, context.signal);
  return { ...reply, body, wireBytes: reply.body.length, version: connection.tls?.alpn === 'h2' ? 2 : 1.1, connection };
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

type RawReply = Pick<HttpReply, 'status' | 'headers' | 'body'>;

/** The conversation on a dialed connection: a transport's parser and writer, our clock and our limits. */
class Exchange implements ReplySink {
  readonly #connection: Dialed;
  readonly #options: HttpOptions;
  readonly #context: ProbeContext;
  readonly #reply = Promise.withResolvers<RawReply>();
  #over = false;
  #stage: Stage = 'request';
  #mark: DurationMs = 0;
  #interim = 0;
  #status = 0;
  #headers: HttpReply['headers'] = {};
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(connection: Dialed, options: HttpOptions, context: ProbeContext) {
    this.#connection = connection;
    this.#options = options;
    this.#context = context;
  }

  async run(request: HttpRequest): Promise<RawReply> {
    const { socket, tls } = this.#connection;
    const { signal } = this.#context;
    const onAbort = () => this.fail(undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    let close = ignore;
    try {
      signal.throwIfAborted();
      this.#mark = performance.now();
      // Before the parser reads: what it throws away, such as extensions of chunks, counts as well.
      if (tls?.alpn !== 'h2') socket.on('readable', () => this.#weigh(socket.bytesRead));
      close = (tls?.alpn === 'h2' ? askHttp2 : askHttp1)(socket, request, this);
      return await this.#reply.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      close();
      socket.destroy();
    }
  }

  begin(): void {
    if (this.#stage === 'reply') return;
    this.#stage = 'reply';
    this.#context.enter('reply');
  }

  head(status: number, headers: HttpReply['headers']): void {
    if (status < 200) {
      this.#interim += 1;
      if (this.#interim > interimLimit) this.fail(new ProbeFailure('protocol', `more than ${interimLimit} interim replies (1xx)`));
      return;
    }
    this.#lap('processing');
    this.#status = status;
    this.#headers = headers;
    if (this.#options.skipBody?.(status) === true) this.#complete();
  }

  data(chunk: Buffer): void {
    if (this.#over) return;
    this.#length += chunk.length;
    if (this.#chunks.length > freePieces + this.#length / leastPiece) {
      this.#lap('transfer');
      this.fail(new ProbeFailure('content', `HTTP ${this.#status} with a body in pieces of a few bytes`));
      return;
    }
    if (this.#length > this.#options.bodyLimit) {
      this.#lap('transfer');
      this.fail(new ProbeFailure('content', `HTTP ${this.#status} with a body larger than ${this.#options.bodyLimit} bytes`));
      return;
    }
    // A copy: the chunk is a view into the parser's or the socket's memory.
    this.#chunks.push(Buffer.from(chunk));
  }

  end(): void {
    if (this.#over) return;
    if (this.#status === 0) {
      this.fail(undefined);
      return;
    }
    this.#lap('transfer');
    this.#complete();
  }

  fail(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#chunks = [];
    this.#reply.reject(this.#failure(error));
    // Nothing more of it is wanted, whatever the far end still sends.
    this.#connection.socket.destroy();
  }

  #weigh(wireBytes: number): void {
    const limit = 2 * this.#options.bodyLimit + wireSlack;
    if (wireBytes > limit)
      this.fail(new ProbeFailure('protocol', `more than ${limit} bytes around a body of at most ${this.#options.bodyLimit}`));
  }

  #complete(): void {
    if (this.#over) return;
    this.#over = true;
    const [only] = this.#chunks;
    const body = this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks, this.#length);
    this.#reply.resolve({ status: this.#status, headers: this.#headers, body });
  }

  #lap(phase: 'processing' | 'transfer'): void {
    const now = performance.now();
    this.#context.phase(phase, now - this.#mark);
    this.#mark = now;
  }

  #failure(error: Error | undefined): Error {
    const situation: Situation = { stage: this.#stage, clientCertificate: this.#connection.clientCertificate };
    if (error instanceof ProbeFailure) return error;
    if (this.#context.signal.aborted) return asProbeFailure(classifyDeadline(this.#stage));
    if (error === undefined) return asProbeFailure(classifyClose(undefined, situation));
    const failure = classify(error, situation);
    return failure === undefined ? error : asProbeFailure(failure);
  }
}

/** One HTTP/1.1 request by undici's writer and parser, with none of its timers, pools or retries. */
function askHttp1(socket: Socket, request: HttpRequest, sink: ReplySink): () => void {
  const client = new Client(request.url.origin, {
    // Not at once: a client that is called back inside of its own resume() never writes.
    connect: (_options, callback) => queueMicrotask(() => callback(null, socket)),
    pipelining: 0,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: headerLimit,
  });
  client.dispatch(dispatchOptions(request), {
    onRequestStart: ignore,
    onResponseStarted: () => sink.begin(),
    onResponseStart: (_controller, status, headers) => sink.head(status, headers),
    onResponseData: (_controller, chunk) => sink.data(chunk),
    onResponseEnd: () => sink.end(),
    onResponseError: (_controller, error) => sink.fail(parserTrouble(error) ?? error),
  });
  return () => void client.destroy(over).catch(ignore);
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

function asProbeFailure({ reason, message }: ReturnType<typeof classifyDeadline>): ProbeFailure {
  return new ProbeFailure(reason, message);
}

function ignore(): void {}
