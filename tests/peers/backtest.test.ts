// `holter backtest` as a process and the real Prometheus, filled with a history whose outcomes are known: what it reads is what was written.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithPeers, freePort, peer, type RunningPeer, startPeer, temporaryFolder } from '../support/peers.ts';
import { root } from '../support/tree.ts';

const intervalS = 30;
const perDay = 86_400 / intervalS;
const days = 3;
const end = Math.floor(Date.now() / 1000 / 3600) * 3600 - 7200;
const start = end - days * 86_400;

interface Target {
  readonly instance: string;
  readonly region: string;
  /** Of a sample: 0 failed, 1 well; '?' where none was scraped. */
  readonly values: readonly (0 | 1 | '?')[];
  /** Seconds by which its samples are off the round times, as scrapes are. */
  readonly phase: number;
}

/** Well, but for these stretches. */
function values(...stretches: readonly (readonly [from: number, length: number, value: (i: number) => 0 | 1 | '?'])[]) {
  const made: (0 | 1 | '?')[] = Array.from({ length: days * perDay }, () => 1);
  for (const [from, length, value] of stretches) for (let i = 0; i < length; i += 1) made[from + i] = value(i);
  return made;
}

const down = () => 0 as const;
const silent = () => '?' as const;
const third = (i: number) => (i % 3 === 0 ? (0 as const) : (1 as const));

const targets: readonly Target[] = [
  { instance: 'https://ehr.example.org/<b>"x"', region: 'norcal', phase: 3.217, values: values([2 * perDay, 60, down]) },
  { instance: 'https://lab.example.org/', region: 'norcal', phase: 29.9, values: values([5000, 300, third]) },
  { instance: 'https://pharmacy.example.org/', region: 'socal', phase: 0, values: values([4000, 500, silent], [6000, 1, down]) },
  { instance: 'https://billing.example.org/', region: 'socal', phase: 14.999, values: values([1000, 1, silent], [1002, 1, silent]) },
];

function openMetrics(): string {
  const lines = targets.flatMap(({ instance, region, values: own, phase }) =>
    own.flatMap((value, i) =>
      value === '?'
        ? []
        : [
            `probe_success{job="blackbox",instance=${JSON.stringify(instance)},region="${region}"} ${value} ${(start + i * intervalS + phase).toFixed(3)}`,
          ],
    ),
  );
  const durations = [0, 1].map((i) => `probe_duration_seconds{job="blackbox"} 0.25 ${start + i * intervalS}`);
  return ['# TYPE probe_success gauge', ...lines, '# TYPE probe_duration_seconds gauge', ...durations, '# EOF', ''].join('\n');
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Told {
  readonly pages: readonly {
    readonly level: string;
    readonly name: string;
    readonly worst: string;
    readonly at: string;
    readonly failures: number;
  }[];
  readonly endpoints: readonly {
    readonly id: string;
    readonly region: string;
    readonly interval_s: number;
    readonly probes: number;
    readonly failed: number;
    readonly missing: number;
    readonly episodes: readonly { readonly from: string; readonly failures: number }[];
    readonly rule_pages: Readonly<Record<string, number>>;
  }[];
}

const folder = temporaryFolder('backtest');
let prometheus: RunningPeer | undefined;
let url = '';

function holter(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['src/cli/main.ts', 'backtest', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }));
  });
}

async function ask(...args: readonly string[]): Promise<Told> {
  const { code, out, err } = await holter('--prometheus', url, '--from', '4d', '--format', 'json', ...args);
  expect(code, err).toBe(0);
  return JSON.parse(out) as Told;
}

