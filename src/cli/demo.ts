// `holter demo`: see it work, in three minutes, with nothing to set up.
import { relative } from 'node:path';
import { styleText } from 'node:util';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Demo, demoFile, type Scenario, scenarios, standardPace, startDemo, type Tone } from '#app/demo.ts';
import { createLog, type LogLevel } from '#app/logger.ts';
import { logLevelOption, numberWithin } from './options.ts';
import { print } from './output.ts';

interface Flags {
  readonly scenario: string;
  readonly pace?: number;
  readonly seed: number;
  readonly listen: string;
  readonly webhook?: string;
  readonly for?: number;
  readonly logLevel: LogLevel;
}

const longest = 86_400;
const mostPace = 60;
const standardSeed = 8;

export function demoCommand(): Command {
  const [first] = scenarios;
  return new Command('demo')
    .description('a health system on loopback that speaks the real protocols, trouble that befalls it, and the daemon watching')
    .addOption(new Option('--scenario <name>', 'what happens').choices(scenarios.map(({ name }) => name)).default(first?.name))
    .option(
      '--pace <factor>',
      `how much faster than life; "real": life's own speed (default: ${standardPace}, or less on a busy machine)`,
      paceOf,
    )
    .option('--seed <number>', 'throws other dice', numberWithin(0, 2 ** 31), standardSeed)
    .option(
      '--for <seconds>',
      'end by itself after this time (default: when the story is told; on a terminal with q)',
      numberWithin(1, longest),
    )
    .option('--webhook <url>', 'send the pages there as well')
    .option('--listen <address>', 'host:port of metrics and API; port 0 takes a free one', '127.0.0.1:0')
    .addOption(logLevelOption('error'))
    .addHelpText('after', `\nScenarios:\n${scenarios.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join('\n')}`)
    .action(run);
}

function paceOf(text: string): number {
  if (text === 'real') return 1;
  try {
    return numberWithin(1, mostPace)(text);
  } catch {
    throw new InvalidArgumentError(`Write real, or a number from 1 to ${mostPace}.`);
  }
}

async function run(flags: Flags): Promise<void> {
  const scenario = scenarios.find(({ name }) => name === flags.scenario);
  if (scenario === undefined) throw new InvalidArgumentError('There is no such scenario.');
  // From the beginning: what a start has left behind is cleaned up too. A second Ctrl-C ends at once.
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  process.once('SIGINT', () => ask());
  process.once('SIGTERM', () => ask());
  print('Starting a health system on this machine ...');
  const demo = await startDemo({
    scenario,
    ...(flags.pace !== undefined && { pace: flags.pace }),
    seed: flags.seed,
    listen: flags.listen,
    ...(flags.webhook !== undefined && { webhook: flags.webhook }),
    log: createLog(flags.logLevel),
    tell,
  });
  introduce(demo, scenario, flags.pace === undefined && demo.pace < standardPace);
  await ended(demo, scenario, { flags, asked });
  await demo.end();
  process.exitCode = 0;
}

const styles = { story: 'yellow', bad: 'red', good: 'green' } as const;

/** In colour where the terminal has it, and nobody said NO_COLOR. */
function tell(text: string, tone: Tone): void {
  print(tone === 'plain' ? text : styleText(styles[tone], text));
}

function introduce(demo: Demo, { summary, endsAt }: Scenario, isSlowed: boolean): void {
  const { pace } = demo;
  const why = isSlowed ? ' (this machine is busy; it would be more)' : '';
  const speed = pace === 1 ? "at life's own speed" : `${pace} times as fast as life${why}, told in minutes of its own time`;
  print(
    [
      `Holter watches the health system of ${shown(demoFile)}: ${demo.endpoints} endpoints of ${demo.services} services.`,
      'The file is read as it stands; then every endpoint is led to a simulator of its protocol on 127.0.0.1, and every page to this terminal.',
      '',
      `Scenario: ${summary}.`,
      `It runs ${speed}, and takes ${span((endsAt * 60) / pace)}.`,
      '',
      `  metrics    ${demo.url}/metrics`,
      `  states     ${demo.url}/`,
      `  API        ${demo.url}/api/v1/endpoints   /api/v1/incidents   /api/v1/services`,
      '',
      process.stdin.isTTY ? 'Press b to break or mend it yourself, q or Ctrl-C to end.' : 'Ctrl-C ends the demo.',
      '',
    ].join('\n'),
  );
}

function shown(file: string): string {
  const near = relative(process.cwd(), file);
  return near.startsWith('..') ? file : near;
}

function span(seconds: number): string {
  return seconds < 600 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

interface Ending {
  readonly flags: Flags;
  /** Settles when a signal asks for the end. */
  readonly asked: Promise<void>;
}

/** Settles when the person, a signal, the time given or the end of the story ends the demo. On a terminal it goes on after the story. */
async function ended(demo: Demo, { endsAt }: Scenario, { flags, asked }: Ending): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const isWatched = process.stdin.isTTY && process.stdout.isTTY && flags.for === undefined;
  const lasts = flags.for ?? (endsAt * 60) / demo.pace;
  const stopKeys = readKeys((key) => {
    if (key === 'b') demo.toggle();
    else if (key === 'q' || key === '\u0003') resolve();
  });
  let isSummed = false;
  const timer = setTimeout(() => {
    demo.sum();
    isSummed = true;
    if (isWatched) print('\nThe daemon goes on: look around, b breaks it or mends it, q ends.\n');
    else resolve();
  }, lasts * 1000);
  await Promise.race([promise, asked]);
  clearTimeout(timer);
  stopKeys();
  if (!isSummed || isWatched) demo.sum();
}

function readKeys(press: (key: string) => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => {};
  const onData = (bytes: Buffer): void => {
    for (const key of bytes.toString('utf8')) press(key);
  };
  stdin.setRawMode(true);
  stdin.on('data', onData);
  return () => {
    stdin.off('data', onData);
    stdin.setRawMode(false);
    stdin.pause();
  };
}
