import { describe, expect, test } from 'vitest';
import { endpointOf, ScheduleStory, wideLimits } from '../../tests/support/schedule-story.ts';
import { phaseOf } from './spread.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

function many(count: number, interval: number, more: Parameters<typeof endpointOf>[2] = {}) {
  return Array.from({ length: count }, (_, index) => endpointOf(`service/endpoint-${index}`, interval, more));
}

describe('a fixed interval', () => {
  test('starts each attempt at its phase on the grid of the epoch, exactly', async () => {
    const story = new ScheduleStory().runs([endpointOf('ehr/fhir', 30 * second)]);
    await story.passes(10 * minute);
    const attempts = story.of('ehr/fhir');
    expect(attempts).toHaveLength(20);
    for (const { due } of attempts) expect(due % (30 * second)).toBe(phaseOf('ehr/fhir', 30 * second));
    expect(Math.max(...story.lags)).toBeLessThanOrEqual(2);
  });

  test('of one second is kept', async () => {
    const story = new ScheduleStory().runs([endpointOf('ehr/fhir', second)]);
    await story.passes(minute);
    expect(story.of('ehr/fhir')).toHaveLength(60);
  });

  test('is not shifted by a restart', async () => {
    const [first, second_] = [new ScheduleStory(), new ScheduleStory()];
    await second_.passes(12_345);
    for (const story of [first, second_]) {
      story.runs([endpointOf('ehr/fhir', 30 * second)]);
      await story.passes(5 * minute);
    }
    const dues = new Set(first.of('ehr/fhir').map(({ due }) => due));
    expect(second_.of('ehr/fhir').filter(({ due }) => dues.has(due)).length).toBeGreaterThanOrEqual(9);
  });

  test('lets a thousand endpoints start spread out, from the first minute on', async () => {
    const story = new ScheduleStory().runs(many(1000, 30 * second));
    await story.passes(minute);
    expect(story.attempts).toHaveLength(2000);
    expect(story.busiest(100)).toBeLessThan(15);
  });
});

describe('one attempt at a time', () => {
  test('a tick that comes while the earlier attempt runs is skipped and counted, not queued', async () => {
    const story = new ScheduleStory();
    story.takes = () => 2500;
    story.runs([endpointOf('ehr/fhir', second)]);
    await story.passes(minute);
    expect(story.doubles).toEqual([]);
    expect(story.of('ehr/fhir')).toHaveLength(20);
    expect(story.skipped('ehr/fhir', 'running')).toBe(40);
  });

  test('a hanging endpoint never delays another, not at the same host either', async () => {
    const story = new ScheduleStory();
    story.takes = ({ id }) => (id === 'ehr/hangs' ? Number.POSITIVE_INFINITY : 10);
    story.runs([endpointOf('ehr/hangs', second, { host: 'h' }), endpointOf('ehr/well', second, { host: 'h' })]);
    await story.passes(minute);
    expect(story.of('ehr/hangs')).toHaveLength(1);
    expect(story.of('ehr/well')).toHaveLength(60);
    expect(Math.max(...story.lags)).toBeLessThanOrEqual(2);
  });
});

describe('caps', () => {
  test('hold attempts back, in all, and the lag says how late they start', async () => {
    const story = new ScheduleStory();
    story.takes = () => second;
    story.runs(many(40, 10 * second), { ...wideLimits, concurrency: 4 });
    await story.passes(2 * minute);
    expect(story.mostAtOnce).toBe(4);
    expect(story.attempts.length).toBeGreaterThan(440);
    expect(Math.max(...story.lags)).toBeGreaterThan(200);
  });

  test('what cannot be kept is shared out: each of a busy host starts as often as the others', async () => {
    const story = new ScheduleStory();
    story.takes = () => second;
    const busy = many(50, 10 * second, { host: 'busy' });
    story.runs([...busy, endpointOf('quiet/one', 10 * second)], { ...wideLimits, concurrency: 3, hostConcurrency: 2 });
    await story.passes(10 * minute);
    expect(story.of('quiet/one')).toHaveLength(60);
    // What waited stands for the latest tick.
    expect(Math.max(...story.lags)).toBeLessThanOrEqual(10 * second + 2);
    const counts = busy.map(({ id }) => story.of(id).length);
    expect(Math.min(...counts)).toBeGreaterThan(20);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
    expect(busy.reduce((sum, { id }) => sum + story.skipped(id, 'waiting'), 0)).toBeGreaterThan(1000);
  });

  test('the rate of starts per host is kept', async () => {
    const story = new ScheduleStory().runs(many(30, 2 * second, { host: 'one' }), { ...wideLimits, hostRate: 5 });
    await story.passes(minute);
    expect(story.busiest(second)).toBe(5);
    expect(story.attempts.length).toBeGreaterThan(290);
  });
});

