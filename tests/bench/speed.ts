// The daemon at 200 probes a second against a bare loop of undici requests: processor time of one probe, and how late probes start.
// Run: node tests/bench/speed.ts [--quick] [--rounds N] [--seconds N] [--profile FOLDER]
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { agent } from '#app/version.ts';
import { bucketsOf, quantileBetween } from './rig/histogram.ts';
import { startDaemon } from './rig/installation.ts';
import { canPin, Metered, pause } from './rig/metered.ts';
import { atMost, isQuick, report } from './rig/report.ts';
import { startTarget, type Target } from './rig/target.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    rounds: { type: 'string', default: isQuick ? '2' : '4' },
    seconds: { type: 'string', default: isQuick ? '6' : '15' },
    /** Where to leave processor profiles of the daemon and of the bare loop. */
    profile: { type: 'string' },
  },
});
const endpoints = 1000;
const everySeconds = 5;
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
/** One interval and a little, so that every endpoint was probed once and the code is compiled. */
const warmUpSeconds = isQuick ? 6 : 20;
const flags = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];

/** Microseconds of processor time for one request, between two instants: start-up is not in it. */
async function measure(process: Metered, target: Target): Promise<number> {
  const from = await process.ask('read');
  const countFrom = await target.answered();
  await pause(seconds);
  const to = await process.ask('read');
  const count = (await target.answered()) - countFrom;
  return (to.cpuMicroseconds - from.cpuMicroseconds) / count;
}

async function measureBare(target: Target): Promise<number> {
  const process = new Metered(join(import.meta.dirname, 'rig/bare.ts'), {
    args: [target.origin, String(endpoints / everySeconds), agent],
    onOneCore: true,
    flags,
  });
  await pause(warmUpSeconds);
  const cost = await measure(process, target);
  await process.stop();
  return cost;
}

async function measureDaemon(target: Target) {
  const daemon = await startDaemon({ endpoints, everySeconds, origin: target.origin }, { onOneCore: true, flags });
  await pause(warmUpSeconds);
  const before = bucketsOf(await daemon.metrics(), 'holter_schedule_lag_seconds');
  const cost = await measure(daemon.process, target);
  const after = bucketsOf(await daemon.metrics(), 'holter_schedule_lag_seconds');
  await daemon.stop();
  const late = (quantile: number) => quantileBetween(before, after, quantile) * 1000;
  return { cost, late50: late(0.5), late99: late(0.99) };
}

const target = await startTarget();
const bare: number[] = [];
const daemon: Awaited<ReturnType<typeof measureDaemon>>[] = [];
for (let round = 0; round < rounds; round += 1) {
  bare.push(await measureBare(target));
  daemon.push(await measureDaemon(target));
}
await target.stop();

const where = canPin ? 'each kept on one processor' : 'on all processors (taskset is not here)';
report({
  bench: 'speed',
  method:
    `${endpoints} http endpoints every ${everySeconds} s on loopback, fresh connections, against bare undici requests at the same rate; ${where}; ` +
    `in turns, ${rounds} rounds of ${seconds} s after ${warmUpSeconds} s of warm-up.`,
  figures: [
    { name: 'bare request', unit: 'us CPU', values: bare },
    { name: 'probe of the daemon, all included', unit: 'us CPU', values: daemon.map(({ cost }) => cost) },
    {
      name: 'CPU per probe, daemon over bare',
      unit: 'times',
      values: daemon.map(({ cost }, round) => cost / (bare[round] ?? Number.NaN)),
      target: atMost(1.5),
    },
    { name: 'late start, median', unit: 'ms', values: daemon.map(({ late50 }) => late50) },
    { name: 'late start, 99th percentile', unit: 'ms', values: daemon.map(({ late99 }) => late99), target: atMost(50) },
  ],
});
