// How a page writes times, lengths, shares and other people's text.
import { type DurationMs, dayMs, type EpochMs, hourMs, minuteMs, secondMs } from '#model/time.ts';

/** `2026-11-23 23:05:30 UTC`. */
export function stamp(at: EpochMs): string {
  const { year, month, day } = civil(Math.floor(at / dayMs));
  return `${year}-${two(month)}-${two(day)} ${clock(at)} UTC`;
}

/** `23:05:30`. */
export function clock(at: EpochMs): string {
  const seconds = Math.floor(at / secondMs) - Math.floor(at / dayMs) * 86_400;
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** `45 s`, `12 min`, `2 h 10 min`, `3 d 4 h`: the two largest units, the smaller one cut off, not rounded. */
export function span(length: DurationMs): string {
  const seconds = Math.max(0, Math.round(length / secondMs));
  if (seconds < 120) return `${seconds} s`;
  if (length < 2 * hourMs) return `${Math.floor(seconds / 60)} min`;
  if (length < 2 * dayMs) return pair(Math.floor(length / hourMs), 'h', Math.floor((length % hourMs) / minuteMs), 'min');
  return pair(Math.floor(length / dayMs), 'd', Math.floor((length % dayMs) / hourMs), 'h');
}

/** `28 %`, `2.4 %`, `0.03 %`: two figures, and never a bare zero for something that happens. */
export function percent(share: number): string {
  return `${percentage(share)} %`;
}

/** `19 to 39 %`. */
export function percentRange(low: number, high: number): string {
  const [from, to] = [percentage(low), percentage(high)];
  return from === to ? `${to} %` : `${from} to ${to} %`;
}

/** `1,234`. */
export function amount(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `a`, `a and b`, `a, b and c`; beyond `most`, how many more. */
export function listed(items: readonly string[], most = 8): string {
  const shown = items.length > most ? [...items.slice(0, most), `${items.length - most} more`] : items;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/**
 * One line of at most `limit` UTF-16 units of text that others wrote: control, formatting and direction characters, line breaks and runs of
 * blanks become one blank; a cut is shown by an ellipsis and never halves a character.
 */
export function plain(text: string, limit: number): string {
  const line = text
    .slice(0, 4 * limit)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\s]+/gu, ' ')
    .trim();
  if (line.length <= limit) return line;
  return `${line
    .slice(0, limit - 1)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()}…`;
}

function percentage(share: number): string {
  const value = 100 * share;
  if (value >= 9.95 || value <= 0) return value >= 99.5 && share < 1 ? 'over 99' : String(Math.max(0, Math.round(value)));
  if (value < 0.005) return 'under 0.01';
  return String(Number(value.toFixed(value >= 0.0995 ? 1 : 2)));
}

function pair(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Gregorian date of a day since 1970-01-01, counted in eras of 400 years that begin on 1 March (Hinnant, "chrono-compatible low-level date algorithms"). */
function civil(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}
