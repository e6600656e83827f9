// `holter check`: probes now, once, and ends as monitoring plug-ins do.
import { Command, Option } from 'commander';
import { type CheckResult, check, select, worstOf } from '#app/check.ts';
import { jsonReport, prettyLine, prettySummary } from '#app/checkreport.ts';
import { loadConfiguration } from '#app/configuration.ts';
import { systemClock, systemTimers } from '#app/time.ts';
import { collect, configOption } from './options.ts';
import { complain, complainAll, exitStatus, print } from './output.ts';

interface Flags {
  readonly config?: readonly string[];
  readonly service?: readonly string[];
  readonly region?: readonly string[];
  readonly endpoint?: readonly string[];
  readonly format: 'pretty' | 'json';
}

export function checkCommand(): Command {
  return new Command('check')
    .description('probe now, once, and end with 0 up, 1 warning, 2 down, 3 cannot tell')
    .addOption(configOption())
    .option('--service <name>', 'only this service; may be given several times', collect)
    .option('--region <name>', 'only this region; may be given several times', collect)
    .option('--endpoint <name>', 'only this endpoint, by id (service/endpoint/region) or bare name; may be given several times', collect)
    .addOption(new Option('--format <format>', 'how results are printed').choices(['pretty', 'json']).default('pretty'))
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const outcome = await loadConfiguration(flags.config ?? []);
  if ('problems' in outcome) {
    complainAll(outcome.problems);
    process.exitCode = exitStatus.unknown;
    return;
  }
  const chosen = select(outcome.plan, {
    ...(flags.service !== undefined && { services: flags.service }),
    ...(flags.region !== undefined && { regions: flags.region }),
    ...(flags.endpoint !== undefined && { endpoints: flags.endpoint }),
  });
  if (typeof chosen === 'string') {
    complain(`holter: ${chosen}`);
    process.exitCode = exitStatus.unknown;
    return;
  }
  const pretty = flags.format === 'pretty';
  const results = await check(outcome.plan, chosen, {
    clock: systemClock(),
    timers: systemTimers(),
    ...(pretty && { onResult: (result: CheckResult) => print(prettyLine(result)) }),
  });
  print(pretty ? prettySummary(results) : jsonReport(results));
  process.exitCode = exitStatus[worstOf(results)];
}
