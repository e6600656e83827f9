// Whether the answer to a Binding request is well. Pure.
import { errorOf, type Failure, type StunMessage, stunRequest, successOf } from '#prober/door.ts';

/** Undefined: well. The answer is to our request already. */
export function judge(message: StunMessage): Failure | undefined {
  if (!message.sound) return { reason: 'protocol', message: 'the fingerprint of the answer is wrong' };
  if (message.type === errorOf(stunRequest.binding)) return judgeError(message.error);
  if (message.type !== successOf(stunRequest.binding)) return { reason: 'protocol', message: 'the answer is not one to a Binding request' };
  return message.mapped === undefined ? { reason: 'protocol', message: 'the answer does not say how we are seen' } : undefined;
}

/** RFC 8489 14.8. */
function judgeError(code: number | undefined): Failure {
  if (code === 401 || code === 403) return { reason: 'auth', message: `the server refuses us (${code})` };
  if (code === undefined || code < 300) return { reason: 'protocol', message: 'the server refuses, and does not say why' };
  const meaning = { 300: ': try another server', 400: ': bad request', 420: ': unknown attribute', 500: ': server error' }[code] ?? '';
  return { reason: 'rejected', message: `the server answered with error ${code}${meaning}` };
}