describe('when it was behind', () => {
  test('after a suspension each endpoint is started at most once, spread out, and all are soon probed again', async () => {
    const endpoints = many(3000, 30 * second);
    const story = new ScheduleStory().runs(endpoints);
    await story.passes(minute);
    for (const round of [1, 2]) {
      story.time.standStill(8 * hour);
      const woken = story.time.now;
      await story.passes(30 * second);
      const since = story.attempts.filter(({ at }) => at >= woken);
      expect(new Set(since.map(({ id }) => id)).size).toBe(3000);
      // Half of them are nearer to the next tick and wait for it; the others are caught up, and then come to their next tick.
      expect(since.length).toBeLessThan(4650);
      // Usual are 100 a second; catching up adds four times that.
      expect(story.busiest(second, woken)).toBeLessThan(5.6 * 100);
      expect(story.busiest(5, woken)).toBeLessThanOrEqual(64);
      for (const { at, due } of since) expect(at - due).toBeLessThan(30 * second);
      const ticks = endpoints.reduce((sum, { id }) => sum + story.skipped(id, 'behind'), 0);
      expect(ticks).toBeGreaterThan(round * 3000 * 955);
    }
  });

  test('a probe once an hour is not lost when its minute was slept through', async () => {
    const story = new ScheduleStory();
    const slow = endpointOf('ehr/slow', hour);
    story.runs([slow]);
    const due = Math.floor(story.time.now / hour) * hour + phaseOf('ehr/slow', hour);
    const toDue = (due - story.time.now + hour) % hour;
    await story.passes(toDue - minute);
    story.time.standStill(10 * minute);
    await story.passes(second);
    expect(story.of('ehr/slow')).toHaveLength(1);
    expect(story.lags.at(-1)).toBeGreaterThanOrEqual(9 * minute);
  });

  test('a loop that is blocked again and again starves nobody', async () => {
    const story = new ScheduleStory().runs(many(20, second));
    // Nine tenths of every second: most ticks are nearer to their successor by the time that they can be looked at.
    for (let count = 0; count < 120; count += 1) {
      story.time.standStill(900);
      await story.passes(100);
    }
    for (let index = 0; index < 20; index += 1) expect(story.of(`service/endpoint-${index}`).length).toBeGreaterThan(58);
  });

  test('a short block only makes starts late', async () => {
    const story = new ScheduleStory().runs(many(200, second));
    await story.passes(10 * second);
    story.time.standStill(300);
    await story.passes(10 * second);
    expect(story.skips).toEqual([]);
    expect(story.doubles).toEqual([]);
  });
});

describe('steps of the wall clock', () => {
  test('move no fixed interval', async () => {
    const story = new ScheduleStory().runs(many(50, 10 * second));
    await story.passes(minute);
    story.time.stepWall(-5 * hour);
    await story.passes(minute);
    story.time.stepWall(9 * hour);
    await story.passes(minute);
    expect(story.attempts).toHaveLength(50 * 18);
    expect(Math.max(...story.lags)).toBeLessThanOrEqual(2);
  });

  test.each([
    ['forward', 3 * hour + 10 * second],
    ['back', -3 * hour - 10 * second],
  ])('%s: cron goes by the new wall time, without a flood', async (_way, by) => {
    const cron = { kind: 'cron', expression: '*/5 * * * *', timezone: 'UTC', interval: 5 * minute } as const;
    const story = new ScheduleStory().runs([endpointOf('ehr/cron', cron)]);
    await story.passes(21 * minute);
    expect(story.attempts).toHaveLength(4);
    story.time.stepWall(by);
    await story.passes(20 * minute);
    expect(story.attempts).toHaveLength(8);
    const wallTimes = story.attempts.slice(4).map(({ at }) => (at + by) % (5 * minute));
    expect(Math.max(...wallTimes)).toBeLessThan(5);
  });
});

