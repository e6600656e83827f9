// The process itself: processor time, memory, open files, delay of the event loop, by the names that dashboards know.
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Family } from './text.ts';

/** Interval at which the delay of the event loop is sampled, milliseconds. */
const resolution = 20;

export class ProcessMetrics {
  readonly #delay = monitorEventLoopDelay({ resolution });
  readonly #startSeconds = Math.round(Date.now() / 1000 - process.uptime());
  readonly #maxFds = openFilesLimit();

  constructor() {
    this.#delay.enable();
  }

  /** The values now; the delay of the event loop since the last call. */
  async families(): Promise<readonly Family[]> {
    const cpu = process.cpuUsage();
    const memory = process.memoryUsage();
    const families = [
      single('process_cpu_user_seconds_total', 'User processor time spent.', cpu.user / 1e6, 'counter'),
      single('process_cpu_system_seconds_total', 'System processor time spent.', cpu.system / 1e6, 'counter'),
      single('process_cpu_seconds_total', 'User and system processor time spent.', (cpu.user + cpu.system) / 1e6, 'counter'),
      single('process_start_time_seconds', 'When the process started.', this.#startSeconds),
      single('process_resident_memory_bytes', 'Resident memory.', memory.rss),
      single('nodejs_heap_size_total_bytes', 'Size of the JavaScript heap.', memory.heapTotal),
      single('nodejs_heap_size_used_bytes', 'Used part of the JavaScript heap.', memory.heapUsed),
      single('nodejs_external_memory_bytes', 'Memory outside of the JavaScript heap that objects hold.', memory.external),
      ...this.#delayFamilies(),
    ];
    const open = await openFiles();
    if (open !== undefined) families.push(single('process_open_fds', 'Open file descriptors.', open));
    if (this.#maxFds !== undefined) families.push(single('process_max_fds', 'Most file descriptors that may be open.', this.#maxFds));
    return families;
  }

  close(): void {
    this.#delay.disable();
  }

  #delayFamilies(): readonly Family[] {
    const idle = this.#delay.count === 0;
    // The sampling interval is part of what is measured: take it off.
    const late = (nanoseconds: number) => (idle ? 0 : Math.max(0, nanoseconds - resolution * 1e6) / 1e9);
    const families = [
      single('nodejs_eventloop_lag_mean_seconds', 'Mean delay of the event loop since the last scrape.', late(this.#delay.mean)),
      single('nodejs_eventloop_lag_p50_seconds', 'Median delay of the event loop since the last scrape.', late(this.#delay.percentile(50))),
      single('nodejs_eventloop_lag_p99_seconds', '99th percentile of it since the last scrape.', late(this.#delay.percentile(99))),
      single('nodejs_eventloop_lag_max_seconds', 'Longest delay of the event loop since the last scrape.', late(this.#delay.max)),
    ];
    this.#delay.reset();
    return families;
  }
}

/** What the prober knows about its own trouble. Totals are since the process started. */
export interface ProberFigures {
  readonly abandonedAttempts: number;
  readonly abandonedLookups: number;
  readonly openLookups: number;
  readonly openSockets: number;
}

export function proberFamilies(figures: ProberFigures): readonly Family[] {
  const { abandonedAttempts, abandonedLookups, openLookups, openSockets } = figures;
  return [
    single(
      'holter_prober_abandoned_attempts_total',
      'Attempts that did not end at their deadline and were left behind.',
      abandonedAttempts,
      'counter',
    ),
    single(
      'holter_prober_abandoned_lookups_total',
      'Name lookups that outlived their attempt: they hold a thread.',
      abandonedLookups,
      'counter',
    ),
    single('holter_prober_open_lookups', 'Name lookups under way, abandoned ones included.', openLookups),
    single('holter_prober_open_sockets', 'Sockets of probes that are open.', openSockets),
  ];
}

function single(name: string, help: string, value: number, type: 'gauge' | 'counter' = 'gauge'): Family {
  return { name, help, type, lines: () => [`${name} ${value}\n`] };
}

async function openFiles(): Promise<number | undefined> {
  try {
    return (await readdir('/proc/self/fd')).length;
  } catch {
    // No /proc here: not Linux, or shut off. The metric is left out.
    return undefined;
  }
}

function openFilesLimit(): number | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    // As above.
    return undefined;
  }
}
