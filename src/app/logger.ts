// The log: pino, one JSON line an event, written synchronously so that nothing is lost at exit.
import pino from 'pino';
import type { Log } from '#model/log.ts';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * A log on standard error: standard output belongs to what a command answers and to the `log` receiver.
 * A full disk or a closed pipe loses lines, never the daemon.
 */
export function createLog(level: LogLevel, descriptor: 1 | 2 = 2): Log {
  const destination = pino.destination({ dest: descriptor, sync: true });
  destination.on('error', () => {
    // There is nowhere left to say it; probing goes on.
  });
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    destination,
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    isDebug: () => logger.isLevelEnabled('debug'),
  };
}
