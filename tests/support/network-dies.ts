// To be run in a network namespace of its own: the daemon with its services on loopback, which is then taken away and given back. Prints what
// the daemon counted, and what the pager got.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Holter, Pager, pause, Service, scratch, until } from '../e2e/holter.ts';

function loopback(state: 'up' | 'down'): void {
  const { status, stderr } = spawnSync('ip', ['link', 'set', 'lo', state], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`loopback could not be set ${state}: ${stderr}`);
}

loopback('up');
const files = scratch();
const service = await Service.start();
const pager = await Pager.start();
const target = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
await once(target, 'listening');
const address = target.address();
const port = address !== null && typeof address === 'object' ? address.port : 0;
const names = ['portal', 'records', 'billing', 'messages', 'visits', 'labs'];
const config = files.write(
  'holter.yaml',
  JSON.stringify({
    system: 'Namespace',
    vantage: 'oakland-dc',
    listen: '127.0.0.1:0',
    data: files.path('data'),
    paging: { false_pages: '1000 per year', grace: '2s' },
    self_check: { targets: { gateway: { probe: 'tcp', address: `127.0.0.1:${port}` } } },
    services: {
      ehr: {
        endpoints: Object.fromEntries(names.map((name) => [name, { probe: 'http', url: service.url, every: '1s', timeout: '500ms' }])),
      },
    },
    receivers: { pager: { webhook: { url: pager.url } } },
  }),
);
const daemon = new Holter(['run', '-c', config, '--log-level', 'info']);
const url = await daemon.url();
await until('a few probes went well', () => service.requests >= 3 * names.length);
loopback('down');
await pause(10_000);
loopback('up');
const { requests } = service;
await until('probes go well again', () => service.requests >= requests + 2 * names.length);
const metrics = await (await fetch(new URL('/metrics', url))).text();
const sum = (start: string, part: string): number =>
  metrics
    .split('\n')
    .filter((line) => line.startsWith(start) && line.includes(part))
    .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
process.stdout.write(
  JSON.stringify({
    missing: sum('holter_missing_results_total', 'trouble="network"'),
    failed: sum('holter_probe_results_total', 'outcome="fail"'),
    up: sum('holter_vantage_up', ''),
    pages: pager.received.length,
  }),
);
daemon.kill('SIGTERM');
await daemon.end();
await Promise.all([service.stop(), pager.stop()]);
target.close();
files.clean();
