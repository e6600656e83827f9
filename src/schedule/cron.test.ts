import { describe, expect, test } from 'vitest';
import { checkCron, compileCron, cronInterval, medianInterval, nextRun } from './cron.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Local fields by Intl alone, written independently of the code that is tested. */
function localFields(
  timezone: string,
): (at: number) => { month: number; day: number; weekday: string; hour: number; minute: number; second: number } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  return (at) => {
    // "Sun 25/10, 02:30:00"
    const match = /^(\w+),? (\d+)\/(\d+), (\d+):(\d+):(\d+)$/.exec(format.format(at));
    if (match === null) throw new Error(`unexpected format: ${format.format(at)}`);
    const [, weekday = '', day, month, hours, minutes, seconds] = match;
    return { weekday, day: Number(day), month: Number(month), hour: Number(hours), minute: Number(minutes), second: Number(seconds) };
  };
}

type Fields = ReturnType<ReturnType<typeof localFields>>;

const expressions: readonly (readonly [expression: string, matches: (local: Fields) => boolean])[] = [
  ['*/15 * * * *', (local) => local.minute % 15 === 0 && local.second === 0],
  ['*/30 * * * * *', (local) => local.second % 30 === 0],
  ['30 2 * * *', (local) => local.hour === 2 && local.minute === 30 && local.second === 0],
  ['10 1-3 * * *', (local) => local.hour >= 1 && local.hour <= 3 && local.minute === 10 && local.second === 0],
  ['0 0 * * SUN', (local) => local.weekday === 'Sun' && local.hour === 0 && local.minute === 0 && local.second === 0],
  ['30 59 23 * * 6', (local) => local.weekday === 'Sat' && local.hour === 23 && local.minute === 59 && local.second === 30],
  ['0 */6 1,8 * *', (local) => (local.day === 1 || local.day === 8) && local.hour % 6 === 0 && local.minute === 0 && local.second === 0],
];

/** Noon UTC before the night in which the clocks change, in 2026. */
const changes: readonly (readonly [timezone: string, what: string, from: number])[] = [
  ['America/Los_Angeles', 'forward on 8 March', Date.UTC(2026, 2, 7, 12)],
  ['America/Los_Angeles', 'back on 1 November', Date.UTC(2026, 9, 31, 12)],
  ['Europe/Berlin', 'forward on 29 March', Date.UTC(2026, 2, 28, 12)],
  ['Europe/Berlin', 'back on 25 October', Date.UTC(2026, 9, 24, 12)],
  ['Australia/Lord_Howe', 'half an hour back on 5 April', Date.UTC(2026, 3, 4, 6)],
  ['Australia/Lord_Howe', 'half an hour forward on 4 October', Date.UTC(2026, 9, 3, 6)],
  ['Atlantic/Azores', 'forward at midnight', Date.UTC(2026, 2, 28, 12)],
  ['Asia/Kathmandu', 'never, 5:45 ahead', Date.UTC(2026, 2, 28, 12)],
];

describe.each(changes)('in %s, clocks %s', (timezone, _what, from) => {
  test.each(expressions)('%s falls due at exactly the instants whose local fields match', (expression, matches) => {
    const until = from + 36 * hour;
    const local = localFields(timezone);
    const expected: number[] = [];
    for (let at = from; at < until; at += 30_000) if (matches(local(at))) expected.push(at);
    const cron = compileCron(expression, timezone);
    const found: number[] = [];
    for (let at = cron.next(from - 1); at !== undefined && at < until; at = cron.next(at)) found.push(at);
    expect(found.map(iso)).toEqual(expected.map(iso));
  });
});

test('no hour is skipped when clocks go back: every half minute stays every half minute', () => {
  // node-cron itself has no run from 00:58:30Z to 01:59:00Z in this night.
  const cron = compileCron('*/30 * * * * *', 'Europe/Berlin');
  let at = Date.UTC(2026, 9, 24, 22);
  for (let count = 0; count < 600; count += 1) {
    const next = cron.next(at);
    expect(next).toBe(at + 30_000);
    at = next ?? 0;
  }
});

test('a local time that the clocks pass twice falls due twice, one that they leave out does not', () => {
  const cron = compileCron('30 2 * * *', 'Europe/Berlin');
  const twice = cron.next(Date.UTC(2026, 9, 24, 12)) ?? 0;
  expect([iso(twice), iso(cron.next(twice))]).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']);
  expect(iso(cron.next(Date.UTC(2026, 2, 28, 12)))).toBe('2026-03-30T00:30:00.000Z');
});

