import { expect, test } from 'vitest';
import { VirtualTime } from '../../tests/support/virtual-time.ts';
import { scaledClock, scaledTimers, systemClock, systemTimers, watchClock } from './clock.ts';

test('the monotonic clock begins at wall time and never goes back', () => {
  const clock = systemClock();
  expect(Math.abs(clock.monotonic() - clock.wall())).toBeLessThan(1000);
  let last = clock.monotonic();
  for (let count = 0; count < 1000; count += 1) {
    const now = clock.monotonic();
    expect(now).toBeGreaterThanOrEqual(last);
    last = now;
  }
});

test('a timer never rings early', async () => {
  const timers = systemTimers();
  const early: number[] = [];
  await Promise.all(
    Array.from({ length: 200 }, (_, index) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const delay = index / 10;
      const from = performance.now();
      timers.after(delay, () => {
        if (performance.now() - from < delay) early.push(delay);
        resolve();
      });
      return promise;
    }),
  );
  expect(early).toEqual([]);
});

test('a timer longer than setTimeout can take waits instead of ringing at once', async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error) => warnings.push(warning);
  process.on('warning', listen);
  let rang = false;
  const cancel = systemTimers().after(2 ** 31 + 5000, () => {
    rang = true;
  });
  await new Promise((resolve) => {
    setTimeout(resolve, 30);
  });
  cancel();
  process.off('warning', listen);
  expect(rang).toBe(false);
  expect(warnings).toEqual([]);
});

test('a cancelled timer does not ring', async () => {
  const timers = systemTimers();
  let rang = 0;
  timers.after(5, () => {
    rang += 1;
  })();
  const { promise, resolve } = Promise.withResolvers<void>();
  timers.after(20, resolve);
  await promise;
  expect(rang).toBe(0);
});

test('a scaled clock with scaled timers runs faster from now on', async () => {
  const time = new VirtualTime();
  const clock = scaledClock(time.clock, 60);
  const timers = scaledTimers(time.timers, 60);
  const start = clock.monotonic();
  expect(start).toBe(time.now);
  let rangAt = 0;
  timers.after(60_000, () => {
    rangAt = clock.monotonic();
  });
  await time.advance(1000);
  expect(rangAt).toBe(start + 60_000);
  expect(clock.wall()).toBe(start + 60_000);
});

/** Looks once a second for so many seconds. */
async function looks(
  time: VirtualTime,
  watch: ReturnType<typeof watchClock>,
  count: number,
): Promise<{ steps: number[]; stills: number[] }> {
  const steps: number[] = [];
  const stills: number[] = [];
  for (let second = 0; second < count; second += 1) {
    await time.advance(1000);
    const look = watch.look();
    if (look.steppedBy !== 0) steps.push(look.steppedBy);
    if (look.stoodStill !== 0) stills.push(look.stoodStill);
  }
  return { steps, stills };
}

test('a step of the wall clock is told once, with its size and direction', async () => {
  const time = new VirtualTime();
  const watch = watchClock(time.clock, 1000);
  expect(await looks(time, watch, 10)).toEqual({ steps: [], stills: [] });
  time.stepWall(-3_600_000);
  expect(await looks(time, watch, 10)).toEqual({ steps: [-3_600_000], stills: [] });
  time.stepWall(2000);
  expect(await looks(time, watch, 10)).toEqual({ steps: [2000], stills: [] });
});

test('slow drift is told as a step once it has added up', async () => {
  const time = new VirtualTime();
  const watch = watchClock(time.clock, 1000);
  const steps: number[] = [];
  for (let minute = 0; minute < 100; minute += 1) {
    time.stepWall(10);
    steps.push(...(await looks(time, watch, 1)).steps);
  }
  expect(steps).toEqual([250, 250, 250, 250]);
});

test('a standstill of the process is told with its length', async () => {
  const time = new VirtualTime();
  const watch = watchClock(time.clock, 1000);
  await looks(time, watch, 3);
  time.standStill(30_000);
  expect(await looks(time, watch, 3)).toEqual({ steps: [], stills: [30_000] });
});

test('a machine that was suspended with its counter shows as a step forward', async () => {
  const time = new VirtualTime();
  const watch = watchClock(time.clock, 1000);
  // Linux: CLOCK_MONOTONIC stands still during suspend, wall time does not.
  time.stepWall(8 * 3_600_000);
  expect(await looks(time, watch, 3)).toEqual({ steps: [8 * 3_600_000], stills: [] });
});
