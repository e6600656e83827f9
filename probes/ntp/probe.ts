// Asks a time server for the time, once.
import { randomBytes } from 'node:crypto';
import { defineProbe, exchangeDatagram, type ProbeContext, ProbeFailure, parseAddress } from '#prober/door.ts';
import { delayOf, judge, offsetOf } from './judge.ts';
import { type NtpOptions, Options } from './options.ts';
import { decodeReply, encodeRequest, type Reply } from './wire.ts';

export const ntp = defineProbe({
  kind: 'ntp',
  summary: 'Asks a time server for the time by NTP and compares it with our clock.',
  options: Options,
  effect: 'read',
  leastInterval: 64_000,
  defaultTimeout: 2000,
  pausesAfterAuth: false,
  reasons: ['dns', 'refused', 'unreachable', 'timeout', 'protocol', 'rejected', 'content'],
  facts: [
    { name: 'clock_offset_seconds', help: 'How far the clock of the server is from ours, either way.', warn: 1, fail: 60, worse: 'above' },
    { name: 'delay_seconds', help: 'Round trip without the time that the server took.' },
    { name: 'stratum', help: 'Distance from a reference clock: 1 has one, 16 is not synchronised.' },
    { name: 'root_dispersion_seconds', help: 'Largest error against the reference clock, as the server says.' },
  ],
  host: (options) => options.address,
  run,
});

async function run(options: NtpOptions, context: ProbeContext): Promise<void> {
  const { host, port } = parseAddress(options.address) ?? { host: '', port: 0 };
  const nonce = randomBytes(8);
  const match = (packet: Buffer): { readonly reply: Reply; readonly receivedAt: number } | undefined => {
    const receivedAt = Date.now();
    const reply = decodeReply(packet);
    if (reply === undefined) throw new ProbeFailure('protocol', 'the answer is shorter than an NTP packet');
    // Somebody else's answer, or one that was made up: passed over.
    return reply.originate.equals(nonce) ? { reply, receivedAt } : undefined;
  };
  const { value, elapsed } = await exchangeDatagram({ host, port }, encodeRequest(nonce), { match, cap: 1024, strangers: 4 }, context);
  const { reply, receivedAt } = value;
  const sentAt = receivedAt - elapsed;
  const offset = offsetOf(reply, sentAt, receivedAt);
  note(reply, context);
  if (reply.mode === 4 && Number.isFinite(offset)) {
    context.fact('clock_offset_seconds', Math.abs(offset) / 1000);
    context.fact('delay_seconds', delayOf(reply, sentAt, receivedAt) / 1000);
  }
  const failure = judge(reply, offset, options.max_offset);
  if (failure !== undefined) throw new ProbeFailure(failure.reason, failure.message);
}

function note(reply: Reply, context: ProbeContext): void {
  context.note('reference', reply.reference);
  context.fact('stratum', reply.stratum);
  context.fact('root_dispersion_seconds', reply.rootDispersion);
}
