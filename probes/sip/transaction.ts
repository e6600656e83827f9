// One request and what is heard of it: a client transaction (RFC 3261 17.1.2), with its sockets and timers left to others.
import { randomBytes } from 'node:crypto';
import { type LocalEnd, type ProbeContext, ProbeFailure, parseAddress } from '#prober/door.ts';
import type { SipOptions } from './options.ts';
import { decode, encodeOptions, hostOf, type Identity, magicCookie, mismatch, type Response } from './wire.ts';

/** T1 and T2 (RFC 3261 17.1.1.1). */
const t1 = 500;
const t2 = 4000;
/** By UDP, answers to other requests that are no fault: late ones to whoever had our port before us. A connection is ours alone. */
const foreignLimit = 3;

export class Transaction {
  readonly #options: SipOptions;
  readonly #context: ProbeContext;
  readonly #identity: Identity = {
    branch: magicCookie + randomBytes(12).toString('hex'),
    callId: randomBytes(16).toString('hex'),
    fromTag: randomBytes(8).toString('hex'),
  };
  #provisional = 0;
  #foreign = 0;
  #answered = false;

  constructor(options: SipOptions, context: ProbeContext) {
    this.#options = options;
    this.#context = context;
  }

  /** `local`: what the socket is really bound to. */
  request(local: LocalEnd): Buffer {
    const { address, transport, uri = uriOf(address), from, max_forwards: maxForwards } = this.#options;
    return encodeOptions({ ...this.#identity, transport, uri, from, local, maxForwards, agent: this.#context.agent });
  }

  /** Timer E: doubles up to T2, and is T2 once a provisional answer came (17.1.2.2). The deadline cuts it. */
  wait(retransmissions: number): number {
    return this.#provisional > 0 ? t2 : Math.min(t1 * 2 ** retransmissions, t2);
  }

  /** The final answer; undefined for one that has to be passed over. Notes what it says. Throws ProbeFailure `protocol`. */
  hear(bytes: Buffer): Response | undefined {
    const { transport } = this.#options;
    const response = decode(bytes, transport === 'tcp' || transport === 'tls');
    if ('flaw' in response) throw new ProbeFailure('protocol', response.flaw);
    const wrong = mismatch(response, this.#identity);
    if (wrong === 'mangled') throw new ProbeFailure('protocol', 'the answer has our branch, but not the rest of what we sent');
    if (wrong === 'foreign') {
      this.#countForeign();
      return undefined;
    }
    if (response.code < 200) {
      this.#provisional += 1;
      this.#context.fact('provisional_answers', this.#provisional);
      return undefined;
    }
    this.#answered = true;
    this.#note(response, bytes.length);
    return response;
  }

  /** The error; where it is a silence in which something was heard, one that says so. */
  explained(error: unknown): unknown {
    if (this.#answered || !(error instanceof ProbeFailure) || error.reason !== 'timeout') return error;
    if (this.#provisional > 0) return new ProbeFailure('timeout', 'a provisional answer came, and no final one in time');
    if (this.#foreign > 0) return new ProbeFailure('timeout', 'answers to other requests came, and none to ours in time');
    return error;
  }

  #countForeign(): void {
    this.#foreign += 1;
    this.#context.fact('foreign_answers', this.#foreign);
    if (this.#options.transport === 'udp' && this.#foreign <= foreignLimit) return;
    throw new ProbeFailure('protocol', 'the answer is to another request');
  }

  #note({ code, retryAfter, server, seenAs }: Response, length: number): void {
    this.#context.fact('status_code', code);
    this.#context.fact('response_bytes', length);
    if (retryAfter !== undefined) this.#context.fact('retry_after_seconds', retryAfter);
    this.#context.note('server', server);
    this.#context.note('seen_as', seenAs);
  }
}

/** `sip:pbx.example.org`, with the port where it is not the one that a URI means without (RFC 3261 19.1.2). */
function uriOf(address: string): string {
  const { host, port } = parseAddress(address) ?? { host: '', port: 0 };
  return `sip:${hostOf(host)}${port === 5060 ? '' : `:${port}`}`;
}
