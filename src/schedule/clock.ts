// The real clock and timers, and the two things that can befall them: wall time steps, and the process stands still.
import type { Clock, DurationMs, EpochMs, Timers } from '#model/time.ts';

/** Longest delay that setTimeout takes; a longer one would fire at once. */
const longestTimeout: DurationMs = 2 ** 31 - 1;

/**
 * Wall time read once, carried on by the monotonic counter of the process. On Linux that counter stands still while the machine
 * is suspended; `wall()` is then ahead, and `watchClock` tells by how much.
 */
export function systemClock(): Clock {
  const anchor = Date.now() - performance.now();
  return { monotonic: () => anchor + performance.now(), wall: () => Date.now() };
}

/** setTimeout, mended: any length, never early (Node may fire up to 1 ms before time), never a warning. */
export function systemTimers(): Timers {
  return {
    after(delay, run) {
      const due = performance.now() + delay;
      const arm = () => setTimeout(fire, Math.min(longestTimeout, Math.max(1, Math.ceil(due - performance.now()))));
      const fire = () => {
        if (performance.now() < due) timer = arm();
        else run();
      };
      let timer = arm();
      return () => clearTimeout(timer);
    },
  };
}

/** The same clock, running `factor` times as fast from its present reading on. */
export function scaledClock(clock: Clock, factor: number): Clock {
  const monotonic = clock.monotonic();
  const wall = clock.wall();
  return {
    monotonic: () => monotonic + (clock.monotonic() - monotonic) * factor,
    wall: () => wall + (clock.wall() - wall) * factor,
  };
}

/** Timers for a clock that runs `factor` times as fast. */
export function scaledTimers(timers: Timers, factor: number): Timers {
  return { after: (delay, run) => timers.after(delay / factor, run) };
}

/** What happened to time since the last look. */
export interface ClockLook {
  /** Monotonic time of this look. */
  readonly at: EpochMs;
  /** By how much wall time moved against the monotonic clock since this was last told; 0 below the tolerance. Negative: set back. */
  readonly steppedBy: number;
  /** For how long the process did not run although it should have; 0 below the tolerance. */
  readonly stoodStill: DurationMs;
}

/** Tells wall steps and standstills apart. */
export interface ClockWatch {
  /** Call it once a period. */
  look(): ClockLook;
}

/** Smallest step that is told: slewing and reading two clocks one after the other stay below. */
const stepTolerance: DurationMs = 250;

/**
 * Watches a clock that is looked at every `period` milliseconds. A suspended machine shows as a step forward where the monotonic
 * counter stood still with it (Linux), as a standstill where it went on, and as both on some virtual machines: the app treats either as
 * its own trouble. Slow drift adds up and is told as a step once it reaches the tolerance.
 */
export function watchClock(clock: Clock, period: DurationMs): ClockWatch {
  let offset = clock.wall() - clock.monotonic();
  let last = clock.monotonic();
  return {
    look() {
      const at = clock.monotonic();
      const drift = clock.wall() - at - offset;
      const steppedBy = Math.abs(drift) >= stepTolerance ? drift : 0;
      offset += steppedBy;
      const late = at - last - period;
      last = at;
      return { at, steppedBy, stoodStill: late >= Math.max(stepTolerance, period / 2) ? late : 0 };
    },
  };
}
