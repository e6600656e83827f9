// One allocation: asked for, taken, and given back whatever comes.
import { randomBytes } from 'node:crypto';
import {
  type Failure,
  type ProbeContext,
  ProbeFailure,
  type StunLine,
  type StunMessage,
  stunAttribute,
  stunRequest,
  successOf,
  xorAddressOf,
} from '#prober/door.ts';
import { isStale, judgeAllocation, judgeChallenge, judgeForm, judgeLogin, judgeRelease, type Step } from './judge.ts';
import { type Credentials, challengeOf, encodeAllocate, encodeRelease, type Login, lifetimeOf, logIn } from './wire.ts';

export class Session {
  readonly #line: StunLine;
  readonly #credentials: Credentials;
  readonly #context: ProbeContext;
  #login: Login | undefined;
  /** The server has an allocation of ours, or may have one: an answer can get lost. */
  #held = false;

  constructor(line: StunLine, credentials: Credentials, context: ProbeContext) {
    this.#line = line;
    this.#credentials = credentials;
    this.#context = context;
  }

  /** Asks as nobody, and is asked who we are. */
  async challenge(): Promise<void> {
    const message = await this.#ask('challenge');
    this.#context.note('software', message.software);
    this.#held = message.type === successOf(stunRequest.allocate);
    throwIf(judgeChallenge(message));
    this.#context.note('realm', message.attributes.get(stunAttribute.realm)?.toString('utf8') ?? '');
    this.#answer('challenge', message);
  }

  /** Asks again with credentials. */
  async allocate(): Promise<void> {
    this.#held = true;
    const message = await this.#askFresh('allocate');
    this.#held = message.type === successOf(stunRequest.allocate);
    this.#context.note('relayed_address', xorAddressOf(message, stunAttribute.xorRelayedAddress) ?? '');
    this.#context.note('mapped_address', message.mapped ?? '');
    throwIf(judgeAllocation(message));
    this.#context.fact('lifetime_seconds', lifetimeOf(message) ?? 0);
  }

  /** Gives it back, and sees that it is gone. */
  async release(): Promise<void> {
    const message = await this.#askFresh('release');
    this.#held = false;
    const failure = judgeRelease(message);
    this.#context.fact('released', failure === undefined ? 1 : 0);
    throwIf(failure);
  }

  /** After a failure: gives back what the server may have, as far as there is time. Throws nothing, since the failure is what counts. */
  async abandon(): Promise<void> {
    if (!this.#held) return;
    this.#context.fact('released', 0);
    if (this.#context.signal.aborted) {
      this.#line.tell(encodeRelease(this.#sending()));
      return;
    }
    try {
      await this.release();
    } catch {
      // The server forgets it at the end of its lifetime.
    }
  }

  /** A stale nonce is answered once: that is how the server renews it (RFC 8489 9.2.5). */
  async #askFresh(step: Step): Promise<StunMessage> {
    const message = await this.#ask(step);
    if (!isStale(message)) return message;
    this.#answer(step, message);
    return this.#ask(step);
  }

  async #ask(step: Step): Promise<StunMessage> {
    const encode = step === 'release' ? encodeRelease : encodeAllocate;
    const message = await this.#line.ask(encode(this.#sending()));
    throwIf(judgeForm(step, message, this.#login));
    return message;
  }

  #answer(step: Step, message: StunMessage): void {
    const challenge = challengeOf(message);
    this.#login = challenge === undefined ? undefined : logIn(this.#credentials, challenge);
    throwIf(judgeLogin(step, challenge, this.#login));
  }

  #sending(): Parameters<typeof encodeRelease>[0] {
    return { id: randomBytes(12), agent: this.#context.agent, login: this.#login };
  }
}

function throwIf(failure: Failure | undefined): void {
  if (failure !== undefined) throw new ProbeFailure(failure.reason, failure.message);
}
