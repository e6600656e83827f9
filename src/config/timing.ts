// When an endpoint is probed, and for how long at most: from what it says itself, the schedule for all, and its kind.
import type { Reprobe, Timing } from '#model/plan.ts';
import type { DurationMs } from '#model/time.ts';
import { formatDuration, type s } from '#schema/kit.ts';
import { didYouMean } from '#schema/nearest.ts';
import type { Path } from '#schema/shape.ts';
import type { ProbeInfo } from './catalog.ts';
import type { Report } from './report.ts';
import type { Schedule } from './schema.ts';

/** What the configuration asks of the room that knows cron. */
export interface CronRules {
  /** Why this is no cron expression, in words; undefined when it is one. */
  checkCron(expression: string, timezone: string): string | undefined;
  /** The shortest time between two instants of a valid expression. */
  cronInterval(expression: string, timezone: string): DurationMs;
}

export type ScheduleOptions = s.output<typeof Schedule>;

const defaultEvery = 30_000;
/** Kinds that need longer than this keep their own timeout, whatever the schedule says. */
const commonTimeout = 10_000;
const loopbackLeast = 1000;
/** After a failure an endpoint is probed this many times as often, but extra probes are at least so far apart. */
const oftener = 3;
const leastSpacing = 10_000;
/** From this share of the interval on an extra probe tells too little more than the next one. */
const mostSpacing = 2 / 3;

/** What the endpoint's timing is made of. */
interface TimingCase {
  readonly path: Path;
  readonly own: ScheduleOptions;
  readonly kind: ProbeInfo;
  readonly host: string;
  /** The least interval outside of loopback, of the kind with these options. */
  readonly least: DurationMs;
}

/** When and for how long, of an endpoint. */
interface Times {
  readonly timing: Timing;
  readonly timeout: DurationMs;
  readonly reprobe?: Reprobe;
}

/** Undefined when they are impossible, which is told. */
export type TimingRules = (given: TimingCase) => Times | undefined;

export function timingRules(report: Report, schedule: ScheduleOptions, cron: CronRules): TimingRules {
  const valid = cronChecker(report, cron);
  checkPair(report, ['schedule'], schedule);
  return (given) => {
    const { own, path } = given;
    if (!checkPair(report, path, own)) return undefined;
    const isOwn = own.cron !== undefined || own.every !== undefined;
    const said = isOwn ? own : schedule;
    const place = isOwn ? path : ['schedule'];
    const least = isLoopback(given.host) ? loopbackLeast : given.least;
    const timing =
      said.cron === undefined ? everyTiming(said.every ?? defaultEvery, isOwn, least) : valid(said.cron, said.timezone ?? 'UTC', place);
    if (timing === undefined || !isAllowed(report, given, timing, least)) return undefined;
    const timeout = timeoutOf(report, given, schedule, timing.interval);
    return timeout === undefined ? undefined : { timing, timeout, ...reprobeOf(given, schedule, timing, least) };
  };
}

/** Who names the instants means them; and there must be room for an extra probe, as far from both of its neighbours as the kind asks. */
function reprobeOf(
  { own, host }: TimingCase,
  schedule: ScheduleOptions,
  { kind, interval }: Timing,
  least: DurationMs,
): Pick<Times, 'reprobe'> {
  const isWanted = own.reprobe ?? schedule.reprobe ?? true;
  const spacing = Math.max(interval / oftener, isLoopback(host) ? 0 : leastSpacing, least);
  const hasRoom = isWanted && kind === 'every' && spacing <= mostSpacing * interval && spacing + least <= interval;
  return hasRoom ? { reprobe: { spacing, least } } : {};
}

/** An interval that is not the endpoint's own rises to what its kind needs. */
function everyTiming(every: DurationMs, isOwn: boolean, least: DurationMs): Timing {
  return { kind: 'every', interval: isOwn ? every : Math.max(every, least) };
}

