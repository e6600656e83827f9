// Whether a reply to an echo is well. Pure.
import type { Failure } from '#prober/door.ts';
import { type Fields, type Message, type RequestType, replyType } from './wire.ts';

/** Response codes that people on call should read as words. */
const meanings: Readonly<Record<string, string>> = {
  '03': 'invalid merchant or terminal',
  '12': 'invalid transaction: is our message as the host wants it?',
  '30': 'format error: is our message as the host wants it?',
  '58': 'not permitted to the terminal',
  '91': 'the switch or issuer is inoperative',
  '92': 'unknown destination',
  '96': 'system malfunction',
  '904': 'format error: is our message as the host wants it?',
  '907': 'the issuer or switch is inoperative',
  '909': 'system malfunction',
};

/** `sent`: the fields of the request. Undefined: well. */
export function judge(reply: Message | string, request: RequestType, sent: Fields, expect: readonly string[]): Failure | undefined {
  if (typeof reply === 'string') return { reason: 'protocol', message: reply };
  if (reply.type !== replyType(request))
    return { reason: 'protocol', message: `the reply is a message ${reply.type}, and ${replyType(request)} was due` };
  for (const [number, required] of echoed(request)) {
    const value = reply.fields.get(number);
    if (value === undefined && !required) continue;
    if (value !== sent.get(number))
      return { reason: 'protocol', message: `the reply does not repeat field ${number}: it is to another message` };
  }
  const code = reply.fields.get(39);
  if (code === undefined) return { reason: 'protocol', message: 'the reply has no response code (DE39)' };
  if (expect.includes(code)) return undefined;
  const meaning = meanings[code];
  return { reason: 'rejected', message: `the host answered with response code ${code}${meaning === undefined ? '' : `: ${meaning}`}` };
}

/** Fields that the reply repeats, and whether it must have them. */
function echoed(request: RequestType): readonly (readonly [number, boolean])[] {
  return request === '0800'
    ? [
        [7, true],
        [11, true],
        [70, true],
      ]
    : [
        [7, false],
        [11, true],
      ];
}
