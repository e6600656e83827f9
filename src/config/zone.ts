// An instant as people write it, with an offset or in a time zone.
import type { EpochMs } from '#model/time.ts';

const pattern = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:?\d\d)?$/;

/** The instant of RFC 3339 texts, seconds may be left out; without an offset in the zone. Undefined when it is none, such as 30 February. */
export function readInstant(text: string, timezone: string): EpochMs | undefined {
  const match = pattern.exec(text.trim());
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const local = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  const back = new Date(local);
  const isReal =
    back.getUTCMonth() + 1 === month && back.getUTCDate() === day && back.getUTCHours() === hour && back.getUTCMinutes() === minute;
  if (!isReal || back.getUTCSeconds() !== second) return undefined;
  const offset = match[7];
  return offset === undefined ? local - offsetAt(local, timezone) : local - readOffset(offset);
}

function readOffset(text: string): number {
  if (text === 'Z') return 0;
  const [hours, minutes] = [text.slice(1, 3), text.slice(-2)].map(Number);
  return (text.startsWith('-') ? -1 : 1) * ((hours ?? 0) * 60 + (minutes ?? 0)) * 60_000;
}

/** The zone's offset at a local time. In the hour that clocks skip or repeat, the offset before the change. */
function offsetAt(local: number, timezone: string): number {
  const dayBefore = zoneOffset(local - 86_400_000, timezone);
  const dayAfter = zoneOffset(local + 86_400_000, timezone);
  if (zoneOffset(local - dayBefore, timezone) === dayBefore) return dayBefore;
  return zoneOffset(local - dayAfter, timezone) === dayAfter ? dayAfter : dayBefore;
}

function zoneOffset(at: EpochMs, timezone: string): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const text = name.replace('GMT', '');
  return text === '' ? 0 : readOffset(text);
}
