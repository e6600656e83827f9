// What one update and one endpoint cost.
import { judgeTrace } from '#core/detect/detect.ts';
import { fresh, observe } from '#core/detect/detector.ts';
import { usual } from './play.ts';
import { random } from './random.ts';
import { addHealth } from './traces.ts';

export function costReport(seed: number, updates: number): string {
  const outcomes = new Uint8Array(1_000_000);
  addHealth(random(seed), outcomes, 30, { rate: 1e-3, restarts: 'weekly', season: false });
  const healthy = time(outcomes, updates);
  addHealth(random(seed + 1), outcomes, 30, { rate: 0.2, restarts: 'none', season: false });
  const ill = time(outcomes, updates / 5);
  const trace = { id: 'cost', interval_s: 30, outcomes: Array.from(outcomes.fill(0), String).join('') };
  const before = processorMs();
  const rounds = Math.max(1, Math.round(updates / 5e6));
  for (let i = 0; i < rounds; i += 1) judgeTrace(trace, 1, 60_000);
  const rate = (rounds * outcomes.length) / (processorMs() - before) / 1000;
  const { version, ...known } = fresh();
  return [
    `- ${healthy.toFixed(0)} ns of processor time an update on a healthy endpoint (0.1 %), ${ill.toFixed(0)} ns inside an incident of 20 %; ${updates.toExponential(0)} updates. Target 250 ns.`,
    `- ${doubles(known) * 8} bytes of numbers an endpoint (${doubles(known)} doubles) beside version ${version}; ${JSON.stringify(known).length} bytes of JSON when fresh. Target 512 bytes.`,
    `- ${heapPerEndpoint()} bytes of heap an endpoint, 100 000 endpoints in one process.`,
    `- ${rate.toFixed(1)} million probes a second through judgeTrace (reading lines not included).`,
  ].join('\n');
}

/** Processor time of this process: what else the machine does does not count. */
function processorMs(): number {
  return process.cpuUsage().user / 1000;
}

function time(outcomes: Uint8Array, updates: number): number {
  const state = fresh();
  const length = outcomes.length;
  let timeOfDay = 0;
  const before = processorMs();
  for (let i = 0; i < updates; i += 1) {
    observe(usual, state, outcomes[i % length] === 1, i * 30_000, timeOfDay);
    timeOfDay += 30_000;
    if (timeOfDay >= 86_400_000) timeOfDay = 0;
  }
  return ((processorMs() - before) * 1e6) / updates;
}

export function doubles(value: unknown): number {
  if (typeof value === 'number') return 1;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, item) => sum + doubles(item), 0);
}

function heapPerEndpoint(): number {
  const before = process.memoryUsage().heapUsed;
  const states = Array.from({ length: 100_000 }, fresh);
  for (const state of states) observe(usual, state, false, 1e12, 0);
  return Math.round((process.memoryUsage().heapUsed - before) / states.length);
}
