// Probes a second through the whole command `holter detect`: start, reading, judging, writing. Nothing is subtracted.
// Run: node tests/bench/throughput.ts [--quick] [--rounds N]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { random } from './detect/random.ts';
import { atLeast, type Figure, isQuick, report } from './rig/report.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, rounds: { type: 'string', default: isQuick ? '2' : '5' } } });
const rounds = Number(values.rounds);
const program = join(import.meta.dirname, '../../src/cli/main.ts');

interface Load {
  readonly name: string;
  readonly traces: number;
  readonly probes: number;
}

const scale = isQuick ? 0.5 : 1;
const loads: readonly Load[] = [
  { name: 'a year of 30 s probes a trace', traces: 24 * scale, probes: 1_051_200 },
  { name: 'a day of 30 s probes a trace', traces: 8800 * scale, probes: 2880 },
];

/** One trace in ten is ill for a tenth of its time; all others fail once in a thousand probes. */
function traceOf(seed: number, probes: number): string {
  const draw = random(seed);
  const outcomes = Buffer.alloc(probes, '0');
  const isIll = seed % 10 === 0;
  for (let index = 0; index < probes; index += 1) {
    const rate = isIll && index > probes * 0.5 && index < probes * 0.6 ? 0.2 : 0.001;
    if (draw.next() < rate) outcomes[index] = 0x31;
  }
  return `${JSON.stringify({ id: `trace-${seed}`, interval_s: 30, outcomes: outcomes.toString('latin1') })}\n`;
}

async function time(file: string): Promise<number> {
  const input = openSync(file, 'r');
  const began = performance.now();
  const child = spawn(process.execPath, [program, 'detect'], { stdio: [input, 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  closeSync(input);
  if (code !== 0) throw new Error(`holter detect ended with ${String(code)}`);
  return (performance.now() - began) / 1000;
}

const folder = mkdtempSync(join(tmpdir(), 'holter-bench-'));
const figures: Figure[] = [];
for (const { name, traces, probes } of loads) {
  const file = join(folder, 'traces.jsonl');
  const output = openSync(file, 'w');
  for (let trace = 0; trace < traces; trace += 1) writeSync(output, traceOf(trace, probes));
  closeSync(output);
  const speeds: number[] = [];
  for (let round = 0; round < rounds; round += 1) speeds.push((traces * probes) / (await time(file)) / 1e6);
  figures.push({ name: `holter detect, ${name}`, unit: 'million probes/s', values: speeds, target: atLeast(2) });
}
rmSync(folder, { recursive: true });

report({
  bench: 'throughput',
  method: `JSON lines from a file through the process, its start included; about ${Math.round(25 * scale)} million probes a run, ${rounds} rounds.`,
  figures,
});
