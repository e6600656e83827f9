// The daemon as a process, with a target of its self-check on loopback: what dies together with the target is missing, what dies alone is paged.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Holter, Pager, Service, scratch, until } from './holter.ts';

const script = join(import.meta.dirname, '../support/network-dies.ts');
const mayUnshare = spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
if (!mayUnshare) process.stderr.write('left out: the network of a namespace that dies (no right to make one here, or no ip)\n');

let files: ReturnType<typeof scratch>;
let service: Service;
let target: Server;
let pager: Pager;
const running: Holter[] = [];

beforeEach(async () => {
  files = scratch();
  service = await Service.start();
  pager = await Pager.start();
  target = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(target, 'listening');
});

afterEach(async () => {
  for (const one of running.splice(0)) {
    if (!one.ended) one.kill('SIGKILL');
    await one.end();
  }
  target.close();
  await pager.stop();
  files.clean();
});

function start(): Holter {
  const address = target.address();
  if (address === null || typeof address === 'string') throw new Error('the target does not listen');
  const endpoints = ['portal', 'records', 'billing', 'messages'].map(
    (name) => `      ${name}: { probe: http, url: ${JSON.stringify(service.url)}, every: 1s, timeout: 500ms }`,
  );
  const config = files.write(
    'holter.yaml',
    `
system: End to end
vantage: oakland-dc
listen: 127.0.0.1:0
data: ${JSON.stringify(files.path('data'))}
paging: { false_pages: 1000 per year, grace: 2s }
self_check: { targets: { gateway: { probe: tcp, address: "127.0.0.1:${address.port}" } } }
services:
  ehr:
    endpoints:
${endpoints.join('\n')}
receivers:
  pager: { webhook: { url: ${JSON.stringify(pager.url)} } }
`,
  );
  const daemon = new Holter(['run', '-c', config, '--log-level', 'debug']);
  running.push(daemon);
  return daemon;
}

async function read(url: string, path: string): Promise<string> {
  return (await fetch(new URL(path, url))).text();
}

/** The sum over all lines of a metric with these labels. */
async function count(url: string, name: string, labels: string): Promise<number> {
  const lines = (await read(url, '/metrics')).split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(labels));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

describe('the daemon', () => {
  test('whose target dies with its services pages nobody, and says that the trouble is its own', { timeout: 120_000 }, async () => {
    const daemon = start();
    const url = await daemon.url();
    await until('a few probes went well', () => service.requests >= 12);
    expect(await count(url, 'holter_vantage_up', 'vantage="oakland-dc"')).toBe(1);
    // The network first: what fails before that would be the services' own.
    target.close();
    await service.stop();
    await until('forty results are missing', async () => (await count(url, 'holter_missing_results_total', 'trouble="network"')) >= 40);
    expect(await count(url, 'holter_probe_results_total', 'outcome="missing"')).toBeGreaterThanOrEqual(40);
    expect(await count(url, 'holter_probe_results_total', 'outcome="fail"')).toBe(0);
    expect(await count(url, 'holter_vantage_up', 'vantage="oakland-dc"')).toBe(0);
    expect(pager.received).toEqual([]);
    expect(await read(url, '/')).toContain('The prober at oakland-dc has trouble of its own since');
    const vantage = JSON.parse(await read(url, '/api/v1/vantage')) as object;
    expect(vantage).toMatchObject({
      state: 'trouble',
      targets: [{ target: 'gateway', ok: false }],
      why: expect.stringContaining('gateway: the connection was refused'),
    });
    const warnings = daemon.stderr.split('\n').filter((line) => line.includes('"level":"warn"'));
    expect(warnings.filter((line) => line.includes('trouble of our own'))).toHaveLength(1);
    daemon.kill('SIGTERM');
    expect(await daemon.end()).toMatchObject({ code: 0 });
  });

  test('whose target answers while its services die pages', { timeout: 120_000 }, async () => {
    const daemon = start();
    const url = await daemon.url();
    await until('a few probes went well', () => service.requests >= 12);
    await service.stop();
    await until('the page', () => pager.received.length > 0);
    expect(pager.received[0]?.event).toBe('opened');
    expect(await count(url, 'holter_missing_results_total', '')).toBe(0);
    expect(await count(url, 'holter_vantage_up', 'vantage="oakland-dc"')).toBe(1);
    expect(JSON.parse(await read(url, '/api/v1/vantage'))).toMatchObject({ state: 'ok' });
  });

  test.skipIf(!mayUnshare)(
    'sees its network die and come back: all that failed meanwhile is missing, and nobody is paged',
    { timeout: 120_000 },
    () => {
      const { stdout, stderr, status } = spawnSync('unshare', ['-n', process.execPath, script], { encoding: 'utf8' });
      expect(status, stderr).toBe(0);
      const { missing, ...others } = JSON.parse(stdout) as { readonly missing: number };
      expect(others).toEqual({ failed: 0, up: 1, pages: 0 });
      expect(missing).toBeGreaterThan(30);
    },
  );
});
