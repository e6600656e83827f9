// Questions and answers over UDP, on the attempt's signal.
import { createSocket, type Socket } from 'node:dgram';
import type { DurationMs } from '#model/time.ts';
import { classify, classifyDeadline } from './classify.ts';
import { type ProbeContext, ProbeFailure } from './contract.ts';
import { type ResolveTarget, resolve } from './resolve.ts';
import { selfwatch } from './selfwatch.ts';

export interface DatagramTarget extends ResolveTarget {
  readonly port: number;
}

/** Where a socket stands: for protocols whose requests name it. */
export interface LocalEnd {
  readonly address: string;
  readonly port: number;
}

export interface DatagramOptions<T> {
  /** What the datagram means, or undefined when it is not the answer (another id): it is then passed over and counted. */
  readonly match: (reply: Buffer) => T | undefined;
  /** Answers longer than this are `protocol`. Default 65,507: nothing longer fits into one. */
  readonly cap?: number;
  /**
   * Waits after which the question is sent again, as far as the protocol prescribes it; a function where they depend on what was
   * heard: it is asked for each wait, with how often the question was sent again already. Default: never.
   */
  readonly retransmit?: readonly DurationMs[] | ((retransmissions: number) => DurationMs);
  /** Datagrams passed over before the far end is `protocol`. Default 16. */
  readonly strangers?: number;
}

export interface DatagramReply<T> {
  readonly value: T;
  readonly address: string;
  readonly retransmissions: number;
  readonly strangers: number;
  /** From the latest sending of the request to the reply. */
  readonly elapsed: DurationMs;
}

/** A connected socket, so that a closed port answers at once and nobody else can. The caller closes it. */
export interface Datagrams {
  /** The one address that is asked. */
  readonly address: string;
  /** What it is asked from. */
  readonly local: LocalEnd;
  /** Sends the request and waits for the matching reply; one question at a time. Throws ProbeFailure. */
  ask<T>(request: Uint8Array, options: DatagramOptions<T>): Promise<DatagramReply<T>>;
  /** Sends it once and waits for nothing: a last word, which still leaves when the deadline has passed. */
  tell(message: Uint8Array): void;
  /** At once; what was told has left. */
  close(): void;
}

/**
 * Opens a fresh connected socket. Notes the phase `resolve` and the note `remote_address`. Throws ProbeFailure and leaves nothing open.
 * When the signal aborts, the question under way fails at once; the socket of one who forgets to close it is closed a turn of the loop later.
 */
export async function openDatagrams(target: DatagramTarget, context: ProbeContext): Promise<Datagrams> {
  const { address, family } = await resolve(target, context);
  context.note('remote_address', address);
  context.enter('request');
  context.signal.throwIfAborted();
  const line = new Line(createSocket(family === 6 ? 'udp6' : 'udp4'), address, context.signal);
  try {
    await line.connect(target.port);
    return line;
  } catch (error) {
    line.close();
    throw asFailure(error);
  }
}

/**
 * One question from a socket of its own: `openDatagrams`, `ask`, `close`. Notes the phase `request` as well; nothing stays open.
 * `request`: the bytes, or what makes them, once, for the socket they are sent from.
 */
export async function exchangeDatagram<T>(
  target: DatagramTarget,
  request: Uint8Array | ((local: LocalEnd) => Uint8Array),
  options: DatagramOptions<T>,
  context: ProbeContext,
): Promise<DatagramReply<T>> {
  const line = await openDatagrams(target, context);
  try {
    const began = performance.now();
    const reply = await line.ask(typeof request === 'function' ? request(line.local) : request, options);
    context.phase('request', performance.now() - began);
    return reply;
  } finally {
    line.close();
  }
}

