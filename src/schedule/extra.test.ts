// Extra attempts after a failure, in virtual time: what the timing owes comes first and stays where it is.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EndpointPlan } from '#model/plan.ts';
import { endpointOf, ScheduleStory, type Started, wideLimits } from '../../tests/support/schedule-story.ts';
import { phaseOf } from './spread.ts';

const second = 1000;
const interval = 30 * second;
const id = 'ehr/fhir';
const reprobe = { spacing: 10 * second, least: 5 * second };
const fhir = endpointOf(id, interval, { reprobe });

/** Every attempt fails and asks for another: the engine's part. */
function suspected(plans: readonly EndpointPlan[], limits = wideLimits, takes = 100): ScheduleStory {
  const story = new ScheduleStory();
  story.takes = () => takes;
  story.onEnd = ({ id: ended, due }) => story.scheduler.reprobe(ended, due + 10 * second);
  return story.runs(plans, limits);
}

function isOnGrid({ id: of, due }: Started, every = interval): boolean {
  return due % every === phaseOf(of, every);
}

const regular = (story: ScheduleStory, of = id) => story.of(of).filter((attempt) => isOnGrid(attempt));
const extra = (story: ScheduleStory, of = id) => story.of(of).filter((attempt) => !isOnGrid(attempt));
const later = (attempt: Started) => (attempt.due - phaseOf(attempt.id, interval)) % interval;

describe('an extra attempt', () => {
  test('starts a third of the interval after the one before it, or up to a fifth of that later, and moves no tick', async () => {
    const story = suspected([fhir]);
    await story.passes(20 * interval);
    expect(regular(story)).toHaveLength(20);
    expect(extra(story).length).toBeGreaterThanOrEqual(38);
    for (const attempt of extra(story)) {
      const [nth, rest] = [Math.floor(later(attempt) / reprobe.spacing), later(attempt) % reprobe.spacing];
      expect(nth).toBeGreaterThanOrEqual(1);
      expect(rest).toBeLessThanOrEqual(nth * 2000);
    }
    expect(story.extras).toEqual({ sent: extra(story).length, dropped: 0 });
    expect(story.skips).toEqual([]);
    expect(Math.max(...story.lags)).toBeLessThanOrEqual(2);
  });

  test('is made at other moments by another process', async () => {
    const [one, other] = [suspected([fhir]), suspected([endpointOf('ehr/other', interval, { reprobe })])];
    for (const story of [one, other]) await story.passes(10 * interval);
    expect(extra(one).map(later)).not.toEqual(extra(other, 'ehr/other').map(later));
  });

  test('is not made nearer to the next tick than the far end may be asked', async () => {
    const story = suspected([{ ...fhir, reprobe: { spacing: 15 * second, least: 15 * second } }]);
    await story.passes(5 * interval);
    // One that starts a little late, as timers are, is no reason against it.
    const next = (story.of(id).at(-1)?.due ?? 0) - (later(story.of(id).at(-1) as Started) % interval) + interval;
    await story.passes(next - 1 - story.time.now);
    story.time.standStill(21);
    await story.passes(5 * interval);
    for (const attempt of extra(story)) expect(later(attempt)).toBe(15 * second);
    expect(extra(story).length).toBeGreaterThanOrEqual(9);
  });

  test('is no attempt that only the plan without it would have: none without leave, none beside cron', async () => {
    const { reprobe: _, ...without } = fhir;
    const cron = endpointOf('ehr/cron', { kind: 'cron', expression: '*/30 * * * * *', timezone: 'UTC', interval }, { reprobe });
    const story = suspected([without, cron]);
    await story.passes(10 * interval);
    expect(story.attempts).toHaveLength(20);
    expect(story.extras.sent).toBe(0);
  });

  test('lets a tick that comes while it runs wait for it, under its own time', async () => {
    const story = suspected([fhir], wideLimits, 9900);
    await story.passes(20 * interval);
    expect(story.doubles).toEqual([]);
    expect(regular(story)).toHaveLength(20);
    expect(story.skips).toEqual([]);
    const dues = story.of(id).map(({ due }) => due);
    expect(dues).toEqual(dues.toSorted((a, b) => a - b));
    expect(extra(story).length).toBeGreaterThanOrEqual(19);
  });
});

describe('an extra attempt is dropped', () => {
  const cases: readonly (readonly [string, (story: ScheduleStory) => void])[] = [
    ['by a pause', (story) => story.scheduler.pause(id, story.time.now + 1)],
    ['by a reload', (story) => void story.runs([{ ...fhir }])],
    ['when the endpoint leaves', (story) => void story.runs([])],
    ['at the end', (story) => void story.scheduler.close(0)],
  ];
  test.each(cases)('%s', async (_name, befall) => {
    const story = new ScheduleStory().runs([fhir]);
    await story.passes(interval);
    const tick = story.of(id)[0]?.due ?? 0;
    await story.passes(tick + interval - story.time.now + 200);
    story.scheduler.reprobe(id, story.time.now + 9 * second);
    befall(story);
    await story.passes(15 * second);
    expect(extra(story)).toEqual([]);
    expect(story.extras).toEqual({ sent: 0, dropped: 1 });
  });

  test('where the caps of its host have no room for it and one more', async () => {
    for (const cap of [{ hostConcurrency: 1 }, { hostRate: 1 }, { concurrency: 1 }]) {
      const story = suspected([fhir], { ...wideLimits, ...cap });
      await story.passes(10 * interval);
      expect(story.attempts).toHaveLength(10);
      expect(story.extras.sent).toBe(0);
      expect(Math.max(...story.lags)).toBeLessThanOrEqual(2);
    }
  });

  test('while another attempt waits for its turn', async () => {
    const others = Array.from({ length: 40 }, (_, index) => endpointOf(`lab/e${index}`, second, { host: 'busy:1' }));
    const story = suspected([{ ...fhir, host: 'busy:1' }, ...others], { ...wideLimits, hostRate: 20 });
    await story.passes(10 * interval);
    expect(story.extras.sent).toBe(0);
  });
});

test('whoever asks again after every attempt: ticks stay, none is lost, never two at once', async () => {
  const list = fc.array(fc.record({ takes: fc.constantFrom(0, 90, 2600, 9000, 14_000, 26_000), every: fc.constantFrom(15, 20, 30, 60) }), {
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(list, async (drawn) => {
      const plans = drawn.map(({ every, takes }, place) => {
        const again = { spacing: Math.max((every * second) / 3, 10 * second), least: 5 * second };
        return endpointOf(`s/e${place}`, every * second, { timeout: Math.min(takes + 10, 0.9 * every * second), reprobe: again });
      });
      const story = new ScheduleStory();
      story.takes = ({ id: of, timeout }) => Math.min(timeout, drawn[Number(of.slice(3))]?.takes ?? 0);
      story.onEnd = ({ id: ended, due }) => story.scheduler.reprobe(ended, due + 10 * second);
      story.runs(plans);
      const from = story.time.now;
      await story.passes(600 * second);
      expect(story.doubles).toEqual([]);
      expect(story.skips).toEqual([]);
      for (const { id: of, timing } of plans) {
        const grid = story.of(of).filter((attempt) => isOnGrid(attempt, timing.interval));
        expect(grid.every(({ due }, place) => place === 0 || due - (grid[place - 1]?.due ?? 0) === timing.interval)).toBe(true);
        expect(Math.abs(grid.length - (story.time.now - from) / timing.interval)).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 40 },
  );
});
