// The door: all that a receiver kind may use of the house.
export type { Alert } from '#model/alert.ts';
export { duration, httpUrl, maybeSecret, reveal, s, secret } from '#schema/kit.ts';
export { Secret } from '#schema/secret.ts';
export { defineReceiver, type SendContext, type SendOutcome } from './contract.ts';
export { httpOptions, revealHeaders } from './http-options.ts';
export { outcomeOf, type PostReply, post } from './post.ts';
