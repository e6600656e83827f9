// Time for the command line: the real clock and timers.
export { systemClock, systemTimers } from '#schedule/clock.ts';