async function startAll(): Promise<void> {
  const history = join(folder.path, 'history.om');
  writeFileSync(history, openMetrics());
  const promtool = peer('promtool') ?? '';
  const blocks = ['tsdb', 'create-blocks-from', '--max-block-duration=768h', 'openmetrics', history, join(folder.path, 'tsdb')];
  execFileSync(promtool, blocks, { stdio: 'pipe' });
  writeFileSync(join(folder.path, 'prometheus.yml'), 'global: {scrape_interval: 1h}\n');
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  prometheus = await startPeer({
    program: 'prometheus',
    args: [
      `--config.file=${join(folder.path, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder.path, 'tsdb')}`,
      '--storage.tsdb.retention.time=1y',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    says: /Server is ready/,
  });
}

describeWithPeers(['prometheus', 'promtool'], 'holter backtest and a real Prometheus', () => {
  beforeAll(startAll, 60_000);

  afterAll(async () => {
    await prometheus?.stop();
    folder.remove();
  });

  test('reads every sample at its own time, and a missed scrape as missing', { timeout: 60_000 }, async () => {
    const { endpoints } = await ask();
    const byName = new Map(endpoints.map((one) => [one.id, one]));
    for (const { instance, region, values: own } of targets) {
      const found = byName.get(`blackbox/${instance}/${region}`);
      const missing = own.filter((value) => value === '?').length;
      expect(found, instance).toMatchObject({
        region,
        interval_s: intervalS,
        probes: own.length - missing,
        failed: own.filter((value) => value === 0).length,
        missing,
      });
    }
  });

  test('tells what Holter would have paged, and what common rules would have', { timeout: 60_000 }, async () => {
    const { pages, endpoints } = await ask();
    expect(pages.map(({ level, name, worst }) => [level, name.slice(0, 28), worst])).toEqual([
      ['endpoint', 'blackbox/https://lab.example', 'intermittent'],
      ['endpoint', 'blackbox/https://ehr.example', 'down'],
    ]);
    const paged = Date.parse(pages[1]?.at ?? '') / 1000 - (start + 2 * 86_400);
    expect(paged).toBeGreaterThan(60);
    expect(paged).toBeLessThanOrEqual(3.3 + 4 * intervalS);
    // By name, whatever the order of the answer was.
    const [, ehr, lab, pharmacy] = endpoints;
    expect(ehr?.episodes.map(({ failures }) => failures)).toEqual([60]);
    expect(lab?.rule_pages).toMatchObject({ '3 failures in a row': 0, 'any failure': 100, 'probe_success == 0, for: 5m': 0 });
    expect(ehr?.rule_pages).toMatchObject({ '3 failures in a row': 1, 'probe_success == 0, for: 5m': 1 });
    expect(pharmacy?.episodes).toEqual([]);
  });

  test('takes an expression, with the step that is given', { timeout: 60_000 }, async () => {
    const { endpoints } = await ask('--query', 'min by (region) (probe_success) # with a remark', '--step', '30s');
    expect(endpoints.map(({ region }) => region)).toEqual(['norcal', 'socal']);
    expect(endpoints.find(({ region }) => region === 'norcal')?.failed).toBe(160);
  });

  test('writes a report that no name breaks out of', { timeout: 60_000 }, async () => {
    const file = join(folder.path, 'report.html');
    const { code, out } = await holter('--prometheus', url, '--from', '4d', '--html', file);
    expect(code).toBe(0);
    expect(out).toContain('What Holter would have paged');
    const html = readFileSync(file, 'utf8');
    expect(html.match(/<svg /g)).toHaveLength(targets.length);
    // Not the text itself: a failure would print all of it.
    expect([/<b>|<script|\s(?:href|src)=/.test(html), html.includes('&lt;b&gt;')]).toEqual([false, true]);
  });

  test.each([
    [['--query', 'probe_success{'], /Prometheus refuses the query: .*parse error/],
    [['--query', 'nothing_of_this_name'], /gives nothing from/],
    [
      ['--query', 'probe_duration_seconds'],
      /probe_duration_seconds\{job="blackbox"\} is 0\.25 at .*; 1 \(well\) and 0 \(failed\) are expected/,
    ],
    [['--max-series', '2'], /more than 2.*--max-series/],
  ])('%s is told in a sentence', { timeout: 60_000 }, async (args, message) => {
    const { code, out, err } = await holter('--prometheus', url, '--from', '4d', ...args);
    expect([code, out]).toEqual([3, '']);
    expect(err).toMatch(message);
  });
});
