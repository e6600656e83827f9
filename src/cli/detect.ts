// `holter detect`: traces on standard input, decisions on standard output, by the daemon's very code.
import { Command } from 'commander';
import { detectLines, detectTogether } from '#app/detect.ts';
import { numberWithin } from './options.ts';
import { complain, exitStatus } from './output.ts';

interface Flags {
  readonly falsePages: number;
  readonly grace: number;
  readonly groups: boolean;
}

export function detectCommand(): Command {
  return new Command('detect')
    .description('judge recorded traces: JSON lines {"id","interval_s","outcomes":"0010?…"} in, {"id","events":[{"i","state"}]} out')
    .option('--false-pages <n>', 'allowed false pages a year for each trace', numberWithin(1e-6, 1e6), 1)
    .option('--grace <seconds>', 'a restart as long as this is not a fault', numberWithin(0, 86_400), 60)
    .option(
      '--groups',
      'judge the traces together as well: member "group", a name or {"service","region","host"}; events carry their level',
      false,
    )
    .addHelpText(
      'after',
      '\nIn outcomes 1 is a failed probe, 0 one that went well, ? a missing one; i is the index of the probe after which the state holds.' +
        '\nWith "latency_ms", an array as long as outcomes (null where not known), events also say whether the endpoint is "slow".',
    )
    .action(async (flags: Flags) => {
      const bad = await (flags.groups ? detectTogether : detectLines)(
        { input: process.stdin, falsePagesPerYear: flags.falsePages, graceMs: flags.grace * 1000 },
        (text) => new Promise((done) => (process.stdout.write(text) ? done() : process.stdout.once('drain', done))),
        (line, message) => complain(`standard input, line ${line}: ${message}`),
      );
      if (bad > 0) process.exitCode = exitStatus.unknown;
    });
}
