// `holter backtest`: what Holter would have told of a recorded history, and what common rules would have.
import { Command, InvalidArgumentError, Option } from 'commander';
import { backtestFormats, type Material, runBacktest, writeHtml } from '#app/backtest.ts';
import { readRecorded } from '#app/backtesthistory.ts';
import { openPrometheus, readPrometheus } from '#app/backtestprometheus.ts';
import { lengthOf, momentOf } from '#app/backtestrange.ts';
import { readTraces, traceBytes } from '#app/backtesttraces.ts';
import { loadConfiguration } from '#app/configuration.ts';
import { systemClock, systemTimers } from '#app/time.ts';
import { dayMs, type EpochMs, secondMs } from '#model/time.ts';
import { collect, configOption, numberWithin } from './options.ts';
import { complain, complainAll, exitStatus, print } from './output.ts';
import { Progress } from './progress.ts';

interface Flags {
  readonly prometheus?: string;
  readonly query: string;
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  readonly step?: number;
  readonly serviceLabel: string;
  readonly regionLabel: string;
  readonly endpointLabel: string;
  readonly maxSeries: number;
  readonly bearerToken?: string;
  readonly basicAuth?: string;
  readonly header?: readonly string[];
  readonly ca?: string;
  readonly traces?: string;
  readonly history?: boolean;
  readonly config?: readonly string[];
  readonly data?: string;
  readonly falsePages?: number;
  readonly grace?: number;
  readonly format: keyof typeof backtestFormats;
  readonly html?: string;
}

const standardDays = 30;
const standardFalsePages = 12;
const standardGrace = 60;
const mostSeries = 10_000;

export function backtestCommand(): Command {
  return new Command('backtest')
    .description('what Holter would have paged in a recorded history, beside what common rules would have')
    .option('--prometheus <url>', 'history from a Prometheus, or what speaks its API')
    .option('--traces <file>', 'history from JSON lines as holter detect takes them, .gz too; - is standard input')
    .option('--history', "history from Holter's own store, judged by its configuration (-c, --data); a running daemon is not disturbed")
    .option('--query <promql>', 'what to ask Prometheus: 1 is well, 0 failed', 'probe_success')
    .option(
      '--from <time>',
      `30d (so long ago), or a date such as 2026-11-01T06:30Z (default: ${standardDays}d; with --history all)`,
      moment,
    )
    .option('--to <time>', 'as --from (default: now)', moment)
    .option('--step <length>', 'time between two probes, 15s or 1m (default: how often it was scraped)', stepLength)
    .option('--service-label <name>', 'label that says the service (default: service, else job)', '')
    .option('--region-label <name>', 'label that says the region (default: region)', '')
    .option('--endpoint-label <name>', 'label that says the endpoint (default: target, else instance)', '')
    .option('--max-series <n>', 'most series that are taken', numberWithin(1, mostSeries), 2000)
    .option('--bearer-token <source>', 'env:VARIABLE or file:PATH of a token for Prometheus')
    .option('--basic-auth <source>', 'env:VARIABLE or file:PATH of user:password for Prometheus')
    .option('--header <header>', '"Name: value" for Prometheus; the value may be env:VARIABLE or file:PATH; may be repeated', collect)
    .option('--ca <file>', 'PEM of the authorities that vouch for Prometheus')
    .addOption(configOption())
    .option('--data <folder>', 'with --history: folder of the store, in place of the configured one')
    .option(
      '--false-pages <n>',
      `false pages a year that Holter may cost, all endpoints together (default: ${standardFalsePages}, or as configured)`,
      numberWithin(1e-6, 1e6),
    )
    .option(
      '--grace <seconds>',
      `a restart as long as this is not a fault (default: ${standardGrace}; with --history as configured)`,
      numberWithin(0, 86_400),
    )
    .addOption(new Option('--format <format>', 'how it is printed').choices(Object.keys(backtestFormats)).default('table'))
    .option('--html <file>', 'writes a report with a picture of each endpoint there as well')
    .addHelpText(
      'after',
      '\nExample: holter backtest --prometheus http://prometheus:9090 --query \'probe_success{job="blackbox"}\' --html report.html',
    )
    .action(run);
}

