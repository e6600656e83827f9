// The daemon as a process and the real Prometheus: every metric by a query, counters over a restart, series that a reload ends.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FarEnd } from '#model/simulator.ts';
import { simulators } from '#probes/simulators.ts';
import { Holter, scratch, until } from '../e2e/holter.ts';
import { describeWithPeers, freePort, peer, type RunningPeer, startPeer } from '../support/peers.ts';
import { emptyHere, house, ill, type Row, well } from './metrics-table.ts';

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One far end of each kind, and a second http one to be made ill. */
const kindsOfEnds = { portal: 'http', records: 'http', gateway: 'tcp', 'sign-on': 'tls', resolver: 'dns' } as const;
const waitMs = 60_000;

const files = scratch();
const ends = new Map<string, FarEnd>();
let daemonPort = 0;
let url = '';
let daemon: Holter | undefined;
let prometheus: RunningPeer | undefined;

async function startAll(): Promise<void> {
  for (const [name, kind] of Object.entries(kindsOfEnds)) {
    const simulator = simulators.find((one) => one.kind === kind);
    if (simulator !== undefined) ends.set(name, await simulator.start());
  }
  daemonPort = await freePort();
  writeConfiguration();
  await startDaemon();
  await startPrometheus();
  await until('Prometheus has seen every endpoint well', async () => (await value('sum(probe_success)')) === ends.size, waitMs);
}

async function stopAll(): Promise<void> {
  await prometheus?.stop();
  if (daemon?.ended === false) daemon.kill('SIGTERM');
  await daemon?.end();
  await Promise.all([...ends.values()].map((end) => end.close()));
  files.clean();
}

function writeConfiguration(options: { readonly without?: string } = {}): string {
  const services = {
    ehr: { endpoints: { ...endpoint('portal', 'norcal'), ...endpoint('records', 'socal') } },
    pharmacy: { endpoints: endpoint('gateway', 'socal') },
    identity: { endpoints: endpoint('sign-on', 'norcal') },
    network: { endpoints: endpoint('resolver') },
  };
  return files.write(
    'holter.yaml',
    JSON.stringify({
      system: 'Peers',
      vantage: 'bench',
      listen: `127.0.0.1:${daemonPort}`,
      data: files.path('data'),
      schedule: { every: '1s', timeout: '900ms' },
      paging: { false_pages: '1000 per year', grace: '2s' },
      regions: { norcal: 'Northern California', socal: 'Southern California' },
      services: Object.fromEntries(Object.entries(services).filter(([name]) => name !== options.without)),
      receivers: { pager: { log: {} } },
    }),
  );
}

function endpoint(name: keyof typeof kindsOfEnds, region?: string): Readonly<Record<string, object>> {
  const options = ends.get(name)?.options;
  return { [name]: { probe: kindsOfEnds[name], ...options, ...(region !== undefined && { regions: [region] }) } };
}

async function startDaemon(): Promise<void> {
  daemon = new Holter(['run', '-c', files.path('holter.yaml')]);
  await daemon.url();
}

async function startPrometheus(): Promise<void> {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const config = files.write(
    'prometheus.yml',
    `global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs: [{job_name: holter, static_configs: [{targets: ['127.0.0.1:${daemonPort}']}]}]
`,
  );
  prometheus = await startPeer({
    program: 'prometheus',
    args: [`--config.file=${config}`, `--storage.tsdb.path=${files.path('tsdb')}`, `--web.listen-address=127.0.0.1:${port}`],
    cwd: files.path('.'),
    port,
  });
  // It listens before it can answer.
  await until('Prometheus is ready', async () => (await fetch(`${url}/-/ready`)).ok, waitMs);
}

async function ask<T>(path: string): Promise<T> {
  const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as { readonly data: T; readonly error?: string };
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer.data;
}

interface Vector {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly value: readonly [number, string];
    readonly values: readonly (readonly [number, string])[];
  }[];
}

