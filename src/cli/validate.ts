// `holter validate`: checks a configuration and says what it amounts to.
import { Command } from 'commander';
import { loadConfiguration } from '#app/configuration.ts';
import { printablePlan, summary } from '#app/validate.ts';
import { configOption } from './options.ts';
import { complainAll, exitStatus, print } from './output.ts';

interface Flags {
  readonly config?: readonly string[];
  readonly print?: boolean;
}

export function validateCommand(): Command {
  return new Command('validate')
    .description('check a configuration: every mistake with file, line and column')
    .addOption(configOption())
    .option('--print', 'print the plan that the configuration amounts to, as JSON, secrets hidden')
    .action(async (flags: Flags) => {
      const outcome = await loadConfiguration(flags.config ?? []);
      if ('problems' in outcome) {
        complainAll(outcome.problems);
        process.exitCode = exitStatus.unknown;
        return;
      }
      print(flags.print === true ? printablePlan(outcome.plan) : summary(outcome.plan));
    });
}
