// Instants as people write them.
import { expect, test } from 'vitest';
import { readInstant } from './zone.ts';

test.each([
  ['2026-03-02T04:00:00Z', 'UTC', '2026-03-02T04:00:00.000Z'],
  ['2026-03-02T04:00:00-08:00', 'UTC', '2026-03-02T12:00:00.000Z'],
  ['2026-03-02 04:00', 'UTC', '2026-03-02T04:00:00.000Z'],
  ['2026-03-02 04:00', 'America/Los_Angeles', '2026-03-02T12:00:00.000Z'],
  ['2026-07-02 04:00', 'America/Los_Angeles', '2026-07-02T11:00:00.000Z'],
  ['2026-03-02 04:00', 'Asia/Kolkata', '2026-03-01T22:30:00.000Z'],
  // Clocks go forward on 8 March 2026 at 02:00: right before, in the skipped hour, right after.
  ['2026-03-08 01:59', 'America/Los_Angeles', '2026-03-08T09:59:00.000Z'],
  ['2026-03-08 02:30', 'America/Los_Angeles', '2026-03-08T10:30:00.000Z'],
  ['2026-03-08 03:00', 'America/Los_Angeles', '2026-03-08T10:00:00.000Z'],
  // They go back on 1 November 2026 at 02:00: the repeated hour means its first time.
  ['2026-11-01 01:30', 'America/Los_Angeles', '2026-11-01T08:30:00.000Z'],
  ['2026-11-01 02:00', 'America/Los_Angeles', '2026-11-01T10:00:00.000Z'],
])('%s in %s is %s', (text, zone, instant) => {
  expect(new Date(readInstant(text, zone) ?? 0).toISOString()).toBe(instant);
});

test.each(['tomorrow', '2026-02-30T04:00:00Z', '2026-13-01T04:00:00Z', '2026-03-02T24:00:00Z', '2026-03-02', '02.03.2026 04:00', ''])(
  '"%s" is no instant',
  (text) => {
    expect(readInstant(text, 'UTC')).toBeUndefined();
  },
);
