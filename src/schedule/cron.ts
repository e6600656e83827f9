// Cron expressions: what they mean, and when they fall due. The home of node-cron.
//
// node-cron says what an expression means: five fields or six with seconds, names, L, W and #, and a day that must match the
// day of month AND the day of week (crontab(5) says OR). When it falls due is worked out here, because node-cron's own walk through
// local time leaves out an hour of every schedule when clocks go back. Time runs in UTC, and every instant whose local fields match counts:
// a local time that the clocks pass twice falls due twice, one that they leave out does not. No task is ever started, so node-cron
// starts no timer and writes nothing to the console.
import { createTask, type ParsedFields, parse, validateDetailed } from 'node-cron';
import { type DurationMs, dayMs, type EpochMs, secondMs } from '#model/time.ts';
import { type Segment, Zone } from './zone.ts';

/** The instants of one expression in one time zone. */
export interface Cron {
  /** The first instant after `after`, a whole second; undefined when there is none within 40 years. */
  next(after: EpochMs): EpochMs | undefined;
  /** As `next`, but a local time that the clocks leave out in spring counts at the moment of the change, so that no window is lost. */
  nextOpening(after: EpochMs): EpochMs | undefined;
}

/** 29 February on a given weekday may keep one waiting for 40 years, when a year like 2100 lies between. */
const horizon: DurationMs = 41 * 366 * dayMs;
/** Instants that the intervals of an expression are taken from: enough to pass a change of the clocks twice a year. */
const sampleSize = 400;
const sampleFrom: EpochMs = Date.UTC(2026, 0, 1);
const dayCacheLimit = 1000;

/** Throws for what `checkCron` finds fault with. */
export function compileCron(expression: string, timezone: string): Cron {
  return new Schedule(expression, new Zone(timezone));
}

/** The first instant after `after`; undefined when there is none. To ask more than once, compile. */
export function nextRun(expression: string, timezone: string, after: EpochMs): EpochMs | undefined {
  return compileCron(expression, timezone).next(after);
}

class Schedule implements Cron {
  readonly #zone: Zone;
  readonly #matches: (local: EpochMs) => boolean;
  readonly #hours: readonly number[];
  readonly #minutes: readonly number[];
  readonly #seconds: readonly number[];
  readonly #months: ReadonlySet<number>;
  readonly #days = new Map<EpochMs, boolean>();

  constructor(expression: string, zone: Zone) {
    const fields = parse(expression);
    this.#zone = zone;
    this.#hours = ascending(fields.hour);
    this.#minutes = ascending(fields.minute);
    this.#seconds = ascending(fields.second);
    this.#months = new Set(fields.month);
    // Local time is handed to node-cron as if it were UTC: the calendar's rules are its own, time zones are ours.
    const task = createTask(expression, () => undefined, { timezone: 'UTC' });
    void task.destroy();
    this.#matches = (local) => task.match(new Date(local));
  }

  next(after: EpochMs): EpochMs | undefined {
    return this.#walk(after, false);
  }

  nextOpening(after: EpochMs): EpochMs | undefined {
    return this.#walk(after, true);
  }

  #walk(after: EpochMs, countGaps: boolean): EpochMs | undefined {
    const from = Math.floor(after / secondMs) * secondMs + secondMs;
    for (let day = startOfDay(from); day < from + horizon; day += dayMs) {
      if (!this.#mayMatch(day)) continue;
      for (const segment of this.#zone.segments(day)) {
        const found = (countGaps ? this.#inGap(segment, from) : undefined) ?? this.#inSegment(segment, from);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  /** Local days that a UTC day may touch: offsets lie between -12 and +14 hours. */
  #mayMatch(day: EpochMs): boolean {
    return this.#dayMatches(day - dayMs) || this.#dayMatches(day) || this.#dayMatches(day + dayMs);
  }

  #inSegment({ from, until, offset }: Segment, notBefore: EpochMs): EpochMs | undefined {
    const local = this.#firstLocal(Math.max(from, notBefore) + offset, until + offset);
    return local === undefined ? undefined : local - offset;
  }

  /** Clocks went forward at `from`: did they leave out something that matches? */
  #inGap({ from, offset, offsetBefore }: Segment, notBefore: EpochMs): EpochMs | undefined {
    if (offset <= offsetBefore || from < notBefore) return undefined;
    return this.#firstLocal(from + offsetBefore, from + offset) === undefined ? undefined : from;
  }

  /** The first match in a stretch of local time, its end excluded. */
  #firstLocal(from: EpochMs, until: EpochMs): EpochMs | undefined {
    for (let day = startOfDay(from); day < until; day += dayMs) {
      if (!this.#dayMatches(day)) continue;
      const second = this.#timeOfDay(Math.max(0, from - day) / secondMs);
      const local = second === undefined ? undefined : day + second * secondMs;
      if (local !== undefined) return local < until ? local : undefined;
    }
    return undefined;
  }

  /** The first matching second of a day at or after `second`. */
  #timeOfDay(second: number): number | undefined {
    const [minute = 0] = this.#minutes;
    const [least = 0] = this.#seconds;
    const hourNow = Math.floor(second / 3600);
    for (const hour of this.#hours) {
      if (hour < hourNow) continue;
      if (hour > hourNow) return hour * 3600 + minute * 60 + least;
      const rest = this.#timeOfHour(second - hour * 3600);
      if (rest !== undefined) return hour * 3600 + rest;
    }
    return undefined;
  }

