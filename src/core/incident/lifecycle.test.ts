import { expect, test } from 'vitest';
import { hourMs, minuteMs } from '#model/time.ts';
import type { State } from '#model/verdict.ts';
import {
  begin,
  beginAgain,
  type Course,
  countOutcome,
  decide,
  end,
  noteStretch,
  reopenWithin,
  type StepReason,
  stepReasons,
} from './lifecycle.ts';

const opened = 1_800_000_000_000;
const spell = { onset: opened - minuteMs, fault: 'intermittent', attempts: 9, failures: 4, reasons: { reset: 4 } } as const;

function course(more: Partial<Course> = {}): Course {
  return { ...begin('system/endpoint/ehr/fhir/failing', spell, opened), ...more };
}

const inAnHour = opened + hourMs;
const never = Number.POSITIVE_INFINITY;
const over = course({ resolvedAt: opened });

interface More {
  readonly at?: number;
  readonly maintenance?: boolean;
  readonly cover?: 'held' | 'explained';
  readonly remindAt?: number;
}
type Row = readonly [reason: StepReason, step: string, course: Course | null, state: State | 'slow', more?: More];

const table: readonly Row[] = [
  ['no_fault', '', null, 'up'],
  ['no_fault', '', null, 'unknown'],
  ['fault_began', 'opened', null, 'intermittent'],
  ['fault_began', 'opened', null, 'down'],
  ['already_told', '', course(), 'intermittent'],
  ['became_down', 'worsened', course(), 'down'],
  ['fault_began', 'opened', null, 'slow'],
  ['already_told', '', course({ told: 'slow' }), 'slow'],
  ['already_told', '', course({ told: 'down' }), 'slow'],
  ['became_failing', 'worsened', course({ told: 'slow' }), 'intermittent'],
  ['became_down', 'worsened', course({ told: 'slow' }), 'down'],
  ['already_told', '', course({ told: 'down' }), 'down'],
  ['already_told', '', course({ told: 'down' }), 'intermittent'],
  ['recovering', '', course(), 'recovering'],
  ['recovering', '', course(), 'recovering', { remindAt: opened }],
  ['not_judged', '', course(), 'unknown'],
  ['reminder_due', 'reminder', course(), 'intermittent', { remindAt: inAnHour }],
  ['reminder_due', 'reminder', course(), 'unknown', { remindAt: inAnHour }],
  ['became_down', 'worsened', course(), 'down', { remindAt: inAnHour }],
  ['hushed', '', course(), 'down', { maintenance: true }],
  ['hushed', '', course(), 'intermittent', { maintenance: true, remindAt: inAnHour }],
  ['proven_steady', 'resolved', course(), 'up'],
  ['proven_steady', 'resolved', course(), 'up', { maintenance: true }],
  ['held', '', null, 'intermittent', { cover: 'held' }],
  ['explained', '', over, 'down', { cover: 'explained' }],
  ['no_fault', '', over, 'up'],
  ['no_fault', '', over, 'recovering'],
  ['fault_came_back', 'reopened', over, 'down', { at: opened + reopenWithin }],
  ['fault_began', 'opened', over, 'down', { at: opened + reopenWithin + 1 }],
];

const rows = table.map(([reason, step, now, state, more = {}]) => ({ reason, step, now, state, more }));

test.each(rows)('$reason: $state, $step', ({ reason, step, now, state, more }) => {
  const sight = { state, at: inAnHour, maintenance: false, cover: '' as const, remindAt: never, ...more };
  expect(decide(now, sight)).toEqual({ reason, step });
});

test('every reason of the list is reached by the table', () => {
  expect(new Set(table.map(([reason]) => reason))).toEqual(new Set(Object.keys(stepReasons)));
});

test('a reopened incident keeps its name and its worst state, and counts anew', () => {
  const again = course({ worst: 'down', told: 'down', sequence: 4 });
  end(again, inAnHour);
  beginAgain(again, { ...spell, onset: inAnHour + minuteMs, attempts: 3, failures: 3, reasons: { tls: 3 } });
  expect(again).toMatchObject({
    id: course().id,
    since: spell.onset,
    onset: inAnHour + minuteMs,
    resolvedAt: null,
    pausedAt: inAnHour,
    worst: 'down',
    told: 'intermittent',
    sequence: 4,
    attempts: 3,
    reasons: { tls: 3 },
  });
});

test('figures of two incidents are apart, though they began with the same spell', () => {
  const [one, other] = [course(), course()];
  countOutcome(one, fail('dns'));
  expect(one).toMatchObject({ attempts: 10, failures: 5, reasons: { reset: 4, dns: 1 } });
  expect(other).toMatchObject({ attempts: 9, failures: 4, reasons: { reset: 4 } });
});

test('the worst stretch is the one with the largest share', () => {
  const now = course();
  for (const [failures, probes] of [
    [3, 60],
    [20, 60],
    [4, 10],
    [10, 60],
  ] as const)
    noteStretch(now, { failures, probes });
  expect(now.worstStretch).toEqual({ failures: 4, probes: 10 });
});

function fail(reason: 'dns') {
  return {
    outcome: 'fail',
    reason,
    message: '',
    endpoint: 'ehr/fhir',
    vantage: '',
    scheduledAt: 0,
    startedAt: 0,
    duration: 0,
    phases: {},
    facts: {},
    notes: {},
  } as const;
}
