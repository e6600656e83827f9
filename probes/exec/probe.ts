// Runs a monitoring plug-in, as Nagios and Icinga run it.
import { defineProbe, type ProbeContext, ProbeFailure, reveal, runProgram } from '#prober/door.ts';
import { judge, readOutput } from './judge.ts';
import { type ExecOptions, figureFacts, Options } from './options.ts';

const figureHelp: Readonly<Record<(typeof figureFacts)[number], string>> = {
  queue_depth: 'Entries that wait, as the plug-in says.',
  age_seconds: 'Age of the oldest, as the plug-in says.',
  usage_ratio: 'Share that is used, from 0 to 1, as the plug-in says.',
  value_1: 'First figure of its own.',
  value_2: 'Second figure of its own.',
  value_3: 'Third figure of its own.',
  value_4: 'Fourth figure of its own.',
};

export const exec = defineProbe({
  kind: 'exec',
  summary: 'Runs a monitoring plug-in (0 well, 1 warning, 2 critical, 3 unknown) and takes its figures.',
  options: Options,
  effect: 'read',
  leastInterval: 5000,
  defaultTimeout: 5000,
  pausesAfterAuth: false,
  reasons: ['rejected', 'timeout', 'protocol', 'content'],
  facts: [
    { name: 'plugin_status', help: 'Status that the plug-in ended with: 0 well, 1 warning, 2 critical, 3 unknown.' },
    ...figureFacts.map((name) => ({ name, help: figureHelp[name] })),
  ],
  host: ({ command }) => `exec:${command[0] ?? ''}`,
  run,
});

async function run(options: ExecOptions, context: ProbeContext): Promise<void> {
  const [path = '', ...args] = options.command;
  const env = Object.fromEntries(Object.entries(options.env).map(([name, value]) => [name, reveal(value)]));
  const end = await runProgram({ path, args, env }, context);
  const said = readOutput(end.stdout);
  if (end.status !== null) context.fact('plugin_status', end.status);
  for (const [label, name] of Object.entries(options.perfdata)) {
    const figure = said.figures.get(label);
    if (figure !== undefined) context.fact(name, figure);
  }
  const failure = judge(end, said, options.warning);
  if (typeof failure === 'string') throw new Error(failure);
  if (failure !== undefined) throw new ProbeFailure(failure.reason, failure.message);
}
