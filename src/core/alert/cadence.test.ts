import { expect, test } from 'vitest';
import { hourMs } from '#model/time.ts';
import { type Notice, type Notices, nextReminder, noticesAfter } from './cadence.ts';

const at = 1_800_000_000_000;
const notice: Notice = { event: 'opened', at, spacing: hourMs, known: ['a', 'b', 'c'], receivers: ['a'], severity: 'warning' };
const before: Notices = { reminders: 2, remindAt: at, receivers: ['a', 'gone'], severity: 'error' };

test('each wait is twice the one before', () => {
  expect([0, 1, 2, 3].map((reminders) => ((nextReminder(hourMs, reminders, at) ?? 0) - at) / hourMs)).toEqual([1, 2, 4, 8]);
});

test('without a spacing there are no reminders', () => {
  expect(nextReminder(0, 0, at)).toBeNull();
});

test('an opening forgets the incident before it', () => {
  expect(noticesAfter(before, notice)).toEqual({ reminders: 0, remindAt: at + hourMs, receivers: ['a'], severity: 'warning' });
});

test('a reminder counts, and doubles the wait', () => {
  expect(noticesAfter(before, { ...notice, event: 'reminder' })).toMatchObject({ reminders: 3, remindAt: at + 8 * hourMs });
});

test('a worsening starts the present wait anew', () => {
  expect(noticesAfter(before, { ...notice, event: 'worsened' })).toMatchObject({ reminders: 2, remindAt: at + 4 * hourMs });
});

test('a reopening starts with the first wait', () => {
  expect(noticesAfter(before, { ...notice, event: 'reopened' })).toMatchObject({ reminders: 0, remindAt: at + hourMs });
});

test('those who heard of it before hear of it again, if they still exist; the severity label stays', () => {
  expect(noticesAfter(before, { ...notice, event: 'resolved', receivers: ['c'] })).toEqual({
    reminders: 2,
    remindAt: null,
    receivers: ['a', 'c'],
    severity: 'error',
  });
});
