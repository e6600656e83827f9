// `npm run bench [-- NAME ...] [--quick]`: every bench in a process of its own, its figures beside what the project promises.
// Figures never fail it, since machines differ and are shared; a bench that cannot run does.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, isTable, type Table, verdict } from './rig/report.ts';

interface Bench {
  readonly name: string;
  readonly about: string;
  readonly program: string;
  readonly flags?: readonly string[];
}

const benches: readonly Bench[] = [
  { name: 'speed', about: 'the daemon against bare requests, late starts', program: 'speed.ts' },
  { name: 'scale', about: 'memory per endpoint, /metrics with 5,000 endpoints', program: 'scale.ts' },
  { name: 'throughput', about: 'probes a second through holter detect', program: 'throughput.ts' },
  { name: 'probe', about: 'one http probe against one bare request, in one process', program: 'probe-cost.ts' },
  { name: 'kinds', about: 'one probe of each kind against one of the kind tcp', program: 'kinds.ts', flags: ['--expose-gc'] },
  { name: 'schedule', about: 'the scheduler alone', program: 'schedule.ts' },
  { name: 'engine', about: 'the engine alone', program: 'engine.ts', flags: ['--expose-gc'] },
  { name: 'metrics', about: 'the metrics alone', program: 'metrics.ts', flags: ['--expose-gc'] },
  { name: 'detect', about: 'calibration, delays and labels of the detector', program: 'detect/main.ts' },
];

/** Runs one and prints what it says. Undefined: it failed. */
async function run({ name, program, flags = [] }: Bench, args: readonly string[]): Promise<readonly Table[] | undefined> {
  const tables: Table[] = [];
  const child = fork(join(import.meta.dirname, program), [...args], { execArgv: ['--disable-warning=ExperimentalWarning', ...flags] });
  child.on('message', (message) => {
    if (!isTable(message)) return;
    tables.push(message);
    process.stdout.write(format(message));
  });
  const [code] = await once(child, 'exit');
  if (code === 0) return tables;
  process.stdout.write(`== ${name}\nfailed, exit status ${String(code)}\n\n`);
  return undefined;
}

function summary(tables: readonly Table[]): string {
  const promised = tables.flatMap((table) => table.figures).filter((figure) => figure.target !== undefined);
  const missed = promised.filter((figure) => verdict(figure) === 'missed');
  const names = missed.map((figure) => `  missed: ${figure.name}`);
  return [`${promised.length - missed.length} of ${promised.length} targets met`, ...names, ''].join('\n');
}

const { values, positionals } = parseArgs({ options: { quick: { type: 'boolean', default: false } }, allowPositionals: true });
const unknown = positionals.find((name) => !benches.some((bench) => bench.name === name));
if (unknown !== undefined) {
  const lines = benches.map(({ name, about }) => `  ${name.padEnd(11)} ${about}`);
  process.stderr.write(`No bench is called ${unknown}. There are:\n${lines.join('\n')}\n`);
  process.exit(3);
}

const [load = 0] = loadavg();
process.stdout.write(
  `Node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown processor'}, ` +
    `load ${load.toFixed(1)} before the start${values.quick ? ', quick' : ''}\n\n`,
);
const tables: Table[] = [];
for (const bench of benches.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const ran = await run(bench, values.quick ? ['--quick'] : []);
  if (ran === undefined) process.exitCode = 1;
  else tables.push(...ran);
}
process.stdout.write(summary(tables));
