// The regression test of the detector: recorded traces, and what was decided on them.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judgeTrace } from '#core/detect/detect.ts';
import { eventsText, expand } from './notation.ts';

interface Recorded {
  readonly id: string;
  readonly interval_s: number;
  readonly falsePages: number;
  readonly outcomes: string;
  readonly events: readonly string[];
}

const recorded = readFileSync(new URL('recorded.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

test('the recorded set is whole', () => {
  expect(recorded.length).toBeGreaterThanOrEqual(20);
});

test.each(recorded)('decides as recorded: $id', ({ id, interval_s, falsePages, outcomes, events }) => {
  expect(eventsText(judgeTrace({ id, interval_s, outcomes: expand(outcomes) }, falsePages, 60_000).events)).toEqual(events);
});
