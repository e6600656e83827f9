// Times and lengths of time as a person writes them on the command line.
import { type DurationMs, dayMs, type EpochMs, hourMs, minuteMs, secondMs } from '#model/time.ts';

const units: Readonly<Record<string, DurationMs>> = { s: secondMs, m: minuteMs, h: hourMs, d: dayMs, w: 7 * dayMs };

/** `30s`, `5m`, `12h`, `30d`, `4w`; a bare number is seconds. Undefined where it is none of them, or not above 0. */
export function lengthOf(text: string): DurationMs | undefined {
  const [, amount = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)([smhdw]?)$/.exec(text.trim()) ?? [];
  const length = Number(amount) * (units[unit] ?? secondMs);
  return amount !== '' && length > 0 ? length : undefined;
}

/** `now`, so long ago (`30d`), or a date with or without a time (`2026-11-01`, `2026-11-01T06:30`, UTC unless it says). Undefined where it is none. */
export function momentOf(text: string, now: EpochMs): EpochMs | undefined {
  const written = text.trim();
  if (written === 'now') return now;
  const ago = /[a-z]$/.test(written) ? lengthOf(written) : undefined;
  if (ago !== undefined) return now - ago;
  if (!/^\d{4}-\d{2}-\d{2}/.test(written)) return undefined;
  const isBare = /T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(written);
  const at = Date.parse(isBare ? `${written}Z` : written);
  return Number.isFinite(at) && at >= 0 ? at : undefined;
}
