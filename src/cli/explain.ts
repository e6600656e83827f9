// `holter explain`: why an incident was paged, what ends it.
import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { loadConfiguration } from '#app/configuration.ts';
import {
  type ExplanationForm,
  explainLocally,
  explainRemotely,
  explainStored,
  explanationAs,
  explanationForms,
} from '#app/explain/command.ts';
import { HolterError } from '#model/error.ts';
import { configOption } from './options.ts';
import { complain, complainAll, exitStatus, print } from './output.ts';

interface Flags {
  readonly config?: readonly string[];
  readonly data?: string;
  readonly url?: string;
  readonly format: ExplanationForm;
  readonly output?: string;
}

export function explainCommand(): Command {
  return new Command('explain')
    .description('why an incident was paged: evidence over time, alternatives, what closes it')
    .argument('<incident>', 'its id, the beginning of it, its key, what it is about (service/endpoint/region), or "latest"')
    .addOption(configOption())
    .option('--url <address>', 'ask the daemon at this address (http://host:port), without a configuration')
    .option('--data <folder>', 'read the store in this folder, whether a daemon runs or not')
    .addOption(
      new Option('--format <format>', 'how it is told; svg is a picture, html one page with everything inside')
        .choices([...explanationForms])
        .default('text'),
    )
    .option('-o, --output <file>', 'write to this file (written over)')
    .addHelpText(
      'after',
      '\nAsks the daemon that listens where the configuration says; where none runs, reads its store. The status is 0 when the incident is found.',
    )
    .action(run);
}

async function run(incident: string, flags: Flags): Promise<void> {
  const told = await tell(incident, flags);
  if (told === undefined) {
    process.exitCode = exitStatus.unknown;
    return;
  }
  if ('error' in told) {
    complain(`holter: ${told.error}`);
    if (told.nearest.length > 0) complain(`Perhaps one of these is meant:\n${told.nearest.map((id) => `  ${id}`).join('\n')}`);
    process.exitCode = exitStatus.unknown;
    return;
  }
  const text = explanationAs(flags.format, told);
  if (flags.output === undefined) print(text);
  else await write(flags.output, text);
}

/** Undefined when the configuration is wrong, which has been said. */
async function tell(incident: string, { config = [], data, url }: Flags): ReturnType<typeof explainRemotely> {
  if (url !== undefined) {
    const told = await explainRemotely(url, incident);
    if (told === undefined)
      throw new HolterError('unreachable', `nobody listens at ${url}; without --url the store is read`, { retryable: true });
    return told;
  }
  const outcome = await loadConfiguration(config, { ...(data !== undefined && { data }) });
  if ('problems' in outcome) {
    complainAll(outcome.problems);
    return undefined;
  }
  if (data !== undefined) return explainStored(outcome.plan, incident);
  return explainLocally(outcome.plan, incident, (text) => complain(`holter: ${text}`));
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HolterError('write', `${file} could not be written: ${why}`, { retryable: false, cause: error });
  }
}
