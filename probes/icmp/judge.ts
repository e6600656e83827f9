// What ping's words and status mean (iputils). Pure.
import type { Failure, ProgramEnd } from '#prober/door.ts';

export interface Summary {
  readonly sent: number;
  readonly received: number;
  /** Average round trip, milliseconds; undefined where no reply came. */
  readonly rtt: number | undefined;
}

/** The last lines of ping: `3 packets transmitted, 3 received ...`, `rtt min/avg/max/mdev = 0.1/0.2/0.3/0.0 ms`. */
export function readSummary(stdout: string): Summary | undefined {
  const counts = /^(\d{1,6}) packets transmitted, (\d{1,6}) received/m.exec(stdout);
  if (counts === null) return undefined;
  const times = /^rtt min\/avg\/max\/mdev = [\d.]+\/(\d{1,9}(?:\.\d{1,9})?)\//m.exec(stdout);
  return { sent: Number(counts[1]), received: Number(counts[2]), rtt: times === null ? undefined : Number(times[1]) };
}

/** Words on the standard error that are the network's trouble. */
const troubles: readonly (readonly [RegExp, Failure])[] = [
  [
    /Name or service not known|Temporary failure in name resolution|No address associated|unknown host/i,
    { reason: 'dns', message: 'the name was not resolved' },
  ],
  [/(Network|Host) is unreachable|No route to host/i, { reason: 'unreachable', message: 'there is no route to the host' }],
];

/** Undefined: well. A text: ping could not tell, which is our own trouble. */
export function judge(end: ProgramEnd, mostLoss: number): Failure | string | undefined {
  const summary = readSummary(end.stdout);
  const known = troubles.find(([words]) => words.test(end.stderr));
  if (known !== undefined && (summary === undefined || summary.received === 0)) return known[1];
  if (summary === undefined || summary.sent === 0) return wordsOf(end);
  if (summary.received === 0) return { reason: 'timeout', message: `none of ${summary.sent} echoes was answered` };
  if (1 - summary.received / summary.sent <= mostLoss) return undefined;
  return { reason: 'content', message: `only ${summary.received} of ${summary.sent} echoes were answered` };
}

function wordsOf({ status, stderr }: ProgramEnd): string {
  if (/not permitted|permission denied|lacking privilege/i.test(stderr))
    return 'ping has no right to send echoes: it needs cap_net_raw, or net.ipv4.ping_group_range';
  return `ping ended with status ${status ?? 'none'} and told nothing`;
}
