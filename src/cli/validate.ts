// `holter validate`: checks a configuration and says what it amounts to.
import { Command, Option } from 'commander';
import { loadConfiguration } from '#app/configuration.ts';
import { jsonSummary, printablePlan, summary } from '#app/validate.ts';
import { configOption } from './options.ts';
import { complainAll, exitStatus, print } from './output.ts';

interface Flags {
  readonly config?: readonly string[];
  readonly print?: boolean;
  readonly format: 'pretty' | 'json';
  readonly data?: string;
}

export function validateCommand(): Command {
  return new Command('validate')
    .description('check a configuration: every mistake with file, line and column; or how soon it finds which fault')
    .addOption(configOption())
    .option('--print', 'print the plan that the configuration amounts to, as JSON, secrets hidden')
    .addOption(
      new Option('--format <format>', 'json: the forecast of every endpoint and group').choices(['pretty', 'json']).default('pretty'),
    )
    .option(
      '--data <folder>',
      'folder of the store whose learned failure rates the forecast uses (read only), in place of the configured one',
    )
    .action(async (flags: Flags) => {
      const outcome = await loadConfiguration(flags.config ?? [], flags.data === undefined ? {} : { data: flags.data });
      if ('problems' in outcome) {
        complainAll(outcome.problems);
        process.exitCode = exitStatus.unknown;
        return;
      }
      const write = flags.print === true ? printablePlan : flags.format === 'json' ? jsonSummary : summary;
      print(write(outcome.plan));
    });
}
