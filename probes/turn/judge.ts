// Whether the answers of a TURN server are well. Pure.
import { errorOf, type Failure, isSignedBy, type StunMessage, stunAttribute, stunRequest, successOf, xorAddressOf } from '#prober/door.ts';
import { type Challenge, type Login, lifetimeOf } from './wire.ts';

export type Step = 'challenge' | 'allocate' | 'release';

/** Undefined: an answer to this request that can be believed, success or error. */
export function judgeForm(step: Step, message: StunMessage, login: Login | undefined): Failure | undefined {
  const request = step === 'release' ? stunRequest.refresh : stunRequest.allocate;
  const isSuccess = message.type === successOf(request);
  if (!isSuccess && message.type !== errorOf(request))
    return { reason: 'protocol', message: `${step}: the answer is not one to this request` };
  if (!message.sound) return { reason: 'protocol', message: `${step}: the fingerprint of the answer is wrong` };
  const signed = login === undefined ? undefined : isSignedBy(message, login.integrity);
  if (signed === false) return { reason: 'protocol', message: `${step}: the signature of the answer is wrong` };
  // Errors that say that the credentials are wrong cannot be signed by them (RFC 8489 9.2.4).
  if (isSuccess && login !== undefined && signed === undefined) return { reason: 'protocol', message: `${step}: the answer is not signed` };
  return undefined;
}

/** The first answer must be 401, with what we need to log in. Undefined: it is. */
export function judgeChallenge(message: StunMessage): Failure | undefined {
  if (message.type === successOf(stunRequest.allocate))
    return { reason: 'content', message: 'challenge: the server relays for anybody: it gave an allocation without asking who we are' };
  return message.error === 401 ? undefined : judgeError('challenge', message.error);
}

/** Whether we can log in as the server asks us to. */
export function judgeLogin(step: Step, challenge: Challenge | undefined, login: Login | undefined): Failure | undefined {
  if (challenge === undefined)
    return { reason: 'protocol', message: `${step}: the server asks who we are, and does not send REALM and NONCE` };
  return login === undefined
    ? { reason: 'protocol', message: `${step}: the server offers no password algorithm but ones that we do not know` }
    : undefined;
}

/** 438: the nonce has grown old, and the answer carries a new one. */
export function isStale(message: StunMessage): boolean {
  return message.error === 438 && (message.type & errorOf(0)) === errorOf(0);
}

/** Undefined: we have an allocation. */
export function judgeAllocation(message: StunMessage): Failure | undefined {
  if (message.type === errorOf(stunRequest.allocate)) return judgeError('allocate', message.error);
  if (xorAddressOf(message, stunAttribute.xorRelayedAddress) === undefined)
    return { reason: 'protocol', message: 'allocate: the answer names no relayed address' };
  if (lifetimeOf(message) === undefined) return { reason: 'protocol', message: 'allocate: the answer names no lifetime' };
  return undefined;
}

/** Undefined: the allocation is gone. */
export function judgeRelease(message: StunMessage): Failure | undefined {
  if (message.type === errorOf(stunRequest.refresh)) return judgeError('release', message.error);
  return (lifetimeOf(message) ?? 0) === 0
    ? undefined
    : { reason: 'content', message: 'release: the server agrees, and keeps the allocation all the same' };
}

/** RFC 8489 14.8 and RFC 8656 19. */
const refusals: Readonly<Record<number, readonly [Failure['reason'], string]>> = {
  300: ['rejected', 'the server sends us to another one'],
  400: ['rejected', 'bad request'],
  401: ['auth', 'wrong user name, password or shared secret, or clocks that differ'],
  403: ['auth', 'forbidden'],
  420: ['rejected', 'unknown attribute'],
  437: ['rejected', 'the server has another idea of which allocation is ours'],
  438: ['rejected', 'the server calls the nonce stale that it has just given out'],
  440: ['rejected', 'the server has no address of this family to relay by'],
  441: ['auth', 'wrong credentials for this allocation'],
  442: ['rejected', 'the server does not relay UDP'],
  486: ['rejected', 'busy: the quota of allocations is reached'],
  500: ['rejected', 'server error'],
  508: ['rejected', 'busy: the server has no capacity left'],
};

function judgeError(step: Step, code: number | undefined): Failure {
  if (code === undefined || code < 300) return { reason: 'protocol', message: `${step}: the server refuses, and does not say why` };
  const [reason, meaning] = refusals[code] ?? ['rejected', 'refused'];
  return { reason, message: `${step}: ${meaning} (${code})` };
}