test('a clock set back by less than a step still never starts a cron tick before its time', async () => {
  const cron = { kind: 'cron', expression: '* * * * *', timezone: 'UTC', interval: minute } as const;
  const story = new ScheduleStory();
  story.takes = () => 0;
  story.runs([endpointOf('ehr/cron', cron)]);
  await story.passes(minute + 30 * second);
  for (const [by, ahead] of [
    [-0.5, 0.5],
    [-399.5, 400],
  ] as const) {
    story.time.stepWall(by);
    const before = story.attempts.length;
    await story.passes(5 * minute);
    const taken = story.attempts.slice(before);
    expect(taken).toHaveLength(5);
    // Up to a millisecond early counts as on time.
    for (const { at } of taken) expect((at - ahead + 1) % minute).toBeLessThan(5);
  }
});

describe('cron', () => {
  test('starts at its instants in its time zone', async () => {
    const cron = { kind: 'cron', expression: '*/30 * 9 * * MON', timezone: 'Europe/Berlin', interval: 30 * second } as const;
    const story = new ScheduleStory().runs([endpointOf('ehr/cron', cron)]);
    await story.passes(3 * hour);
    // Virtual time begins at 09:00 in Berlin; 09:00:00 itself is not after the start.
    expect(story.attempts).toHaveLength(119);
    expect(story.attempts[0]?.due).toBe(Date.UTC(2026, 2, 2, 8, 0, 30));
  });

  test('a thousand endpoints of one expression start in turns, so that others come in between', async () => {
    const cron = { kind: 'cron', expression: '* * * * *', timezone: 'UTC', interval: minute } as const;
    const endpoints = Array.from({ length: 1000 }, (_, index) => endpointOf(`ehr/cron-${index}`, cron));
    const story = new ScheduleStory().runs([...endpoints, endpointOf('ehr/steady', second)]);
    await story.passes(10 * minute + second);
    expect(story.attempts).toHaveLength(10_000 + 601);
    expect(story.busiest(1)).toBeLessThanOrEqual(33);
    expect(Math.max(...story.lags)).toBeLessThan(200);
  });
});

