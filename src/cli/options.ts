// Options that several commands share.
import { InvalidArgumentError, Option } from 'commander';
import { type LogLevel, logLevels } from '#app/logger.ts';

/** `-c FILE`, several times: files and folders are merged. */
export function configOption(): Option {
  return new Option(
    '-c, --config <path>',
    'configuration file or folder; may be given several times (default: config/holter.yaml, then /etc/holter/holter.yaml)',
  )
    .argParser((path: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), path])
    .env('HOLTER_CONFIG');
}

export function logLevelOption(standard: LogLevel): Option {
  return new Option('--log-level <level>', 'least level that is logged')
    .choices([...logLevels])
    .default(standard)
    .env('HOLTER_LOG_LEVEL');
}

/** Collects a repeatable option. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

/** A number within bounds, or a clear refusal. */
export function numberWithin(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < least || value > most) {
      throw new InvalidArgumentError(`Write a number from ${least} to ${most}.`);
    }
    return value;
  };
}
