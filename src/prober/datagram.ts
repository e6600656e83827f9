// One question and one answer over UDP, on the attempt's signal.
import { createSocket, type Socket } from 'node:dgram';
import type { DurationMs } from '#model/time.ts';
import { classify, classifyDeadline } from './classify.ts';
import { type ProbeContext, ProbeFailure } from './contract.ts';
import { type ResolveTarget, resolve } from './resolve.ts';
import { selfwatch } from './selfwatch.ts';

export interface DatagramTarget extends ResolveTarget {
  readonly port: number;
}

export interface DatagramOptions<T> {
  /** What the datagram means, or undefined when it is not the answer (another id): it is then passed over and counted. */
  readonly match: (reply: Buffer) => T | undefined;
  /** Answers longer than this are `protocol`. Default 65,507: nothing longer fits into one. */
  readonly cap?: number;
  /** Waits after which the question is sent again, as far as the protocol prescribes it. Default: never. */
  readonly retransmit?: readonly DurationMs[];
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

/**
 * Sends the request from a fresh connected socket (so that a closed port answers at once) and waits for the matching reply.
 * Notes the phases `resolve` and `request` and the note `remote_address`. Throws ProbeFailure; nothing stays open.
 */
export async function exchangeDatagram<T>(
  target: DatagramTarget,
  request: Uint8Array,
  options: DatagramOptions<T>,
  context: ProbeContext,
): Promise<DatagramReply<T>> {
  const { address, family } = await resolve(target, context);
  context.note('remote_address', address);
  context.enter('request');
  context.signal.throwIfAborted();
  const began = performance.now();
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  selfwatch.openSockets += 1;
  const exchange = new Exchange(socket, request, options);
  const onAbort = () => exchange.fail(deadline());
  context.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const found = await exchange.run(target.port, address);
    context.phase('request', performance.now() - began);
    return { ...found, address };
  } catch (error) {
    // ECONNREFUSED and the like, or what `match` threw.
    const failure = classify(error, { stage: 'request' });
    if (failure === undefined) throw error;
    throw new ProbeFailure(failure.reason, failure.message, { cause: error });
  } finally {
    context.signal.removeEventListener('abort', onAbort);
    exchange.close();
    selfwatch.openSockets -= 1;
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
    socket.on('error', (error) => this.fail(error));
    socket.on('message', (message) => this.#receive(message));
  }

  run(port: number, address: string): Promise<Omit<DatagramReply<T>, 'address'>> {
    this.#socket.connect(port, address, (error?: Error) => {
      if (error) this.fail(error);
      else this.#send(0);
    });
    return this.#result.promise;
  }

  fail(error: Error): void {
    clearTimeout(this.#timer);
    this.#result.reject(error);
  }

  close(): void {
    clearTimeout(this.#timer);
    try {
      this.#socket.close();
    } catch {
      // Closed already by its own error.
    }
  }

  #send(time: number): void {
    this.#sentAt = performance.now();
    this.#socket.send(this.#request, (error) => {
      if (error) this.fail(error);
    });
    const wait = this.#options.retransmit?.[time];
    if (wait === undefined) return;
    this.#timer = setTimeout(() => {
      this.#retransmissions += 1;
      this.#send(time + 1);
    }, wait);
  }

  #receive(message: Buffer): void {
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

function deadline(): ProbeFailure {
  const { reason, message } = classifyDeadline('request');
  return new ProbeFailure(reason, message);
}
