// `holter run`: the daemon.
import type { EventEmitter } from 'node:events';
import { Command } from 'commander';
import { loadConfiguration } from '#app/configuration.ts';
import { type Daemon, startDaemon } from '#app/daemon.ts';
import { createLog, type LogLevel } from '#app/logger.ts';
import { collectEarly } from '#app/memory.ts';
import { systemClock, systemTimers } from '#app/time.ts';
import type { Log } from '#model/log.ts';
import { configOption, logLevelOption } from './options.ts';
import { complainAll, exitStatus, print } from './output.ts';

interface Flags {
  readonly config?: readonly string[];
  readonly listen?: string;
  readonly data?: string;
  readonly logLevel: LogLevel;
}

/** How long attempts, deliveries and exchanges under way may take to end after SIGTERM. */
const stopGraceMs = 5000;
/** After this long without an end the process kills itself: a stop must stop. */
const stopLimitMs = 15_000;

export function runCommand(): Command {
  return new Command('run')
    .description('the daemon: probes, decides, pages; SIGHUP reloads the configuration, SIGTERM ends cleanly')
    .addOption(configOption())
    .option('--listen <address>', 'host:port of pages, API and metrics, in place of the configured one')
    .option('--data <folder>', 'folder of the store, in place of the configured one')
    .addOption(logLevelOption('info'))
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  collectEarly();
  const log = createLog(flags.logLevel);
  const { listen, data } = flags;
  const overrides = { ...(listen !== undefined && { listen }), ...(data !== undefined && { data }) };
  const starting = startDaemon({
    load: () => loadConfiguration(flags.config ?? [], overrides),
    clock: systemClock(),
    timers: systemTimers(),
    log,
    print,
  });
  obeySignals(starting, log);
  const daemon = await starting;
  if (!('problems' in daemon)) return;
  complainAll(daemon.problems);
  process.exitCode = exitStatus.unknown;
}

/**
 * From the first moment on, since a signal that nobody listens to ends the process, or as process 1 of a container does nothing. What comes
 * while the daemon starts is done once it has started.
 */
export function obeySignals(starting: ReturnType<typeof startDaemon>, log: Log, signals: EventEmitter = process): void {
  // Why a start failed is told by whoever waits for it.
  const withDaemon = (work: (daemon: Daemon) => Promise<unknown>) =>
    void starting.then((daemon) => ('problems' in daemon ? undefined : work(daemon)), ignore);
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), stopLimitMs).unref();
    withDaemon((daemon) => end(daemon, log));
  };
  signals.on('SIGTERM', stop);
  signals.on('SIGINT', stop);
  signals.on('SIGHUP', () => withDaemon((daemon) => daemon.reload()));
}

function ignore(): void {}

async function end(daemon: Daemon, log: Log): Promise<void> {
  await daemon.stop(stopGraceMs);
  log.info({}, 'stopped');
  process.exitCode = 0;
  // Nothing is left to do; a handle that some package forgot must not keep the process.
  setImmediate(() => process.exit());
}
