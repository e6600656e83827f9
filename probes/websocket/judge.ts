// Whether a message is the one that is waited for, and whether the end was well. Pure.
import { closeFailure, type Failure, type Pattern } from '#prober/door.ts';

/** Most messages that are looked at before the one that matches. */
export const messagesLimit = 20;

/** True: this is it. Messages are taken for UTF-8, binary ones too. */
export function isExpected(data: Buffer, expect: Pattern): boolean {
  return expect.test(data.toString('utf8'));
}

/** Undefined: more messages may come. `late`: none will. */
export function judgeMessages(others: number, late: boolean): Failure | undefined {
  if (!late && others < messagesLimit) return undefined;
  if (others === 0) return { reason: 'timeout', message: 'receive: no message in time' };
  return { reason: 'content', message: `receive: ${others} ${others === 1 ? 'message' : 'messages'}, none of which matches` };
}

/**
 * The code that the server closed with, after we asked it to. Without a code (1005) and without a Close frame (1006) it is sloppy, and
 * nobody's loss; 1001 is how some servers answer every close.
 */
export function judgeClose(code: number): Failure | undefined {
  if (code === 1000 || code === 1001 || code === 1005 || code === 1006) return undefined;
  const { reason, message } = closeFailure(code);
  return { reason, message: `close: ${message}` };
}
