// Asks a STUN server how it sees us.
import { randomBytes } from 'node:crypto';
import {
  defineProbe,
  encodeStun,
  openStunLine,
  type ProbeContext,
  ProbeFailure,
  softwareAttribute,
  streamReasons,
  stunFacts,
  stunRequest,
} from '#prober/door.ts';
import { judge } from './judge.ts';
import { Options, type StunOptions } from './options.ts';

export const stun = defineProbe({
  kind: 'stun',
  summary: 'Asks a STUN server how it sees us, by UDP, TCP or TLS.',
  options: Options,
  effect: 'none',
  leastInterval: 30_000,
  defaultTimeout: 5000,
  pausesAfterAuth: false,
  reasons: [...streamReasons, 'protocol', 'rejected'],
  facts: stunFacts,
  host: (options) => options.address,
  run,
});

async function run(options: StunOptions, context: ProbeContext): Promise<void> {
  const { fingerprint } = options;
  const line = await openStunLine(options, context);
  try {
    const began = performance.now();
    const attributes = [softwareAttribute(context.agent)];
    const message = await line.ask(encodeStun({ type: stunRequest.binding, id: randomBytes(12), attributes, fingerprint }));
    context.phase('request', performance.now() - began);
    context.note('software', message.software);
    context.note('mapped_address', message.mapped ?? '');
    const failure = judge(message);
    if (failure !== undefined) throw new ProbeFailure(failure.reason, failure.message);
    await line.end();
  } finally {
    line.destroy();
  }
}
