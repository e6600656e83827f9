import { describe, expect, test } from 'vitest';
import { epoch, failResult, okResult } from '../../../tests/support/results.ts';
import { answer, freshAccess } from './access.ts';

const minute = 60_000;

/** `a` refused, `l` locked, `t` timeout, `i` internal, `0` ok; one a minute. What each led to: minutes of pause, `in`, or `.`. */
function story(outcomes: string): string {
  const access = freshAccess();
  return outcomes
    .split('')
    .map((outcome, i) => {
      const at = { scheduledAt: epoch + i * minute };
      const reason = outcome === 't' ? 'timeout' : outcome === 'i' ? 'internal' : 'auth';
      const locked = outcome === 'l' && { locked: true as const };
      const step = answer(access, outcome === '0' ? okResult('a/b', at) : failResult('a/b', reason, { ...at, ...locked }));
      if (step === 'admitted') return 'in';
      return step === 'paused' ? String(((access.until ?? 0) - at.scheduledAt) / minute) : '.';
    })
    .join(' ');
}

describe('an endpoint that refuses our credentials', () => {
  test.each([
    ['one refusal is a failure like every other', '0a0a0ta0', '. . . . . . . .'],
    ['two in a row pause it, for 15 minutes, then twice as long each time', 'aaaaa', '. 15 30 60 120'],
    ['never for more than a day', 'a'.repeat(11), '. 15 30 60 120 240 480 960 1440 1440 1440'],
    ['one that says "locked" is enough', '0l', '. 15'],
    ['a good answer ends it, and the next row starts anew', 'aa0aa', '. 15 in . 15'],
    ['another failure after a pause proves nothing: the next refusal pauses at once', 'aata', '. 15 . 30'],
    ["Holter's own trouble between two refusals changes nothing", 'aia', '. . 15'],
    ['another failure between two refusals parts them', 'ata', '. . .'],
  ])('%s', (_, outcomes, expected) => {
    expect(story(outcomes)).toBe(expected);
  });

  test('a pause is over with the first result after it, whatever that is', () => {
    const access = freshAccess();
    for (let i = 0; i < 2; i += 1) answer(access, failResult('a/b', 'auth', { scheduledAt: epoch + i }));
    expect(access).toMatchObject({ since: epoch, until: epoch + 1 + 15 * minute });
    answer(access, failResult('a/b', 'internal', { scheduledAt: epoch + 2 }));
    expect(access.until).not.toBeNull();
    answer(access, failResult('a/b', 'timeout', { scheduledAt: epoch + 3 }));
    expect(access).toMatchObject({ since: epoch, until: null });
  });
});