describe('a reload', () => {
  test('keeps the phase and the attempt under way of what is unchanged', async () => {
    const story = new ScheduleStory();
    story.takes = () => 5 * second;
    const endpoint = endpointOf('ehr/fhir', 10 * second);
    story.runs([endpoint]);
    for (let count = 0; count < 60; count += 1) {
      await story.passes(second);
      story.runs([{ ...endpoint }, endpointOf(`ehr/other-${count}`, hour)]);
    }
    const attempts = story.of('ehr/fhir');
    expect(attempts).toHaveLength(6);
    expect(attempts.some(({ aborted }) => aborted)).toBe(false);
    expect(new Set(attempts.map(({ due }) => due % (10 * second))).size).toBe(1);
  });

  test('aborts and forgets what is removed, and a return does not run beside what is still ending', async () => {
    const story = new ScheduleStory();
    story.takes = () => Number.POSITIVE_INFINITY;
    const [gone, stays] = [endpointOf('ehr/gone', second), endpointOf('ehr/stays', second)];
    story.runs([gone, stays]);
    await story.passes(2 * second);
    story.runs([stays]);
    story.runs([gone, stays]);
    await story.passes(10 * second);
    expect(story.of('ehr/gone').map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(story.of('ehr/stays')).toHaveLength(1);
    expect(story.doubles).toEqual([]);
    story.runs([]);
    await story.passes(10 * second);
    expect(story.scheduler.load).toEqual({ running: 0, waiting: 0 });
    expect(story.attempts).toHaveLength(3);
  });

  test('aborts the attempt of what is changed and plans it afresh', async () => {
    const story = new ScheduleStory();
    story.takes = ({ fingerprint }) => (fingerprint === 'old' ? Number.POSITIVE_INFINITY : 10);
    story.runs([endpointOf('ehr/fhir', second, { fingerprint: 'old' })]);
    await story.passes(2 * second);
    story.runs([endpointOf('ehr/fhir', 500 * 4, { fingerprint: 'new', host: 'elsewhere' })]);
    await story.passes(20 * second);
    expect(story.of('ehr/fhir')[0]).toMatchObject({ fingerprint: 'old', aborted: true });
    expect(story.of('ehr/fhir').filter(({ fingerprint }) => fingerprint === 'new')).toHaveLength(10);
  });

  test('loses no tick that came just before it', async () => {
    const endpoint = endpointOf('ehr/fhir', hour);
    const story = new ScheduleStory().runs([endpoint]);
    const toDue = hour - ((story.time.now - phaseOf('ehr/fhir', hour)) % hour);
    await story.passes(toDue - 100);
    story.time.standStill(150);
    story.runs([{ ...endpoint }]);
    await story.passes(second);
    expect(story.of('ehr/fhir')).toHaveLength(1);
  });

  test('that moves an endpoint to another host during its attempt leaves the caps of both right', async () => {
    const story = new ScheduleStory();
    story.takes = () => 500;
    const one = { ...wideLimits, hostConcurrency: 1 };
    const [moved, other] = [endpointOf('ehr/moved', 10 * second, { host: 'a' }), endpointOf('ehr/other', 2 * second, { host: 'a' })];
    story.runs([moved], one);
    const toDue = 10 * second - ((story.time.now - phaseOf('ehr/moved', 10 * second)) % (10 * second));
    await story.passes(toDue + 100);
    expect(story.scheduler.load.running).toBe(1);
    story.runs([{ ...moved, host: 'b' }, other], one);
    await story.passes(minute);
    expect(story.of('ehr/other')).toHaveLength(30);
    expect(story.of('ehr/moved')).toHaveLength(7);
  });

  test('takes back what waits for the caps when it is removed', async () => {
    const story = new ScheduleStory();
    story.takes = () => 3 * second;
    story.runs(many(20, second, { host: 'one' }), { ...wideLimits, hostConcurrency: 1 });
    await story.passes(2 * second);
    expect(story.scheduler.load.waiting).toBeGreaterThan(0);
    story.runs([]);
    expect(story.scheduler.load.waiting).toBe(0);
  });
});

describe('a wish', () => {
  test('starts one attempt at its time and leaves the interval as it is', async () => {
    const story = new ScheduleStory().runs([endpointOf('ehr/fhir', minute)]);
    await story.passes(minute);
    const wanted = story.time.now + 10 * second;
    const regular = (story.of('ehr/fhir')[0]?.due ?? 0) + minute;
    story.scheduler.request('ehr/fhir', wanted);
    await story.passes(minute);
    expect(new Set(story.of('ehr/fhir').map(({ due }) => due))).toEqual(
      new Set([regular - minute, regular, ...(Math.abs(regular - wanted) < 3 ? [] : [wanted])]),
    );
  });

  test('at the very instant of a tick makes an attempt of its own, due after it', async () => {
    const story = new ScheduleStory();
    story.takes = () => 0;
    story.runs([endpointOf('ehr/fhir', minute)]);
    await story.passes(minute - ((story.time.now - phaseOf('ehr/fhir', minute)) % minute));
    expect(story.of('ehr/fhir').map(({ due }) => due)).toEqual([story.time.now]);
    story.scheduler.request('ehr/fhir', 0);
    await story.passes(second);
    const [first, wished, ...more] = story.of('ehr/fhir').map(({ due }) => due);
    expect(wished).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY);
    expect(more).toEqual([]);
  });

  test('during an attempt is granted when that has ended', async () => {
    const story = new ScheduleStory();
    story.takes = () => 5 * second;
    story.runs([endpointOf('ehr/fhir', minute)]);
    await story.passes(minute);
    const first = story.of('ehr/fhir')[0]?.at ?? 0;
    await story.passes(first + minute + second - story.time.now);
    story.scheduler.request('ehr/fhir', 0);
    await story.passes(10 * second);
    expect(story.of('ehr/fhir').map(({ at }) => Math.round((at - first) / second))).toEqual([0, 60, 65]);
    expect(story.doubles).toEqual([]);
  });

  test('is paid from the caps of the host', async () => {
    const story = new ScheduleStory().runs(many(20, hour, { host: 'one' }), { ...wideLimits, hostRate: 2 });
    for (let index = 0; index < 20; index += 1) story.scheduler.request(`service/endpoint-${index}`, 0);
    await story.passes(30 * second);
    expect(story.attempts.length).toBeGreaterThanOrEqual(20);
    expect(story.busiest(second)).toBe(2);
  });

  test('for an endpoint that does not exist does nothing', async () => {
    const story = new ScheduleStory().runs([]);
    story.scheduler.request('ehr/nobody', 0);
    await story.passes(minute);
    expect(story.attempts).toEqual([]);
  });
});

