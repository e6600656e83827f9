// The conversation on a dialed connection: a transport's parser and writer, our clock and our limits.
import type { DurationMs } from '#model/time.ts';
import { classify, classifyClose, classifyDeadline, type Situation } from './classify.ts';
import { type ProbeContext, ProbeFailure, type Stage } from './contract.ts';
import type { Dialed } from './dial.ts';
import type { HttpOptions, HttpReply, ReplySink } from './http-message.ts';

/** Most interim replies (1xx) before the final one. */
const interimLimit = 16;
/** Bytes on the wire beyond twice the cap of the body: headers, interim replies, the framing of chunks. What needs more is hostile. */
const wireSlack = 2 * 1024 * 1024;
/** A body may come in so many pieces of any size; beyond that they must have this many bytes on average, or parsing them starves others. */
const freePieces = 4096;
const leastPiece = 16;

export type RawReply = Pick<HttpReply, 'status' | 'headers' | 'body'>;

/** One request and its reply. A failure destroys the connection; after a reply it is the caller's. */
export class Exchange implements ReplySink {
  readonly #connection: Dialed;
  readonly #options: HttpOptions;
  readonly #context: ProbeContext;
  /** The connection has answered before. */
  readonly #kept: boolean;
  readonly #reply = Promise.withResolvers<RawReply>();
  #over = false;
  #stage: Stage = 'request';
  #mark: DurationMs = 0;
  #interim = 0;
  #status = 0;
  #headers: HttpReply['headers'] = {};
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(connection: Dialed, kept: boolean, options: HttpOptions, context: ProbeContext) {
    this.#connection = connection;
    this.#kept = kept;
    this.#options = options;
    this.#context = context;
  }

  /** `ask` sends the request; what comes back it tells to this sink. */
  async run(ask: () => void): Promise<RawReply> {
    const { signal } = this.#context;
    const onAbort = () => this.fail(undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      this.#context.enter('request');
      this.#mark = performance.now();
      ask();
      return await this.#reply.promise;
    } catch (error) {
      this.#connection.socket.destroy();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
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

  /** Bytes that came for this reply so far. */
  weigh(wireBytes: number): void {
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
    const situation: Situation = { stage: this.#stage, clientCertificate: this.#connection.clientCertificate, kept: this.#kept };
    if (error instanceof ProbeFailure) return error;
    if (this.#context.signal.aborted) return asProbeFailure(classifyDeadline(this.#stage));
    if (error === undefined) return asProbeFailure(classifyClose(undefined, situation));
    const failure = classify(error, situation);
    return failure === undefined ? error : asProbeFailure(failure);
  }
}

function asProbeFailure({ reason, message }: ReturnType<typeof classifyDeadline>): ProbeFailure {
  return new ProbeFailure(reason, message);
}
