// Whether the reply of a network is well. Pure.
import type { Failure } from '#prober/door.ts';
import type { Reply } from './wire.ts';

/** Codes of a Status or Verify that accept: 010 is accepted, and its delivery goes on. */
const accepted: ReadonlySet<string> = new Set(['000', '010']);

export interface Agreed {
  /** Our MessageID. */
  readonly id: string;
  /** Errors that are well: `900`, `900:4010`. */
  readonly expect: readonly string[];
}

/** Undefined: well. */
export function judge(reply: Reply | string, { id, expect }: Agreed): Failure | undefined {
  if (typeof reply === 'string') return { reason: 'protocol', message: reply };
  // Before anything else: a prescription is no answer to us, and relates to something of its own.
  if (reply.kind === 'message')
    return {
      reason: 'content',
      message: `patient data where none may be: ${reply.messages} message${reply.messages === 1 ? '' : 's'} came back, and nothing of it is kept`,
    };
  if (reply.code === '') return { reason: 'protocol', message: 'the reply has no code' };
  // Networks relate an error to 0 where they could not, or would not, read who it is about; it came on our own connection.
  const isToNobody = reply.kind === 'error' && reply.relatesTo === '0';
  if (reply.relatesTo !== id && !isToNobody)
    return { reason: 'protocol', message: 'the reply does not relate to our message (RelatesToMessageID)' };
  if (reply.kind !== 'error') {
    return accepted.has(reply.code) ? undefined : { reason: 'rejected', message: `the network answered ${codesOf(reply)}` };
  }
  if (isAgreed(reply, expect)) return undefined;
  const tail = isToNobody ? '; it relates to no message: could ours be read?' : '';
  return { reason: 'rejected', message: `the network rejected our message: ${codesOf(reply)}${tail}` };
}

function isAgreed({ code, descriptionCodes }: Reply, expect: readonly string[]): boolean {
  return expect.includes(code) || descriptionCodes.some((description) => expect.includes(`${code}:${description}`));
}

/** Most description codes that are shown. */
const shown = 5;

/** `error 900, description 4010`: codes as they are in public, anything else as `?`, since the place of a code is no place for a text. */
export function codesOf({ kind, code, descriptionCodes }: Reply): string {
  const descriptions = descriptionCodes.slice(0, shown).map((description) => (/^\d{2,5}$/.test(description) ? description : '?'));
  const tail = descriptions.length === 0 ? '' : `, description ${descriptions.join(' ')}`;
  return `${kind} ${/^\d{3}$/.test(code) ? code : '?'}${tail}`;
}
