// `holter demo`: see it work, in two minutes, with nothing to set up.
import { Command } from 'commander';
import { type Demo, pace, startDemo } from '#app/demo.ts';
import { createLog, type LogLevel } from '#app/logger.ts';
import { logLevelOption, numberWithin } from './options.ts';
import { print } from './output.ts';

interface Flags {
  readonly breakAfter: number;
  readonly mendAfter: number;
  readonly share: number;
  readonly listen: string;
  readonly webhook?: string;
  readonly for?: number;
  readonly logLevel: LogLevel;
}

const longest = 86_400;

export function demoCommand(): Command {
  return new Command('demo')
    .description('simulated services on loopback, the daemon watching them, and one of them failing now and then')
    .option('--break-after <seconds>', 'when one service begins to fail', numberWithin(0, longest), 30)
    .option('--mend-after <seconds>', 'when it is mended again', numberWithin(0, longest), 120)
    .option('--share <percent>', 'how much of what it is asked fails', numberWithin(1, 100), 20)
    .option('--for <seconds>', 'end by itself after this time (default: with Ctrl-C)', numberWithin(1, longest))
    .option('--webhook <url>', 'send the page there as well')
    .option('--listen <address>', 'host:port of metrics and API; port 0 takes a free one', '127.0.0.1:0')
    .addOption(logLevelOption('error'))
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const demo = await startDemo({
    breakAfterS: flags.breakAfter,
    mendAfterS: flags.mendAfter,
    share: flags.share / 100,
    listen: flags.listen,
    ...(flags.webhook !== undefined && { webhook: flags.webhook }),
    log: createLog(flags.logLevel),
    print,
  });
  introduce(demo, flags);
  await ended(demo, flags);
  await demo.end();
  process.exitCode = 0;
}

function introduce(demo: Demo, flags: Flags): void {
  print(
    [
      'Holter watches thirteen simulated services of a health system on this machine, by HTTP, TLS, TCP, DNS, NTP, HL7, DICOM and ISO 8583, in four regions.',
      `The story runs ${pace} times as fast as life: each endpoint is probed every 30 s of its time, which is once a second of yours.`,
      `After ${flags.breakAfter} s one of them begins to fail now and then. You shall get exactly one page, here in the terminal.`,
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

/** Settles when the person, a signal, or the time given ends the demo. */
async function ended(demo: Demo, flags: Flags): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.once('SIGINT', () => resolve());
  process.once('SIGTERM', () => resolve());
  const timer = flags.for === undefined ? undefined : setTimeout(resolve, flags.for * 1000);
  const stopKeys = readKeys((key) => {
    if (key === 'b') demo.toggle();
    else if (key === 'q' || key === '\u0003') resolve();
  });
  await promise;
  clearTimeout(timer);
  stopKeys();
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
