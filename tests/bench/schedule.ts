// How late the scheduler starts attempts, and what it costs, with attempts that do nothing. Run: node tests/bench/schedule.ts [--quick] [--seconds N]
import { parseArgs } from 'node:util';
import type { EndpointPlan } from '../../src/model/plan.ts';
import { systemClock, systemTimers } from '../../src/schedule/clock.ts';
import { createScheduler } from '../../src/schedule/scheduler.ts';
import { atMost, type Figure, isQuick, report } from './rig/report.ts';

interface Load {
  readonly name: string;
  readonly endpoints: number;
  readonly interval: number;
}

const loads: readonly Load[] = [
  { name: '200/s (1,000 at 5 s)', endpoints: 1000, interval: 5000 },
  { name: '2,000/s (10,000 at 5 s)', endpoints: 10_000, interval: 5000 },
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
    pausesAfterAuth: false,
    facts: [],
    fingerprint: 'bench',
  };
}

async function measure(load: Load, seconds: number): Promise<readonly Figure[]> {
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
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return [
    { name: `${load.name}: late start, median`, unit: 'ms', values: [at(0.5)] },
    { name: `${load.name}: late start, 99th percentile`, unit: 'ms', values: [at(0.99)], target: atMost(50) },
    { name: `${load.name}: latest start`, unit: 'ms', values: [at(1)] },
    { name: `${load.name}: ticks without a start`, unit: '', values: [skips] },
    { name: `${load.name}: a start`, unit: 'us CPU', values: [(user + system) / lags.length] },
  ];
}

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, seconds: { type: 'string', default: isQuick ? '4' : '15' } } });
const figures: Figure[] = [];
for (const load of loads) figures.push(...(await measure(load, Number(values.seconds))));
report({ bench: 'schedule', method: `The scheduler with attempts that do nothing, ${values.seconds} s a load.`, figures });
