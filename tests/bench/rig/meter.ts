// Loaded into a measured process before its own program (`node --import`): answers what that process used so far.
// It works for any program without the program knowing, and costs nothing between two questions.
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** `watch` begins to sample the delay of the event loop anew; `collect` collects garbage before it reads. */
export type Question = 'read' | 'watch' | 'collect';

export interface Reading {
  /** User and system processor time of all threads, microseconds. */
  readonly cpuMicroseconds: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Longest delay of the event loop since `watch`, milliseconds; 0 when nobody watches. */
  readonly longestDelayMs: number;
}

const resolutionMs = 1;
let delay: ReturnType<typeof monitorEventLoopDelay> | undefined;

export function isReading(message: unknown): message is Reading {
  return typeof message === 'object' && message !== null && 'cpuMicroseconds' in message;
}

function answer(question: Question): void {
  if (question === 'collect') globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const longestDelayMs = delay === undefined || delay.count === 0 ? 0 : Math.max(0, delay.max / 1e6 - resolutionMs);
  process.send?.({ cpuMicroseconds: user + system, rssBytes: rss, heapBytes: heapUsed, longestDelayMs } satisfies Reading);
  delay?.disable();
  delay = undefined;
  if (question !== 'watch') return;
  delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
}

if (process.argv[1] !== import.meta.filename && process.send !== undefined) {
  process.on('message', (message: unknown) => {
    if (message === 'read' || message === 'watch' || message === 'collect') answer(message);
  });
  // The channel keeps no program alive that has ended otherwise.
  process.channel?.unref();
}
