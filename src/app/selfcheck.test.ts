import { beforeEach, describe, expect, test } from 'vitest';
import type { SelfCheckPlan } from '#model/plan.ts';
import { VirtualTime } from '../../tests/support/virtual-time.ts';
import { leastGap, SelfCheck, type SelfCheckOutcome } from './selfcheck.ts';

let time: VirtualTime;
let asked: { readonly target: string; readonly at: number }[];
let outcomes: SelfCheckOutcome[];
/** What a target says, and after how long. */
let answers: Map<string, { readonly says: string; readonly after: number }>;
let check: SelfCheck;

beforeEach(() => {
  time = new VirtualTime(0);
  asked = [];
  outcomes = [];
  answers = new Map();
  check = new SelfCheck({
    clock: time.clock,
    timers: time.timers,
    ask: async ({ id }) => {
      asked.push({ target: id, at: time.now });
      const { says = '', after = 10 } = answers.get(id) ?? {};
      await time.sleep(after);
      return says;
    },
    onOutcome: (outcome) => outcomes.push(outcome),
  });
});

function plan(...names: readonly string[]): SelfCheckPlan {
  return { timeout: 800, targets: names.map((id) => ({ id, kind: 'tcp', options: {}, timeout: 800 })) };
}

const starts = (): readonly number[] => [...new Set(asked.map(({ at }) => at))];

test('asks at once, and then once a minute', async () => {
  check.configure(plan('gateway'));
  await time.advance(130_000);
  expect(starts()).toEqual([0, 60_010, 120_020]);
  expect(outcomes.map(({ run, ok }) => [run, ok])).toEqual([
    [1, true],
    [2, true],
    [3, true],
  ]);
  expect(check.targets).toEqual([{ target: 'gateway', ok: true }]);
});

test('while it fails it asks every five seconds', async () => {
  answers.set('gateway', { says: 'refused', after: 0 });
  check.configure(plan('gateway'));
  await time.advance(16_000);
  expect(starts()).toEqual([0, 5000, 10_000, 15_000]);
  expect(outcomes.at(-1)).toMatchObject({ ok: false, why: 'gateway: refused' });
});

test('is well as soon as one target answers, and ill only when none does', async () => {
  answers.set('resolver', { says: 'silent', after: 800 });
  check.configure(plan('gateway', 'resolver'));
  await time.advance(20);
  expect(outcomes).toMatchObject([{ run: 1, ok: true, startedAt: 0, endedAt: 10, why: '' }]);
  await time.advance(1000);
  expect(outcomes).toHaveLength(1);
  expect(check.targets).toEqual([
    { target: 'gateway', ok: true },
    { target: 'resolver', ok: false },
  ]);
  answers.set('gateway', { says: 'no route', after: 5 });
  check.want();
  await time.advance(900);
  expect(outcomes.at(-1)).toMatchObject({ run: 2, ok: false, why: 'gateway: no route, resolver: silent' });
});

describe('on demand', () => {
  test('those who ask in one moment share one check that begins after them', async () => {
    check.configure(plan('gateway'));
    await time.advance(5000);
    expect(Array.from({ length: 10_000 }, () => check.want())).toEqual(Array.from({ length: 10_000 }, () => 2));
    await time.advance(100);
    expect(starts()).toEqual([0, 5000]);
    expect(outcomes.at(-1)).toMatchObject({ run: 2, startedAt: 5000 });
  });

  test('who asks while one is under way gets the next; none begins within a second of another', async () => {
    answers.set('gateway', { says: 'silent', after: 900 });
    check.configure(plan('gateway'));
    await time.advance(5);
    expect(check.want()).toBe(2);
    await time.advance(3);
    expect(check.want()).toBe(2);
    await time.advance(4000);
    expect(starts().slice(0, 2)).toEqual([0, leastGap]);
    // Nobody waits longer than two seconds, though every target takes all the time that it may.
    expect(outcomes[1]?.endedAt).toBeLessThan(2000);
  });

  test('a storm of questions is a check a second', async () => {
    answers.set('gateway', { says: 'silent', after: 800 });
    check.configure(plan('gateway'));
    for (let i = 0; i < 500; i += 1) {
      check.want();
      await time.advance(20);
    }
    expect(starts().length).toBeLessThanOrEqual(11);
  });
});

describe('a reload', () => {
  test('that takes the targets away ends it: what is under way is told to nobody', async () => {
    answers.set('gateway', { says: 'silent', after: 800 });
    check.configure(plan('gateway'));
    await time.advance(100);
    check.configure(plan());
    await time.advance(600_000);
    expect(check.active).toBe(false);
    expect(outcomes).toEqual([]);
    expect(check.targets).toEqual([]);
    expect(starts()).toEqual([0]);
  });

  test('to other targets asks these', async () => {
    check.configure(plan('gateway'));
    await time.advance(100);
    check.configure(plan('resolver'));
    await time.advance(2000);
    expect(asked.map(({ target }) => target)).toEqual(['gateway', 'resolver']);
    expect(check.targets).toEqual([{ target: 'resolver', ok: true }]);
  });
});
