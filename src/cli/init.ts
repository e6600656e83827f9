// `holter init`: a first configuration.
import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { starter } from '#app/init.ts';
import { HolterError } from '#model/error.ts';
import { collect } from './options.ts';
import { print } from './output.ts';

interface Flags {
  readonly output: string;
  readonly system: string;
  readonly region?: readonly string[];
  readonly watch?: readonly string[];
  readonly force?: boolean;
}

export function initCommand(): Command {
  return new Command('init')
    .description('write a first configuration')
    .option('-o, --output <file>', 'where to write it; - for standard output', 'holter.yaml')
    .option('--system <name>', 'what the whole is called', 'My system')
    .option('--region <name>', 'a region that the endpoints are in; may be given several times', collect)
    .option('--watch <service=address>', 'a service and what to probe: a URL, or host:port for TCP; may be given several times', collect)
    .option('--force', 'write over a file that exists')
    .addHelpText(
      'after',
      '\nExample: holter init --system "Example Health" --watch ehr=https://ehr.example.org/ --watch laboratory=lab.example.org:2575',
    )
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const text = await starter({ system: flags.system, regions: flags.region ?? [], watch: flags.watch ?? [] });
  if (flags.output === '-') {
    print(text);
    return;
  }
  if (flags.force !== true && (await exists(flags.output))) {
    throw new HolterError('file_exists', `${flags.output} exists already; take another name with -o, or write over it with --force`, {
      retryable: false,
    });
  }
  try {
    await mkdir(dirname(flags.output), { recursive: true });
    await writeFile(flags.output, text);
  } catch (error) {
    throw new HolterError('write', `${flags.output} cannot be written: ${error instanceof Error ? error.message : String(error)}`, {
      retryable: true,
      cause: error,
    });
  }
  print(
    `Wrote ${flags.output}. Next:\n  holter validate -c ${flags.output}\n  holter check -c ${flags.output}\n  holter run -c ${flags.output}`,
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Whatever keeps us from seeing it will be told by the writing.
    return false;
  }
}