  #timeOfHour(second: number): number | undefined {
    const [least = 0] = this.#seconds;
    const minuteNow = Math.floor(second / 60);
    for (const minute of this.#minutes) {
      if (minute < minuteNow) continue;
      if (minute > minuteNow) return minute * 60 + least;
      const rest = this.#seconds.find((value) => minute * 60 + value >= second);
      if (rest !== undefined) return minute * 60 + rest;
    }
    return undefined;
  }

  #dayMatches(day: EpochMs): boolean {
    const known = this.#days.get(day);
    if (known !== undefined) return known;
    if (this.#days.size >= dayCacheLimit) this.#days.clear();
    const time = ((this.#hours[0] ?? 0) * 3600 + (this.#minutes[0] ?? 0) * 60 + (this.#seconds[0] ?? 0)) * secondMs;
    const matches = this.#months.has(new Date(day).getUTCMonth() + 1) && this.#matches(day + time);
    this.#days.set(day, matches);
    return matches;
  }
}

/** What is allowed in a field, in words. */
const allowed: Readonly<Record<keyof ParsedFields, string>> = {
  second: 'seconds are 0 to 59',
  minute: 'minutes are 0 to 59',
  hour: 'hours are 0 to 23',
  dayOfMonth: 'days of the month are 1 to 31, L for the last, 15W for the weekday nearest to the 15th',
  month: 'months are 1 to 12 or JAN to DEC',
  dayOfWeek: 'days of the week are 0 to 7 or SUN to SAT, 5L for the last Friday, 5#2 for the second',
};

/** Why this is no cron expression that can be kept, in words; undefined when it is one. An unknown zone is told too. */
export function checkCron(expression: string, timezone: string): string | undefined {
  // Longer numbers are refused before node-cron writes out a range such as 1-999999999.
  const long = /\d{3,}/.exec(expression);
  if (long !== null) return `${long[0]} is too large for any field`;
  const verdict = validateDetailed(expression);
  const [error] = verdict.errors;
  if (error !== undefined) return explain(expression, error);
  return unevenStep(expression) ?? checkInstants(expression, timezone);
}

function explain(expression: string, error: { readonly field: string; readonly value?: string; readonly message: string }): string {
  const words = allowed[error.field as keyof ParsedFields] as string | undefined;
  if (error.message.includes('impossible day')) return 'there is no such day in that month';
  if (words !== undefined) return `"${error.value ?? ''}" is not understood: ${words}`;
  if (expression.startsWith('@')) return 'the names are @yearly, @monthly, @weekly, @daily and @hourly; for intervals write "every"';
  if (expression.trim() === '') return 'it is empty';
  if (error.message.includes('illegal')) return 'it holds a character that has no meaning there';
  const count = expression.trim().split(/\s+/).length;
  return `it has ${count} ${count === 1 ? 'field' : 'fields'} instead of five, or six with seconds first`;
}

/** A step that does not divide its field is no interval: refused, since it is hardly ever what was meant, and a list says it plainly. */
function unevenStep(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/);
  if (fields.length < 5) return undefined;
  const [second = '', minute = '', hour = ''] = fields.length === 6 ? fields : ['0', ...fields];
  return unevenIn(second, 60, 'second') ?? unevenIn(minute, 60, 'minute') ?? unevenIn(hour, 24, 'hour');
}

function unevenIn(field: string, size: number, unit: string): string | undefined {
  const step = Number(/^\*\/(\d+)$/.exec(field)?.[1] ?? 1);
  if (step < 1 || size % step === 0) return undefined;
  const list = Array.from({ length: Math.ceil(size / step) }, (_, index) => index * step).join(',');
  return `"${field}" is not every ${step} ${unit}s but ${unit} ${list}; write "every: ${step}${unit.charAt(0)}", or the list if that is meant`;
}

function checkInstants(expression: string, timezone: string): string | undefined {
  try {
    return nextRun(expression, timezone, sampleFrom) === undefined ? 'it never falls due' : undefined;
  } catch (error) {
    if (error instanceof RangeError) return `the time zone "${timezone}" is not known`;
    throw error;
  }
}

/** The shortest time between two instants of a valid expression: what a timeout must be shorter than. */
export function cronInterval(expression: string, timezone: string): DurationMs {
  return gaps(expression, timezone)[0] ?? horizon;
}

/** The middle one of the times between the instants of a valid expression: what is usual. */
export function medianInterval(expression: string, timezone: string): DurationMs {
  const sorted = gaps(expression, timezone);
  return sorted[Math.floor(sorted.length / 2)] ?? horizon;
}

/** What the configuration asks of this room. */
export const cronRules = { checkCron, cronInterval } as const;

/** Times between the instants of the first years or the first hundreds of instants, ascending. */
function gaps(expression: string, timezone: string): readonly DurationMs[] {
  const cron = compileCron(expression, timezone);
  const found: DurationMs[] = [];
  let last = cron.next(sampleFrom - 1);
  while (last !== undefined && found.length < sampleSize && (found.length === 0 || last < sampleFrom + 5 * 366 * dayMs)) {
    const next = cron.next(last);
    if (next !== undefined) found.push(next - last);
    last = next;
  }
  return found.toSorted((a, b) => a - b);
}

function ascending(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b);
}

function startOfDay(at: EpochMs): EpochMs {
  return Math.floor(at / dayMs) * dayMs;
}
