// What holds for every schedule, whatever the endpoints take and whatever befalls the process.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EndpointPlan, LimitsPlan } from '#model/plan.ts';
import { endpointOf, ScheduleStory, wideLimits } from '../../tests/support/schedule-story.ts';

const endpoints = fc
  .array(
    fc.record({
      interval: fc.constantFrom(1000, 1500, 3000, 10_000),
      host: fc.nat(3),
      takes: fc.constantFrom(0, 5, 300, 900, 2600, 40_100),
      again: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((list) =>
    list.map(({ interval, host, takes, again }, index) => {
      const reprobe = { spacing: interval / 3, least: 200 };
      return { plan: endpointOf(`service/e${index}`, interval, { host: `h${host}`, ...(again && { reprobe }) }), takes };
    }),
  );
const events = fc.array(
  fc.record({
    kind: fc.constantFrom('pass', 'pass', 'pass', 'stand', 'step', 'wish', 'again', 'pause', 'reload', 'remove'),
    size: fc.integer({ min: 1, max: 5000 }),
  }),
  { minLength: 5, maxLength: 40 },
);

interface Scene {
  readonly plans: readonly EndpointPlan[];
  readonly limits: LimitsPlan;
  readonly size: number;
  /** The endpoint that it happens to. */
  readonly id: string;
}

const befall: Readonly<
  Record<'pass' | 'stand' | 'step' | 'wish' | 'again' | 'pause' | 'reload' | 'remove', (story: ScheduleStory, scene: Scene) => void>
> = {
  pass: () => undefined,
  stand: (story, { size }) => story.time.standStill(size * 10),
  step: (story, { size }) => story.time.stepWall((size - 2500) * 1000),
  wish: (story, { size, id }) => story.scheduler.request(id, story.time.now + size),
  again: (story, { size, id }) => story.scheduler.reprobe(id, story.time.now + (size % 500)),
  pause: (story, { size, id }) => story.scheduler.pause(id, story.time.now + size),
  reload: (story, { plans, limits }) =>
    void story.runs(
      plans.map((plan) => ({ ...plan })),
      limits,
    ),
  remove: (story, { plans, limits, id }) =>
    void story.runs(
      plans.filter((plan) => plan.id !== id),
      limits,
    ),
};
const caps = fc.record({
  concurrency: fc.integer({ min: 1, max: 8 }),
  hostConcurrency: fc.integer({ min: 1, max: 4 }),
  hostRate: fc.constantFrom(0.5, 1, 3, 20),
});

function storyOf(list: readonly { readonly plan: EndpointPlan; readonly takes: number }[]): ScheduleStory {
  const story = new ScheduleStory();
  const takes = new Map(list.map((each) => [each.plan.id, each.takes]));
  story.takes = ({ id }) => takes.get(id) ?? 0;
  return story;
}

test('every endpoint is probed floor(T / interval), or one more or less, under any mix of slow ones', async () => {
  await fc.assert(
    fc.asyncProperty(endpoints, fc.integer({ min: 10_000, max: 60_000 }), async (list, duration) => {
      const story = storyOf(list);
      story.runs(list.map(({ plan }) => plan));
      await story.passes(duration);
      for (const { plan, takes } of list) {
        // One that takes longer than its interval is probed at every tick that finds it idle.
        const rhythm = Math.max(1, Math.ceil((takes + 3) / plan.timing.interval)) * plan.timing.interval;
        const expected = Math.floor(duration / rhythm);
        expect(Math.abs(story.of(plan.id).length - expected)).toBeLessThanOrEqual(1);
      }
      expect(Math.max(0, ...story.lags)).toBeLessThanOrEqual(2);
    }),
    { numRuns: 60 },
  );
});

test('whatever happens: one attempt at a time, within the caps, none before it is due, and in order', async () => {
  await fc.assert(
    fc.asyncProperty(endpoints, caps, events, async (list, limits, happens) => {
      const story = storyOf(list);
      const plans = list.map(({ plan }) => plan);
      story.runs(plans, limits);
      for (const { kind, size } of happens) {
        befall[kind](story, { plans, limits, size, id: plans[size % plans.length]?.id ?? '' });
        await story.passes(kind === 'pass' ? size : 1);
      }
      expect(story.doubles).toEqual([]);
      expect(story.mostAtOnce).toBeLessThanOrEqual(limits.concurrency);
      for (const { at, due } of story.attempts) expect(at).toBeGreaterThanOrEqual(due);
      for (const { id } of plans) {
        const dues = story.of(id).map(({ due }) => due);
        expect(dues).toEqual(dues.toSorted((a, b) => a - b));
        expect(new Set(dues).size).toBe(dues.length);
      }
      for (const host of new Set(plans.map((plan) => plan.host))) checkHost(story, plans, host, limits);
    }),
    { numRuns: 100 },
  );
});

function checkHost(
  story: ScheduleStory,
  plans: readonly EndpointPlan[],
  host: string,
  limits: { readonly hostConcurrency: number; readonly hostRate: number },
): void {
  const ids = new Set(plans.filter((plan) => plan.host === host).map(({ id }) => id));
  const attempts = story.attempts.filter(({ id }) => ids.has(id));
  const window = limits.hostRate < 1 ? 1000 / limits.hostRate : 1000;
  for (const { at } of attempts) {
    const recent = attempts.filter((other) => other.at > at - window && other.at <= at);
    expect(recent.length).toBeLessThanOrEqual(Math.max(1, limits.hostRate));
    // What ended at this very instant may have made room for what starts at it.
    const active = attempts.filter((other) => other.at <= at && (other.endedAt ?? Number.POSITIVE_INFINITY) > at);
    expect(active.length).toBeLessThanOrEqual(limits.hostConcurrency);
  }
}

test('while nothing is removed or paused, ticks taken and ticks skipped are all the ticks that came', async () => {
  await fc.assert(
    fc.asyncProperty(
      endpoints,
      caps,
      fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 2, maxLength: 12 }),
      async (list, limits, stretches) => {
        const story = storyOf(list);
        const from = story.time.now;
        story.runs(
          list.map(({ plan }) => plan),
          limits,
        );
        for (const [index, stretch] of stretches.entries()) {
          if (index % 3 === 2) story.time.standStill(stretch);
          else await story.passes(stretch);
        }
        await story.passes(5);
        for (const { plan } of list) {
          const { interval } = plan.timing;
          const came = Math.floor((story.time.now - from) / interval);
          const skipped = (['running', 'waiting', 'behind'] as const).reduce((sum, why) => sum + story.skipped(plan.id, why), 0);
          // One may be owed still, and the grid may hold one more or less than the stretch divided by the interval.
          expect(Math.abs(story.of(plan.id).length + skipped - came)).toBeLessThanOrEqual(1);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('with room for all, nothing is skipped', async () => {
  await fc.assert(
    fc.asyncProperty(endpoints, async (list) => {
      const story = storyOf(list.map(({ plan }) => ({ plan, takes: 300 })));
      story.runs(
        list.map(({ plan }) => plan),
        wideLimits,
      );
      await story.passes(30_000);
      expect(story.skips).toEqual([]);
    }),
    { numRuns: 30 },
  );
});
