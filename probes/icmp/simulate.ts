// A program in ping's place that says what ping says: no other host can be made ill on loopback.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Simulator } from '#prober/door.ts';

const scripts: Readonly<Record<string, readonly [Simulator['modes'][string], string]>> = {
  well: ['ok', told(3, 'rtt min/avg/max/mdev = 0.020/0.031/0.044/0.009 ms')],
  lossy: ['ok', told(1, 'rtt min/avg/max/mdev = 0.020/0.020/0.020/0.000 ms')],
  silent_host: ['timeout', `${told(0, '')}\nexit 1`],
  unknown_name: ['dns', 'echo "ping: ehr.example.org: Name or service not known" >&2\nexit 2'],
  no_route: ['unreachable', 'echo "ping: connect: Network is unreachable" >&2\nexit 2'],
  hangs: ['timeout', 'exec sleep 60'],
  pours: ['content', 'exec yes'],
};

export const icmpSimulator: Simulator = {
  kind: 'icmp',
  way: 'process',
  modes: Object.fromEntries(Object.entries(scripts).map(([mode, [expected]]) => [mode, expected])),
  start: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holter-icmp-'));
    const program = join(folder, 'ping');
    const behave = (mode: string) => {
      const found = Object.hasOwn(scripts, mode) ? scripts[mode] : undefined;
      if (found === undefined) throw new Error(`no such mode: ${mode}`);
      writeFileSync(program, `#!/bin/sh\n${found[1]}\n`);
      chmodSync(program, 0o755);
    };
    behave('well');
    return {
      options: { host: '127.0.0.1', program },
      behave,
      connections: () => 0,
      close: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};

function told(received: number, times: string): string {
  const lost = Math.round(100 * (1 - received / 3));
  return `cat <<'END'\nPING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n\n--- 127.0.0.1 ping statistics ---\n3 packets transmitted, ${received} received, ${lost}% packet loss, time 400ms\n${times}\nEND`;
}
