import { expect, test } from 'vitest';
import { minuteMs } from '#model/time.ts';
import { judgeTrace, readTrace } from './detect.ts';

const healthy = '0'.repeat(3000);

test('a trace begins up, and only changes are told', () => {
  expect(judgeTrace({ id: 'a', interval_s: 30, outcomes: healthy }, 1, minuteMs)).toEqual({ id: 'a', events: [] });
});

test('a hard outage: down at its third probe, recovering at the second success, up when it is over', () => {
  const { events } = judgeTrace({ id: 'a', interval_s: 30, outcomes: `${healthy}${'1'.repeat(200)}${'0'.repeat(100)}` }, 1, minuteMs);
  expect(events.map((event) => event.state)).toEqual(['down', 'recovering', 'up']);
  expect(events[0]?.i).toBe(3002);
  expect(events[1]?.i).toBe(3201);
});

test('five missing probes are unknown, the next result ends that', () => {
  const { events } = judgeTrace({ id: 'a', interval_s: 30, outcomes: `???${healthy}????????0` }, 1, minuteMs);
  expect(events).toEqual([
    { i: 3007, state: 'unknown' },
    { i: 3011, state: 'up' },
  ]);
});

test('the events up to i depend on the outcomes up to i alone', () => {
  const outcomes = `${healthy}${'10010'.repeat(30)}${'0'.repeat(200)}`;
  const whole = judgeTrace({ id: 'a', interval_s: 30, outcomes }, 1, minuteMs).events;
  for (const length of [3001, 3011, 3050, 3150, 3300]) {
    const part = judgeTrace({ id: 'a', interval_s: 30, outcomes: outcomes.slice(0, length) }, 1, minuteMs).events;
    expect(part).toEqual(whole.filter((event) => event.i < length));
  }
});

test('of a trace with latencies each event says whether it is slow; the state goes its own way', () => {
  const outcomes = `${healthy}${'0'.repeat(100)}${'1'.repeat(40)}${'0'.repeat(300)}`;
  const latency_ms = Array.from(outcomes, (_, i) => (i >= 3000 && i < 3100 ? 900 : 100) + ((i * 37) % 41));
  const { events } = judgeTrace({ id: 'a', interval_s: 30, outcomes, latency_ms }, 1, minuteMs);
  expect(events.map(({ state, slow }) => `${state} ${slow}`)).toEqual([
    'up true',
    'down true',
    'recovering true',
    'recovering false',
    'up false',
  ]);
  expect(events[0]?.i).toBeLessThan(3030);
  expect(
    judgeTrace({ id: 'a', interval_s: 30, outcomes: outcomes.slice(0, 3010), latency_ms: latency_ms.slice(0, 3010) }, 1, minuteMs).events,
  ).toEqual(events.filter(({ i }) => i < 3010));
});

test('a good line is read, further members are ignored', () => {
  expect(readTrace({ id: 'x', interval_s: 0.5, outcomes: '01?', group: 'g', latency_ms: [1, null, 2], note: 'n' })).toEqual({
    trace: { id: 'x', interval_s: 0.5, outcomes: '01?', latency_ms: [1, null, 2] },
  });
  expect(readTrace({ id: 'x', interval_s: 0.5, outcomes: '01?', latency_ms: null })).toEqual({
    trace: { id: 'x', interval_s: 0.5, outcomes: '01?' },
  });
});

test.each([
  [null, /object/u],
  [[], /object/u],
  ['text', /object/u],
  [{ interval_s: 30, outcomes: '' }, /"id"/u],
  [{ id: 1, interval_s: 30, outcomes: '' }, /"id"/u],
  [{ id: 'a', outcomes: '' }, /"interval_s"/u],
  [{ id: 'a', interval_s: 0, outcomes: '' }, /"interval_s"/u],
  [{ id: 'a', interval_s: 1e9, outcomes: '' }, /"interval_s"/u],
  [{ id: 'a', interval_s: '30', outcomes: '' }, /"interval_s"/u],
  [{ id: 'a', interval_s: 30 }, /"outcomes"/u],
  [{ id: 'a', interval_s: 30, outcomes: '0012' }, /found "2" at index 3/u],
  [{ id: 'a', interval_s: 30, outcomes: '00', latency_ms: [1] }, /"latency_ms" must be as long as "outcomes" \(2\)/u],
  [{ id: 'a', interval_s: 30, outcomes: '00', latency_ms: 'fast' }, /"latency_ms"/u],
  [{ id: 'a', interval_s: 30, outcomes: '00', latency_ms: [1, -1] }, /index 1/u],
  [{ id: 'a', interval_s: 30, outcomes: '00', latency_ms: ['1', 1] }, /index 0/u],
  [{ id: 'a', interval_s: 30, outcomes: '0\u0007' }, /found "\\u0007" at index 1/u],
])('a bad line is told in one sentence: %j', (line, message) => {
  expect(readTrace(line)).toEqual({ error: expect.stringMatching(message) });
});