/** What a query finds now, without the labels that Prometheus adds itself. */
async function query(expression: string): Promise<readonly Series[]> {
  const { result } = await ask<Vector>(`query?query=${encodeURIComponent(expression)}`);
  return result.map(({ metric: { __name__: _name, job: _job, instance: _instance, ...metric }, value: [, text] }) => {
    return { metric, value: Number(text) };
  });
}

async function value(expression: string): Promise<number | undefined> {
  return (await query(expression))[0]?.value;
}

/** Every sample of one series that Prometheus has stored, oldest first. */
async function samples(selector: string): Promise<readonly number[]> {
  const { result } = await ask<Vector>(`query?query=${encodeURIComponent(`${selector}[1h]`)}`);
  expect(result).toHaveLength(1);
  return (result[0]?.values ?? []).map(([, text]) => Number(text));
}

/** Waits until the query finds exactly these series, each with its value; shows the difference when it never does. */
async function expectRow({ name, select = '', series }: Row): Promise<void> {
  const found = () => query(name + select);
  const patience = { timeout: waitMs, interval: 200 };
  const wanted = series.map(([labels]) => keyOf(labels)).toSorted();
  await expect.poll(async () => (await found()).map(({ metric }) => keyOf(metric)).toSorted(), patience).toEqual(wanted);
  for (const [labels, least, most = least] of series) {
    const key = keyOf(labels);
    const now = async () => (await found()).find(({ metric }) => keyOf(metric) === key)?.value ?? Number.NaN;
    await expect.poll(now, { ...patience, message: key }).toSatisfy((seen: number) => seen >= least && seen <= most);
  }
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  const names = Object.keys(labels).toSorted();
  return names.map((name) => `${name}=${labels[name]}`).join(' ');
}

async function exposition(): Promise<string> {
  return (await fetch(`http://127.0.0.1:${daemonPort}/metrics`, { headers: { accept: 'text/plain' } })).text();
}

/** What promtool has to say; it fails with more than that when it finds a mistake. */
async function lint(text: string): Promise<string> {
  const run = promisify(execFile)(peer('promtool') ?? '', ['check', 'metrics']);
  run.child.stdin?.end(text);
  const { stdout, stderr } = await run;
  return stdout + stderr;
}

const title = ({ name, select = '' }: Row): string => name + select;

