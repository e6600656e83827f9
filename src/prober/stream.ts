// Bounded reading and writing on a dialed socket: every wait ends on the signal, every read has a cap.
import type { Socket } from 'node:net';
import { classify, classifyClose, classifyDeadline, type Situation } from './classify.ts';
import { type ProbeContext, ProbeFailure, type Stage } from './contract.ts';
import type { Dialed } from './dial.ts';

/** Where what is wanted ends in the bytes read so far, or undefined while it is not complete. */
type Complete = (bytes: Buffer) => number | undefined;

/** A connection as a codec wants it. Bytes that were read and not asked for stay for the next read. */
export interface Stream {
  readonly socket: Socket;
  /** Bytes of the far end that were handed over or still wait. */
  bytesRead(): number;
  /** Settles when the kernel took the bytes. */
  write(data: Uint8Array | string): Promise<void>;
  /** Exactly `count` bytes. */
  read(count: number): Promise<Buffer>;
  /** As much as `complete` says; ProbeFailure `content` when more than `cap` bytes came without it. */
  readUntil(complete: Complete, cap: number): Promise<Buffer>;
  /** The same for an answer that has no end of its own: the far end's FIN completes what has come, unless nothing has. */
  readUntilOrEnd(complete: Complete, cap: number): Promise<Buffer>;
  /** All up to the far end's FIN; ProbeFailure `content` when it is more than `cap` bytes. */
  readToEnd(cap: number): Promise<Buffer>;
  /** FIN; settles when what was written has left. */
  end(): Promise<void>;
  /** At once. */
  destroy(): void;
  /**
   * Gives the plain connection back, for TLS over it; this stream is then over. ProbeFailure `protocol` when bytes of the far end wait
   * unread: what was said in plain must not count as said under TLS (RFC 3207 section 6).
   */
  release(): Dialed;
}

/** Reads and writes on a connection that `dial` made. Throws ProbeFailure `reset` (or `auth`, see Situation) when it closes too early. */
export function openStream(dialed: Dialed, context: ProbeContext): Stream {
  return new SocketStream(dialed, context);
}

class SocketStream implements Stream {
  readonly socket: Socket;
  readonly #context: ProbeContext;
  readonly #dialed: Dialed;
  /** Bytes read and not taken: `#buffer[0..#length)`. Grows by doubling, so that a dripping far end costs linear time. */
  #buffer = Buffer.allocUnsafe(1024);
  #length = 0;
  #received = 0;
  #stage: Stage = 'request';
  #ended = false;
  #error: Error | undefined;
  #wake: () => void = nothing;
  /** Ends the write under way when the connection is gone. */
  #cutWrite: () => void = nothing;

