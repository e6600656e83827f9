// What a reply that is not the one expected means. Pure.
import type { Failure } from '#prober/door.ts';
import type { Reply } from './wire.ts';

/** `step`: what was asked. Texts of the server are not repeated: they may repeat what was sent. */
export function judgeReply(step: string, reply: Reply | undefined, wanted: number): Failure | undefined {
  if (reply === undefined) return { reason: 'protocol', message: `${step}: the answer is not SMTP` };
  const { code } = reply;
  if (code === wanted) return undefined;
  const meaning = authMeanings[code];
  if (meaning !== undefined) return { reason: 'auth', message: `${step}: ${meaning} (${code})` };
  if (code < 400) return { reason: 'protocol', message: `${step}: code ${code} came where ${wanted} was due` };
  return {
    reason: 'rejected',
    message: `${step}: ${refusals[`${step} ${code}`] ?? refusals[code] ?? (code < 500 ? 'refused for now' : 'refused')} (${code})`,
  };
}

/** By step and code, or by code. */
const refusals: Readonly<Record<string, string>> = {
  421: 'alive, and turning us away for now',
  'auth 454': 'it cannot check passwords at present',
  'banner 554': 'it does not talk to us: is our address blocked?',
};

const authMeanings: Readonly<Record<number, string>> = {
  530: 'it wants a log-in',
  534: 'it wants a stronger way of logging in',
  535: 'the user name or password was refused',
  538: 'it wants encryption first',
};