describeWithPeers(['prometheus', 'promtool'], 'the daemon under a real Prometheus', () => {
  beforeAll(startAll, 120_000);
  afterAll(stopAll, 60_000);

  describe('while all is well', () => {
    test('every scrape is taken without a complaint', async () => {
      const { activeTargets } = await ask<{ activeTargets: readonly { readonly health: string; readonly lastError: string }[] }>('targets');
      expect(activeTargets.map(({ health, lastError }) => [health, lastError])).toEqual([['up', '']]);
    });

    test.each([...well, ...house].map((row) => [title(row), row] as const))('a query finds %s', { timeout: 2 * waitMs }, (_, row) =>
      expectRow(row),
    );

    test('no metric is missing from these tables', async () => {
      const written = [...(await exposition()).matchAll(/^# TYPE ((?:holter|probe)_\S+)/gm)].map((found) => found[1] ?? '');
      const named = new Set([...well, ...house, ...ill].map(({ name }) => name.replace(/_(bucket|count|sum)$/, '')));
      expect(written.length).toBeGreaterThan(30);
      expect(written.filter((name) => !named.has(name)).toSorted()).toEqual(Object.keys(emptyHere).toSorted());
    });

    test('promtool finds nothing wrong', async () => {
      expect(await lint(await exposition())).toBe('');
    });
  });

  describe('while one endpoint is ill', () => {
    beforeAll(() => ends.get('records')?.behave('busy'));

    test.each(ill.map((row) => [title(row), row] as const))('a query finds %s', { timeout: 2 * waitMs }, (_, row) => expectRow(row));

    test('promtool finds nothing wrong', async () => {
      expect(await lint(await exposition())).toBe('');
    });
  });

  describe('over a restart', () => {
    const oks = 'holter_probe_results_total{endpoint="gateway",outcome="ok"}';
    const refusals = 'holter_probe_results_total{endpoint="gateway",reason="refused"}';
    const opened = 'holter_alerts_total{event="opened",outcome="delivered"}';
    const start = 'holter_incident_start_timestamp_seconds';
    let before = { oks: 0, start: 0, samples: 0 };

    beforeAll(async () => {
      before = { oks: (await samples(oks)).length, start: (await value(start)) ?? 0, samples: (await samples(refusals)).length };
      daemon?.kill('SIGTERM');
      expect(await daemon?.end()).toMatchObject({ code: 0 });
      await startDaemon();
      await until('Prometheus has seen the new process', async () => (await value(`resets(${oks}[1h])`)) === 1, waitMs);
    }, 120_000);

    test('counters begin anew, so that an increase over the restart is all that both processes counted', { timeout: waitMs }, async () => {
      const counted = await samples(oks);
      const drop = counted.findIndex((now, index) => now < (counted[index - 1] ?? 0));
      expect(drop).toBeGreaterThan(0);
      const last = counted[drop - 1] ?? 0;
      expect(counted[drop]).toBeLessThan(last);
      // Prometheus adds what was counted from 0 after the drop; it may stretch the ends a little, never shrink them.
      const both = last - (counted[0] ?? 0) + (counted.at(-1) ?? 0);
      expect(await value(`increase(${oks}[1h])`)).toBeGreaterThanOrEqual(both);
      expect(await value(`resets(${oks}[1h])`)).toBe(1);
    });

    test('an open incident stands as it stood, and nobody is told of it again', { timeout: 2 * waitMs }, async () => {
      await expectRow({ name: 'holter_incidents', select: ' == 1', series: [[{ state: 'down' }, 1]] });
      await expect.poll(() => value(start), { timeout: waitMs, interval: 200 }).toBe(before.start);
      const told = await samples(opened);
      expect(told.at(-1)).toBe(0);
      expect(Math.max(...told)).toBe(1);
    });

    test('the first failure of the new process is an increase', { timeout: 3 * waitMs }, async () => {
      const sinceRestart = async () => (await samples(refusals)).slice(before.samples);
      await until('two scrapes saw no failure', async () => (await sinceRestart()).length >= 2, waitMs);
      expect(await sinceRestart()).toSatisfy((counts) => counts.every((count: number) => count === 0));
      ends.get('gateway')?.behave('refuses');
      await until('a failure was scraped', async () => ((await sinceRestart()).at(-1) ?? 0) > 0, waitMs);
      ends.get('gateway')?.behave('well');
      const counts = await sinceRestart();
      expect(counts[0]).toBe(0);
      expect(await value(`increase(${refusals}[1h])`)).toBeGreaterThanOrEqual(counts.at(-1) ?? 0);
    });
  });

  describe('over a reload', () => {
    test('the series of a removed endpoint are gone at the next scrape, the others go on', { timeout: 3 * waitMs }, async () => {
      expect((await query('{endpoint="resolver"}')).length).toBeGreaterThan(20);
      const names = 'count({endpoint="portal"})';
      const portal = await value(names);
      const resets = await value('sum(resets(holter_probe_results_total{endpoint="portal"}[1h]))');
      writeConfiguration({ without: 'network' });
      daemon?.kill('SIGHUP');
      // Of the endpoint, and of the service that it leaves empty: state and latency too.
      for (const gone of ['{endpoint="resolver"}', '{service="network"}']) {
        await expect.poll(() => query(gone), { timeout: waitMs, interval: 200 }).toEqual([]);
      }
      expect(await value('sum(count_over_time(probe_success{endpoint="resolver"}[1h]))')).toBeGreaterThan(0);
      expect(await value(names)).toBe(portal);
      expect(await value('sum(resets(holter_probe_results_total{endpoint="portal"}[1h]))')).toBe(resets);
      expect(await value('holter_config_last_reload_successful')).toBe(1);
    });
  });
});
