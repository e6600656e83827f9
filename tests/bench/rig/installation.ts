// A made-up installation of many http endpoints, and the daemon as a process that probes it.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metered, type MeteredOptions, pause } from './metered.ts';

export interface Installation {
  /** A multiple of 250: endpoints are spread over 25 services and 10 regions. */
  readonly endpoints: number;
  readonly everySeconds: number;
  /** Where all of them are. */
  readonly origin: string;
}

export interface RunningDaemon {
  readonly url: string;
  readonly process: Metered;
  /** Reads `/metrics` to its last byte and drops it: how many bytes. What a client makes of them is not the daemon's cost. */
  scrape(): Promise<number>;
  /** The text of `/metrics`. */
  metrics(): Promise<string>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

const services = 25;
const regions = 10;
const startLimitSeconds = 60;
const root = join(import.meta.dirname, '../../..');
const program = join(root, 'src/cli/main.ts');

/** The flags of Node that the daemon is started with, as package.json has them. */
export function shippedFlags(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { holter: string } };
  return scripts.holter.split(' ').filter((word) => word.startsWith('--'));
}

/** One loopback host stands for a whole health system: its caps are lifted. */
function configurationOf({ endpoints, everySeconds, origin }: Installation, listen: string, data: string): string {
  const perService = Math.round(endpoints / services / regions);
  const lines = [
    'system: Bench Health',
    'vantage: bench',
    `listen: ${listen}`,
    `data: ${data}`,
    `schedule: { every: ${everySeconds}s, timeout: 4s }`,
    'limits: { concurrency: 10000, host_concurrency: 10000, host_rate: 10000 }',
    'regions:',
    ...Array.from({ length: regions }, (_, index) => `  region-${index}: Region ${index}`),
    'services:',
  ];
  for (let service = 0; service < services; service += 1) {
    lines.push(`  service-${service}:`, '    endpoints:');
    for (let index = 0; index < perService; index += 1) {
      lines.push(`      endpoint-${index}: { probe: http, url: "${origin}/service-${service}/endpoint-${index}/{region}", regions: all }`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Starts it and waits until it runs. */
export async function startDaemon(installation: Installation, options: Omit<MeteredOptions, 'args'> = {}): Promise<RunningDaemon> {
  const folder = mkdtempSync(join(tmpdir(), 'holter-bench-'));
  const listen = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'holter.yaml');
  writeFileSync(file, configurationOf(installation, listen, join(folder, 'data')));
  const flags = [...shippedFlags(), ...(options.flags ?? [])];
  const process = new Metered(program, { ...options, flags, args: ['run', '-c', file] });
  const stop = async (): Promise<void> => {
    await process.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://${listen}`;
  for (let waited = 0; !process.stderr.includes('"msg":"started"'); waited += 0.1) {
    if (process.child.exitCode !== null || waited > startLimitSeconds) {
      await stop();
      throw new Error(`the daemon did not start: ${process.stderr}`);
    }
    await pause(0.1);
  }
  return { url, process, stop, scrape: () => countBytes(`${url}/metrics`), metrics: async () => (await fetch(`${url}/metrics`)).text() };
}

async function countBytes(url: string): Promise<number> {
  const [reply] = (await once(get(url), 'response')) as [IncomingMessage];
  let bytes = 0;
  reply.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await once(reply, 'end');
  return bytes;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