  readonly #onReadable = () => this.#wake();
  readonly #onEnd = () => this.#finish(undefined);
  readonly #onError = (error: Error) => this.#finish(error);
  readonly #onAbort = () => this.#cut();
  readonly #onClose = () => {
    this.#context.signal.removeEventListener('abort', this.#onAbort);
    this.#cut();
  };

  constructor(dialed: Dialed, context: ProbeContext) {
    this.socket = dialed.socket;
    this.#context = context;
    this.#dialed = dialed;
    const { socket } = this;
    socket.on('readable', this.#onReadable);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    // At once: the event 'close' comes a turn of the loop later.
    context.signal.addEventListener('abort', this.#onAbort, { once: true });
    socket.on('close', this.#onClose);
    // It may be gone already: nothing would wake the first read.
    if (socket.destroyed) this.#finish(socket.errored ?? undefined);
  }

  bytesRead(): number {
    return this.#received;
  }

  write(data: Uint8Array | string): Promise<void> {
    return new Promise((settle, reject) => {
      this.#cutWrite = () => reject(this.#failure());
      this.socket.write(data, (error) => {
        this.#cutWrite = nothing;
        if (error) {
          this.#error ??= error;
          reject(this.#failure());
        } else settle();
      });
    });
  }

  read(count: number): Promise<Buffer> {
    return this.readUntil((bytes) => (bytes.length >= count ? count : undefined), count);
  }

  readUntil(complete: Complete, cap: number): Promise<Buffer> {
    return this.#until(complete, cap, false);
  }

  readUntilOrEnd(complete: Complete, cap: number): Promise<Buffer> {
    return this.#until(complete, cap, true);
  }

  async #until(complete: Complete, cap: number, endCompletes: boolean): Promise<Buffer> {
    for (;;) {
      this.#pull(cap);
      const length = complete(this.#buffer.subarray(0, Math.min(this.#length, cap)));
      if (length !== undefined) return this.#take(length);
      if (this.#length >= cap) throw new ProbeFailure('content', `more than ${cap} bytes without the expected end`);
      if (this.#ended) {
        const wasCut = this.#error !== undefined || this.#context.signal.aborted;
        if (!endCompletes || wasCut || this.#length === 0) throw this.#failure();
        return this.#take(this.#length);
      }
      await this.#more();
    }
  }

  async readToEnd(cap: number): Promise<Buffer> {
    for (;;) {
      this.#pull(cap + 1);
      if (this.#length > cap) throw new ProbeFailure('content', `the answer is larger than ${cap} bytes`);
      if (this.#error !== undefined || this.#context.signal.aborted) throw this.#failure();
      if (this.#ended) return this.#take(this.#length);
      await this.#more();
    }
  }

  end(): Promise<void> {
    return new Promise((settle) => {
      if (this.socket.destroyed) {
        settle();
        return;
      }
      this.#cutWrite = settle;
      this.socket.end(() => settle());
    });
  }

  destroy(): void {
    this.socket.destroy();
  }

  release(): Dialed {
    if (this.#ended || this.socket.destroyed) throw this.#failure();
    if (this.#length > 0 || this.socket.readableLength > 0) {
      throw new ProbeFailure('protocol', 'the far end went on in plain where TLS was to begin');
    }
    const { socket } = this;
    socket.off('readable', this.#onReadable);
    socket.off('end', this.#onEnd);
    socket.off('error', this.#onError);
    socket.off('close', this.#onClose);
    this.#context.signal.removeEventListener('abort', this.#onAbort);
    return this.#dialed;
  }

  /** Takes what the socket holds, up to `cap` bytes in all; the rest waits in the kernel, which slows the sender. */
  #pull(cap: number): void {
    while (this.#length < cap) {
      const waiting = this.socket.readableLength;
      const chunk: Buffer | null = waiting === 0 ? null : this.socket.read(Math.min(waiting, cap - this.#length));
      if (chunk === null) break;
      this.#append(chunk);
    }
    // Reading nothing asks the socket for more.
    if (this.#length < cap && !this.#ended) this.socket.read(0);
  }

  #append(chunk: Buffer): void {
    if (this.#received === 0) {
      this.#stage = 'reply';
      this.#context.enter('reply');
    }
    this.#received += chunk.length;
    const needed = this.#length + chunk.length;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer, this.#length);
    this.#length = needed;
  }

  #take(length: number): Buffer {
    const taken = Buffer.from(this.#buffer.subarray(0, length));
    this.#buffer.copy(this.#buffer, 0, length, this.#length);
    this.#length -= length;
    return taken;
  }

  #more(): Promise<void> {
    return new Promise((settle) => {
      this.#wake = settle;
    });
  }

  #cut(): void {
    this.#finish(undefined);
    this.#cutWrite();
  }

  #finish(error: Error | undefined): void {
    this.#error ??= error;
    this.#ended = true;
    this.#wake();
  }

  #failure(): Error {
    if (this.#context.signal.aborted) return asProbeFailure(classifyDeadline(this.#stage));
    const situation: Situation = { stage: this.#stage, clientCertificate: this.#dialed.clientCertificate };
    if (this.#error === undefined) return asProbeFailure(classifyClose(undefined, situation));
    const failure = classify(this.#error, situation);
    return failure === undefined ? this.#error : asProbeFailure(failure);
  }
}

function asProbeFailure({ reason, message }: ReturnType<typeof classifyDeadline>): ProbeFailure {
  return new ProbeFailure(reason, message);
}

function nothing(): void {}