describe('a pause', () => {
  test('starts nothing until its end, wishes included, and goes on at the old phase', async () => {
    const story = new ScheduleStory().runs([endpointOf('ehr/fhir', 10 * second)]);
    await story.passes(minute);
    const until = story.time.now + 15 * minute;
    story.scheduler.pause('ehr/fhir', until);
    story.scheduler.request('ehr/fhir', story.time.now + minute);
    await story.passes(15 * minute);
    expect(story.of('ehr/fhir')).toHaveLength(6);
    await story.passes(minute);
    const [, , , , , , next] = story.of('ehr/fhir');
    expect(next?.due).toBeGreaterThanOrEqual(until);
    expect(story.of('ehr/fhir')).toHaveLength(12);
    expect(new Set(story.of('ehr/fhir').map(({ due }) => due % (10 * second))).size).toBe(1);
  });

  test('is kept over a reload that changes nothing, and ended by one that has passed', async () => {
    const endpoint = endpointOf('ehr/fhir', second);
    const story = new ScheduleStory().runs([endpoint]);
    story.scheduler.pause('ehr/fhir', story.time.now + hour);
    story.runs([endpoint]);
    await story.passes(minute);
    expect(story.attempts).toEqual([]);
    story.scheduler.pause('ehr/fhir', 0);
    await story.passes(minute);
    expect(story.attempts).toHaveLength(60);
  });
});

describe('the end', () => {
  test('lets attempts end within the grace, and starts no more', async () => {
    const story = new ScheduleStory();
    story.takes = () => 3 * second;
    story.runs(many(5, 10 * second));
    await story.passes(20 * second);
    const count = story.attempts.length;
    expect(story.scheduler.running).toBe(true);
    const closed = story.scheduler.close(5 * second);
    expect(story.scheduler.running).toBe(false);
    await story.passes(minute);
    expect(await closed).toBe(0);
    expect(story.attempts).toHaveLength(count);
    expect(story.attempts.some(({ aborted }) => aborted)).toBe(false);
    expect(story.time.pending).toBe(0);
  });

  test('aborts what hangs longer than the grace', async () => {
    const story = new ScheduleStory();
    story.takes = () => Number.POSITIVE_INFINITY;
    story.runs(many(5, second));
    await story.passes(2 * second);
    const closed = story.scheduler.close(3 * second);
    await story.passes(2900);
    expect(story.attempts.some(({ aborted }) => aborted)).toBe(false);
    await story.passes(200);
    expect(await closed).toBe(0);
    expect(story.attempts.every(({ aborted }) => aborted)).toBe(true);
  });
});
