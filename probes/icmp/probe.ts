// Lets ping send a few echoes: Node has no sockets for ICMP, and ping has the right.
import { defineProbe, type ProbeContext, ProbeFailure, runProgram } from '#prober/door.ts';
import { judge, readSummary } from './judge.ts';
import { type IcmpOptions, Options } from './options.ts';

export const icmp = defineProbe({
  kind: 'icmp',
  summary: 'Sends a few ICMP echoes with ping and counts the replies.',
  options: Options,
  effect: 'none',
  leastInterval: 5000,
  defaultTimeout: 3000,
  pausesAfterAuth: false,
  reasons: ['dns', 'unreachable', 'timeout', 'content'],
  facts: [
    { name: 'loss_ratio', help: 'Share of echoes that were not answered, from 0 to 1.' },
    { name: 'rtt_seconds', help: 'Average round trip of the echoes that were answered, as ping measured it.' },
  ],
  host: (options) => options.host,
  run,
});

async function run(options: IcmpOptions, context: ProbeContext): Promise<void> {
  const end = await runProgram({ path: options.program, args: argsOf(options, context.remaining()) }, context);
  const summary = readSummary(end.stdout);
  if (summary !== undefined && summary.sent > 0) context.fact('loss_ratio', 1 - summary.received / summary.sent);
  if (summary?.rtt !== undefined) context.fact('rtt_seconds', summary.rtt / 1000);
  const failure = judge(end, options.max_loss);
  if (typeof failure === 'string') throw new Error(failure);
  if (failure !== undefined) throw new ProbeFailure(failure.reason, failure.message);
}

/** Ends by itself a little before the deadline, so that what was lost is told and not guessed. */
function argsOf({ host, family, count }: IcmpOptions, remaining: number): readonly string[] {
  const deadline = String(Math.max(1, Math.floor((remaining - 200) / 1000)));
  const flags = family === undefined ? [] : [family === 'ipv4' ? '-4' : '-6'];
  return ['-n', '-q', ...flags, '-c', String(count), '-i', '0.2', '-W', '1', '-w', deadline, '--', host];
}
