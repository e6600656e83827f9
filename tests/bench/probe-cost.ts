// CPU of one http probe against a bare undici request with a fresh client, over http and https. Both run here, the server in another process.
// Run: node tests/bench/probe-cost.ts [--quick] [--requests N]
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { Client } from 'undici';
import { http } from '../../probes/http/probe.ts';
import type { EndpointPlan } from '../../src/model/plan.ts';
import { createProber } from '../../src/prober/attempt.ts';
import { type IssuedCertificate, issueCertificate } from '../../src/prober/issue.ts';
import { atMost, type Figure, isQuick, report } from './rig/report.ts';

const rounds = isQuick ? 3 : 7;
const concurrency = 32;

interface Ports {
  readonly plain: number;
  readonly secure: number;
}

interface Loop {
  readonly name: 'bare' | 'probe';
  readonly once: () => Promise<void>;
}

/** Measures both loops in turns, so that a slow spell of the machine hits both. */
async function measure(scheme: string, loops: readonly [Loop, Loop], requests: number): Promise<readonly Figure[]> {
  const [bare, probe] = loops;
  const costs = { bare: [] as number[], probe: [] as number[] };
  for (const loop of loops) await run(loop, Math.ceil(requests / 4));
  for (let round = 0; round < rounds; round += 1) {
    for (const loop of round % 2 === 0 ? [bare, probe] : [probe, bare]) costs[loop.name].push(await run(loop, requests));
  }
  return [
    { name: `${scheme}: bare request`, unit: 'us CPU', values: costs.bare },
    { name: `${scheme}: probe`, unit: 'us CPU', values: costs.probe },
    {
      name: `${scheme}: probe over bare`,
      unit: 'times',
      values: costs.probe.map((cost, round) => cost / (costs.bare[round] ?? Number.NaN)),
      target: atMost(1.5),
    },
  ];
}

async function run(loop: Loop, requests: number): Promise<number> {
  const before = process.cpuUsage();
  let left = requests;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await loop.once();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / requests);
}

function bareLoop(origin: string, ca: string): Loop {
  return {
    name: 'bare',
    once: async () => {
      const client = new Client(origin, { pipelining: 0, allowH2: false, connect: { ca, maxCachedSessions: 0 } });
      const { body } = await client.request({ path: '/', method: 'GET' });
      await body.arrayBuffer();
      await client.destroy();
    },
  };
}

function probeLoop(origin: string, ca: string): Loop {
  const prober = createProber({
    clock: { monotonic: () => performance.now(), wall: () => Date.now() },
    vantage: 'bench',
    agent: 'Holter/bench',
  });
  const options = http.options.parse({ url: `${origin}/`, tls: { ca, ca_only: true }, expect: { contains: ['well'] } });
  const endpoint: EndpointPlan = {
    id: 'bench/target',
    service: 'bench',
    name: 'target',
    region: '',
    kind: 'http',
    timing: { kind: 'every', interval: 5000 },
    timeout: 4000,
    options,
    host: '127.0.0.1',
    falsePagesPerYear: 1,
    pausesAfterAuth: false,
    facts: [],
    fingerprint: '',
  };
  return {
    name: 'probe',
    once: async () => {
      const result = await prober.attempt(endpoint, http, 0);
      if (result.outcome === 'fail') throw new Error(`${result.reason}: ${result.message}`);
    },
  };
}

function serve(certificate: IssuedCertificate): void {
  const plain = createServer((_request, response) => response.end('all is well'));
  const secure = createSecureServer({ cert: certificate.certificate, key: certificate.key }, (_request, response) =>
    response.end('all is well'),
  );
  plain.listen(0, '127.0.0.1', () => {
    secure.listen(0, '127.0.0.1', () => {
      process.send?.({ plain: (plain.address() as AddressInfo).port, secure: (secure.address() as AddressInfo).port } satisfies Ports);
    });
  });
  process.once('disconnect', () => process.exit());
}

async function main(requests: number): Promise<void> {
  const now = Date.now();
  const certificate = issueCertificate({
    commonName: 'bench',
    names: ['127.0.0.1'],
    notBefore: now - 86_400_000,
    notAfter: now + 86_400_000,
  });
  const server = fork(import.meta.filename, ['--serve'], { env: { ...process.env, BENCH_CERTIFICATE: JSON.stringify(certificate) } });
  const ports = await new Promise<Ports>((resolve) => server.once('message', (message) => resolve(message as Ports)));
  const origins = [`http://127.0.0.1:${ports.plain}`, `https://127.0.0.1:${ports.secure}`];
  const figures: Figure[] = [];
  for (const origin of origins) {
    const loops = [bareLoop(origin, certificate.certificate), probeLoop(origin, certificate.certificate)] as const;
    figures.push(...(await measure(new URL(origin).protocol.slice(0, -1), loops, requests)));
  }
  server.disconnect();
  report({ bench: 'probe', method: `${concurrency} at once as fast as they go, ${rounds} rounds of ${requests} each in turns.`, figures });
}

if (process.argv.includes('--serve')) serve(JSON.parse(process.env['BENCH_CERTIFICATE'] ?? '{}') as IssuedCertificate);
else {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, requests: { type: 'string', default: isQuick ? '500' : '2000' } },
  });
  await main(Number(values.requests));
}
