// How late the scheduler starts attempts, and what it costs, with attempts that do nothing. Run: node tests/bench/schedule.ts [seconds]
import type { EndpointPlan } from '../../src/model/plan.ts';
import { systemClock, systemTimers } from '../../src/schedule/clock.ts';
import { createScheduler } from '../../src/schedule/scheduler.ts';

interface Load {
  readonly name: string;
  readonly endpoints: number;
  readonly interval: number;
}

const loads: readonly Load[] = [
  { name: '200 probes/s (1,000 endpoints at 5 s)', endpoints: 1000, interval: 5000 },
  { name: '2,000 probes/s (10,000 endpoints at 5 s)', endpoints: 10_000, interval: 5000 },
];

function endpointOf(index: number, interval: number): EndpointPlan {
  const service = `service-${index % 40}`;
  const region = `region-${index % 7}`;
  return {
    id: `${service}/endpoint-${index}/${region}`,
    service,
    name: `endpoint-${index}`,
    region,
    kind: 'tcp',
    timing: { kind: 'every', interval },
    timeout: interval / 2,
    options: {},
    host: `host-${index % 500}.example.org:443`,
    falsePagesPerYear: 1,
    facts: [],
    fingerprint: 'bench',
  };
}

async function measure(load: Load, seconds: number): Promise<string> {
  const endpoints = Array.from({ length: load.endpoints }, (_, index) => endpointOf(index, load.interval));
  const lags: number[] = [];
  let skips = 0;
  const scheduler = createScheduler({
    clock: systemClock(),
    timers: systemTimers(),
    start: () => Promise.resolve(),
    onLag: (lag) => lags.push(lag),
    onSkip: (_, ticks) => {
      skips += ticks;
    },
  });
  const cpu = process.cpuUsage();
  scheduler.update(endpoints, { concurrency: 10_000, hostConcurrency: 100, hostRate: 1000 });
  await new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
  const { user, system } = process.cpuUsage(cpu);
  await scheduler.close(0);
  const sorted = lags.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(2);
  const share = ((user + system) / 1e4 / seconds).toFixed(1);
  return `${load.name}: ${lags.length} starts, ${skips} skipped; late ms p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, max ${at(1)}; CPU ${share} %`;
}

const seconds = Number(process.argv[2] ?? 10);
for (const load of loads) process.stdout.write(`${await measure(load, seconds)}\n`);