function checkPair(report: Report, path: Path, said: ScheduleOptions): boolean {
  if (said.cron !== undefined && said.every !== undefined) {
    report.tell({
      code: 'impossible_schedule',
      path: [...path, 'cron'],
      at: 'key',
      message: '"cron" stands beside "every"',
      hint: 'keep one of the two',
    });
    return false;
  }
  if (said.timezone !== undefined && said.cron === undefined) {
    report.tell({
      code: 'unknown_key',
      path: [...path, 'timezone'],
      at: 'key',
      message: '"timezone" belongs to "cron", which is not here',
    });
    return false;
  }
  return true;
}

function isAllowed(report: Report, { path, kind, own }: TimingCase, timing: Timing, least: DurationMs): boolean {
  if (timing.interval >= least) return true;
  const key = own.every === undefined ? 'cron' : 'every';
  const place = own.every === undefined && own.cron === undefined ? ['schedule', 'cron'] : [...path, key];
  report.tell({
    code: 'impossible_schedule',
    path: place,
    at: 'value',
    message: `${formatDuration(timing.interval)} is below the least interval of the kind ${kind.kind}, ${formatDuration(least)}`,
    hint: `write every: ${formatDuration(least)} or more; only on loopback 1s is allowed`,
  });
  return false;
}

function timeoutOf(
  report: Report,
  { path, kind, own }: TimingCase,
  schedule: ScheduleOptions,
  interval: DurationMs,
): DurationMs | undefined {
  const shared = kind.defaultTimeout > commonTimeout ? undefined : schedule.timeout;
  const said = own.timeout ?? shared;
  if (said === undefined) return Math.min(kind.defaultTimeout, Math.floor(interval * 0.9));
  if (said < interval) return said;
  const isEveryOwn = own.every !== undefined || own.cron !== undefined;
  const key = own.every === undefined ? 'cron' : 'every';
  const from = own.timeout === undefined && isEveryOwn ? ` (schedule.timeout, ${report.where(['schedule', 'timeout'])})` : '';
  const place = own.timeout !== undefined ? [...path, 'timeout'] : isEveryOwn ? [...path, key] : ['schedule', 'timeout'];
  report.tell({
    code: 'impossible_schedule',
    path: place,
    at: 'value',
    message: `the timeout ${formatDuration(said)}${from} is not shorter than the interval ${formatDuration(interval)}`,
    hint: `write a timeout below ${formatDuration(interval)}, or a longer interval`,
  });
  return undefined;
}

/** Tells of a bad expression or zone where it stands; every expression is looked at once. */
export function cronChecker(
  report: Report,
  cron: CronRules,
): (expression: string, timezone: string, path: Path) => (Timing & { readonly kind: 'cron' }) | undefined {
  const known = new Map<string, { readonly trouble: string | undefined; readonly interval: DurationMs }>();
  return (expression, timezone, path) => {
    if (!checkTimezone(report, timezone, [...path, 'timezone'])) return undefined;
    const key = `${timezone} ${expression}`;
    let answer = known.get(key);
    if (answer === undefined) {
      const trouble = cron.checkCron(expression, timezone);
      answer = { trouble, interval: trouble === undefined ? cron.cronInterval(expression, timezone) : 0 };
      known.set(key, answer);
    }
    if (answer.trouble === undefined) return { kind: 'cron', expression, timezone, interval: answer.interval };
    const message = `is not a cron expression that can be kept: ${answer.trouble}`;
    report.tell({ code: 'impossible_schedule', path: [...path, 'cron'], at: 'value', message, hint: 'write for instance "*/5 * * * *"' });
    return undefined;
  };
}

/** True when the IANA's list has the zone. */
export function checkTimezone(report: Report, timezone: string, path: Path): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const hint = didYouMean(timezone, Intl.supportedValuesOf('timeZone')) ?? 'write for instance America/Los_Angeles or UTC';
    report.tell({ code: 'wrong_value', path, at: 'value', message: 'is not the name of a time zone', hint });
    return false;
  }
}

/** `127.0.0.1:80`, `[::1]:80`, `localhost`: this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d+$/, '');
  return /^127(\.\d{1,3}){3}$/.test(bare) || bare === '::1' || /^(.+\.)?localhost$/i.test(bare);
}
