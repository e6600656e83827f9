// Whether a time server's answer is well. Pure.
import type { Failure } from '#prober/door.ts';
import type { Reply } from './wire.ts';

/** Kisses that tell a client to go away or slow down (RFC 5905 7.4). */
const refusals: Readonly<Record<string, string>> = {
  RATE: 'asks to be asked less often',
  DENY: 'denies access',
  RSTR: 'restricts access',
};

/** How far the server's clock is from ours, milliseconds: positive when it is ahead (RFC 5905 8). `sent` and `received` by our wall clock. */
export function offsetOf({ receivedAt, sentAt }: Reply, sent: number, received: number): number {
  return (receivedAt - sent + (sentAt - received)) / 2;
}

/** Round trip without the time that the server took, milliseconds. */
export function delayOf({ receivedAt, sentAt }: Reply, sent: number, received: number): number {
  return Math.max(0, received - sent - (sentAt - receivedAt));
}

/** `offset`: milliseconds. Undefined: well. */
export function judge(reply: Reply, offset: number, most: number): Failure | undefined {
  if (reply.mode !== 4) return { reason: 'protocol', message: `the answer is not a server's (mode ${reply.mode})` };
  if (reply.stratum === 0) return judgeKiss(reply.reference);
  if (reply.leap === 3 || reply.stratum >= 16) return { reason: 'content', message: 'the server is not synchronised: its time is a guess' };
  if (!Number.isFinite(offset)) return { reason: 'protocol', message: 'the answer has no time in it' };
  if (Math.abs(offset) <= most) return undefined;
  const how = offset > 0 ? 'ahead of' : 'behind';
  return { reason: 'content', message: `the server's clock is ${seconds(Math.abs(offset))} ${how} ours: one of them is wrong` };
}

function judgeKiss(code: string): Failure {
  const refusal = refusals[code];
  if (refusal !== undefined) return { reason: 'rejected', message: `the server ${refusal} (kiss-o'-death ${code})` };
  return { reason: 'content', message: 'the server is not synchronised: its time is a guess' };
}

function seconds(milliseconds: number): string {
  return milliseconds < 10_000 ? `${Math.round(milliseconds) / 1000} s` : `${Math.round(milliseconds / 1000)} s`;
}
