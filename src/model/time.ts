// How time is written: as data, never read from a clock in this room.

/** Milliseconds since 1970-01-01T00:00Z. `scheduledAt` values come from a monotonic clock anchored to wall time at start. */
export type EpochMs = number;

/** A length of time in milliseconds; may be fractional, never negative. */
export type DurationMs = number;

/** The only way a room learns the time; tests hand in a virtual one. */
export interface Clock {
  /** Wall time anchored once and carried on by a monotonic counter: never steps. Order and measure by this. */
  monotonic(): EpochMs;
  /** Wall time as the machine believes now; may step. For time-of-day and texts only. */
  wall(): EpochMs;
}

/** The only way a room waits; tests hand in virtual ones. */
export interface Timers {
  /** Runs once, never before `delay` milliseconds have gone by; the function given back cancels it. */
  after(delay: DurationMs, run: () => void): () => void;
}

export const secondMs = 1000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
/** The year that "false pages per year" counts in: 365.25 days. */
export const yearMs = 365.25 * dayMs;