function moment(text: string): EpochMs {
  const at = momentOf(text, Date.now());
  if (at === undefined)
    throw new InvalidArgumentError('Write now, so long ago as in 12h or 30d, or a date such as 2026-11-01 or 2026-11-01T06:30Z.');
  return at;
}

function stepLength(text: string): number {
  const length = lengthOf(text);
  if (length === undefined || length < secondMs || length > dayMs)
    throw new InvalidArgumentError('Write a length from 1s to 1d, such as 15s or 5m.');
  return length;
}

async function run(flags: Flags, command: Command): Promise<void> {
  const sources = [flags.prometheus, flags.traces, flags.history].filter((source) => source !== undefined);
  if (sources.length !== 1)
    command.error('error: give one of --prometheus URL, --traces FILE, --history', { exitCode: exitStatus.unknown });
  const { from, to = Date.now() } = flags;
  if (from !== undefined && from >= to) command.error('error: --from must be before --to', { exitCode: exitStatus.unknown });
  const progress = new Progress(process.stderr, systemClock());
  const material = await gather(flags, progress);
  if (material === undefined) return;
  const report = runBacktest(material, (share) => progress.show(`judging, ${Math.round(100 * share)} %`));
  progress.end();
  if (flags.html !== undefined) await writeHtml(flags.html, report, new Date());
  print(backtestFormats[flags.format](report));
}

/** Undefined where there is nothing to judge; why was told then. */
async function gather(flags: Flags, progress: Progress): Promise<Material | undefined> {
  const { falsePages = standardFalsePages, grace = standardGrace } = flags;
  const by = { falsePagesPerYear: falsePages, grace: grace * secondMs };
  if (flags.traces !== undefined) return fromTraces(flags.traces, by);
  if (flags.prometheus !== undefined) return { by, histories: await fromPrometheus({ ...flags, prometheus: flags.prometheus }, progress) };
  return fromStore(flags);
}

async function fromTraces(path: string, by: Material['by']): Promise<Material | undefined> {
  const name = path === '-' ? 'standard input' : path;
  const { histories, bad } = await readTraces(traceBytes(path, process.stdin), (line, message) =>
    complain(`${name}, line ${line}: ${message}`),
  );
  if (bad > 0 || histories.length === 0) process.exitCode = exitStatus.unknown;
  if (histories.length > 0) return { histories, by };
  complain(`holter: ${name} holds no trace`);
  return undefined;
}

async function fromPrometheus(flags: Flags & { readonly prometheus: string }, progress: Progress): Promise<Material['histories']> {
  const to = flags.to ?? Date.now();
  const from = flags.from ?? to - standardDays * dayMs;
  const prometheus = openPrometheus(flags, systemTimers(), process.env);
  try {
    const names = { service: flags.serviceLabel, region: flags.regionLabel, endpoint: flags.endpointLabel };
    const wanted = { query: flags.query, from, to, step: flags.step, names, most: flags.maxSeries };
    return await readPrometheus(prometheus, wanted, {
      progress: (text) => progress.show(`Prometheus: ${text}`),
      note: (text) => {
        progress.end();
        complain(`holter: ${text}`);
      },
    });
  } finally {
    progress.end();
    prometheus.close();
  }
}

async function fromStore(flags: Flags): Promise<Material | undefined> {
  const outcome = await loadConfiguration(flags.config ?? [], flags.data === undefined ? {} : { data: flags.data });
  if ('problems' in outcome) {
    complainAll(outcome.problems);
    process.exitCode = exitStatus.unknown;
    return undefined;
  }
  const { paging } = outcome.plan;
  const grace = flags.grace === undefined ? paging.grace : flags.grace * secondMs;
  const plan = { ...outcome.plan, paging: { ...paging, grace } };
  const { histories, judge, falsePagesPerYear } = readRecorded({
    plan,
    from: flags.from,
    to: flags.to ?? Date.now(),
    falsePagesPerYear: flags.falsePages,
  });
  return { histories, by: { falsePagesPerYear, grace, judge } };
}