test('an opening that the clocks leave out comes at the moment of the change', () => {
  const cron = compileCron('30 2 * * SUN', 'America/Los_Angeles');
  expect(iso(cron.nextOpening(Date.UTC(2026, 2, 7, 12)))).toBe('2026-03-08T10:00:00.000Z');
  expect(iso(cron.nextOpening(Date.UTC(2026, 2, 8, 10)))).toBe('2026-03-15T09:30:00.000Z');
});

test('day of month and day of week must both match, and L, W and # mean what node-cron says', () => {
  const from = Date.UTC(2026, 0, 1, 12);
  expect(iso(nextRun('0 4 1-7 * SUN', 'UTC', from))).toBe('2026-01-04T04:00:00.000Z');
  expect(iso(nextRun('0 4 13 * FRI', 'UTC', from))).toBe('2026-02-13T04:00:00.000Z');
  expect(iso(nextRun('0 0 L * *', 'UTC', from))).toBe('2026-01-31T00:00:00.000Z');
  expect(iso(nextRun('0 0 15W 8 *', 'UTC', from))).toBe('2026-08-14T00:00:00.000Z');
  expect(iso(nextRun('0 0 * * 5#2', 'UTC', from))).toBe('2026-01-09T00:00:00.000Z');
  expect(iso(nextRun('@yearly', 'UTC', from))).toBe('2027-01-01T00:00:00.000Z');
});

test('29 February on a Monday is found, decades ahead', () => {
  expect(iso(nextRun('0 0 29 2 MON', 'UTC', Date.UTC(2026, 0, 1)))).toBe('2044-02-29T00:00:00.000Z');
});

test('the next instant is later than the given one, also within its second', () => {
  const at = Date.UTC(2026, 0, 1, 0, 0, 10);
  expect(nextRun('*/10 * * * * *', 'UTC', at - 1)).toBe(at);
  expect(nextRun('*/10 * * * * *', 'UTC', at)).toBe(at + 10_000);
  expect(nextRun('*/10 * * * * *', 'UTC', at + 0.5)).toBe(at + 10_000);
});

test.each([
  ['banana', 'it has 1 field instead of five, or six with seconds first'],
  ['* * * *', 'it has 4 fields instead of five, or six with seconds first'],
  ['', 'it is empty'],
  ['61 * * * *', '"61" is not understood: minutes are 0 to 59'],
  ['0 0 * * 8', '"8" is not understood: days of the week are 0 to 7 or SUN to SAT, 5L for the last Friday, 5#2 for the second'],
  ['0/15 * * * *', '"0/15" is not understood: minutes are 0 to 59'],
  ['@every 30s', 'the names are @yearly, @monthly, @weekly, @daily and @hourly; for intervals write "every"'],
  ['0 0 31 2 *', 'there is no such day in that month'],
  ['0 0 30W 2 *', 'it never falls due'],
  ['ä * * * *', 'it holds a character that has no meaning there'],
  ['1-999999999 * * * *', '999999999 is too large for any field'],
  ['*/45 * * * * *', '"*/45" is not every 45 seconds but second 0,45; write "every: 45s", or the list if that is meant'],
  ['0 */5 * * *', '"*/5" is not every 5 hours but hour 0,5,10,15,20; write "every: 5h", or the list if that is meant'],
])('%s is refused: %s', (expression, why) => {
  expect(checkCron(expression, 'UTC')).toBe(why);
});

test.each(['*/30 * * * * *', '0 4 * * SUN', '@hourly', '0 0 L * *', '0 0 ? * MON-FRI', '0,45 * * * *', '0 0 29 2 *'])(
  '%s is accepted',
  (expression) => {
    expect(checkCron(expression, 'America/Los_Angeles')).toBeUndefined();
  },
);

test('an unknown time zone is told', () => {
  expect(checkCron('0 4 * * *', 'Mars/Olympus')).toBe('the time zone "Mars/Olympus" is not known');
});

test('the shortest interval and the usual one are told apart', () => {
  expect(cronInterval('*/30 * * * * *', 'Europe/Berlin')).toBe(30_000);
  expect(cronInterval('0 9,10 * * *', 'UTC')).toBe(hour);
  expect(medianInterval('0 9,10,11,12 * * *', 'UTC')).toBe(hour);
  expect(medianInterval('0 4 * * SUN', 'America/Los_Angeles')).toBe(7 * 24 * hour);
  // The week in which clocks go forward is an hour shorter.
  expect(cronInterval('0 4 * * SUN', 'America/Los_Angeles')).toBe(7 * 24 * hour - hour);
});

function iso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
