// A plug-in of our own, well or ill as told: its script is written anew for each mode.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Simulator } from '#prober/door.ts';

const scripts: Readonly<Record<string, readonly [Simulator['modes'][string], string]>> = {
  well: ['ok', 'echo "QUEUE OK - 3 messages | messages=3;100;1000 age=1500ms"'],
  warning: ['ok', 'echo "QUEUE WARNING - 200 messages | messages=200"; exit 1'],
  critical: ['rejected', 'echo "QUEUE CRITICAL - 5000 messages | messages=5000"; exit 2'],
  odd_status: ['protocol', 'exit 42'],
  killed: ['protocol', 'kill -9 $$'],
  hangs: ['timeout', 'sleep 60 & wait'],
  deaf: ['timeout', "trap '' TERM; while :; do sleep 0.1; done"],
  pours: ['content', 'exec yes'],
};

export const execSimulator: Simulator = {
  kind: 'exec',
  way: 'process',
  plant: (options, secret) => ({ ...options, env: { PASSWORD: secret } }),
  modes: Object.fromEntries(Object.entries(scripts).map(([mode, [expected]]) => [mode, expected])),
  start: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holter-exec-'));
    const program = join(folder, 'check_queue');
    const behave = (mode: string) => {
      const found = Object.hasOwn(scripts, mode) ? scripts[mode] : undefined;
      if (found === undefined) throw new Error(`no such mode: ${mode}`);
      writeFileSync(program, `#!/bin/sh\n${found[1]}\n`);
      chmodSync(program, 0o755);
    };
    behave('well');
    return {
      options: { command: [program], perfdata: { messages: 'queue_depth', age: 'age_seconds' } },
      behave,
      connections: () => 0,
      close: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};