class Line implements Datagrams {
  readonly address: string;
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #onAbort = () => {
    this.#fail(deadline());
    setImmediate(() => this.close());
  };
  /** What waits now. */
  #exchange: { fail(error: Error): void; receive(message: Buffer): void } | undefined;
  /** What the socket has met first, also while nobody asked: the next question hears of it. */
  #error: Error | undefined;
  #closed = false;

  constructor(socket: Socket, address: string, signal: AbortSignal) {
    this.address = address;
    this.#socket = socket;
    this.#signal = signal;
    selfwatch.openSockets += 1;
    socket.on('error', (error) => this.#fail(error));
    socket.on('message', (message) => this.#exchange?.receive(message));
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get local(): LocalEnd {
    return this.#socket.address();
  }

  connect(port: number): Promise<void> {
    return new Promise((settle, reject) => {
      this.#exchange = { fail: reject, receive: () => {} };
      this.#socket.connect(port, this.address, (error?: Error) => {
        this.#exchange = undefined;
        if (error) reject(error);
        else settle();
      });
    });
  }

  async ask<T>(request: Uint8Array, options: DatagramOptions<T>): Promise<DatagramReply<T>> {
    if (this.#signal.aborted) throw deadline();
    const exchange = new Exchange(this.#socket, request, options);
    this.#exchange = exchange;
    try {
      if (this.#error !== undefined) throw this.#error;
      return { ...(await exchange.run()), address: this.address };
    } catch (error) {
      throw asFailure(error);
    } finally {
      this.#exchange = undefined;
    }
  }

  tell(message: Uint8Array): void {
    // Where it does not arrive, nobody hears of it.
    if (!this.#closed) this.#socket.send(message, () => {});
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#fail(deadline());
    selfwatch.openSockets -= 1;
    try {
      this.#socket.close();
    } catch {
      // Closed already by its own error.
    }
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#exchange?.fail(error);
  }
}

class Exchange<T> {
  readonly #socket: Socket;
  readonly #request: Uint8Array;
  readonly #options: DatagramOptions<T>;
  readonly #result = Promise.withResolvers<Omit<DatagramReply<T>, 'address'>>();
  #timer: NodeJS.Timeout | undefined;
  #retransmissions = 0;
  #strangers = 0;
  #sentAt = 0;

  constructor(socket: Socket, request: Uint8Array, options: DatagramOptions<T>) {
    this.#socket = socket;
    this.#request = request;
    this.#options = options;
  }

  async run(): Promise<Omit<DatagramReply<T>, 'address'>> {
    this.#send(0);
    try {
      return await this.#result.promise;
    } finally {
      clearTimeout(this.#timer);
    }
  }

  fail(error: Error): void {
    clearTimeout(this.#timer);
    this.#result.reject(error);
  }

  receive(message: Buffer): void {
    if (message.length > (this.#options.cap ?? 65_507)) {
      this.fail(new ProbeFailure('protocol', 'the answer is larger than allowed'));
      return;
    }
    try {
      const value = this.#options.match(message);
      if (value === undefined) this.#passOver();
      else this.#settle(value);
    } catch (error) {
      // What the codec says of the answer.
      this.fail(error instanceof Error ? error : new Error('match threw', { cause: error }));
    }
  }

  #send(time: number): void {
    this.#sentAt = performance.now();
    this.#socket.send(this.#request, (error) => {
      if (error) this.fail(error);
    });
    const { retransmit } = this.#options;
    const wait = typeof retransmit === 'function' ? retransmit(time) : retransmit?.[time];
    if (wait === undefined) return;
    this.#timer = setTimeout(() => {
      this.#retransmissions += 1;
      this.#send(time + 1);
    }, wait);
  }

  #settle(value: T): void {
    const elapsed = performance.now() - this.#sentAt;
    this.#result.resolve({ value, retransmissions: this.#retransmissions, strangers: this.#strangers, elapsed });
  }

  #passOver(): void {
    this.#strangers += 1;
    if (this.#strangers > (this.#options.strangers ?? 16)) {
      this.fail(new ProbeFailure('protocol', 'many datagrams came, and none of them is the answer'));
    }
  }
}

/** ECONNREFUSED and the like get their reason; what `match` threw stays as it is. */
function asFailure(error: unknown): unknown {
  const failure = classify(error, { stage: 'request' });
  return failure === undefined ? error : new ProbeFailure(failure.reason, failure.message, { cause: error });
}

function deadline(): ProbeFailure {
  const { reason, message } = classifyDeadline('request');
  return new ProbeFailure(reason, message);
}
