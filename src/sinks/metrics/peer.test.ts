// Against programs that we did not write: promtool reads every line, Prometheus scrapes over HTTP.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithPeers, freePort, peer, type RunningPeer, startPeer, temporaryFolder } from '../../../tests/support/peers.ts';
import { httpKind, planOf } from '../../../tests/support/plan.ts';
import { failResult, incidentOf, okResult, resultEvent } from '../../../tests/support/results.ts';
import { Metrics } from './metrics.ts';

const dnsKind = {
  kind: 'dns',
  reasons: ['dns', 'timeout'],
  facts: [{ name: 'serial', help: 'Serial number of the zone.', metric: 'probe_dns_serial' }],
} as const;

const plan = planOf(
  [
    { service: 'ehr', name: 'fhir', region: 'norcal' },
    { service: 'ehr', name: 'quotes " and \\ and\nlines', region: 'socal' },
    { service: 'names', name: 'zone', kind: 'dns' },
  ],
  { receivers: [{ name: 'everyone', kind: 'log', options: {} }] },
);
const ehr = 'ehr/fhir/norcal';

/** Every metric of design.md that this part has, and those of the process. */
const names = [
  'probe_success',
  'probe_duration_seconds',
  'probe_http_status_code',
  'probe_http_duration_seconds',
  'probe_dns_duration_seconds',
  'probe_dns_lookup_time_seconds',
  'probe_dns_serial',
  'probe_ssl_earliest_cert_expiry',
  'holter_probe_fact',
  'holter_probe_results_total',
  'holter_probe_latency_seconds_bucket',
  'holter_probe_latency_seconds_sum',
  'holter_probe_latency_seconds_count',
  'holter_endpoint_state',
  'holter_service_state',
  'holter_failure_ratio',
  'holter_evidence_ratio',
  'holter_incidents',
  'holter_incident_start_timestamp_seconds',
  'holter_alerts_total',
  'holter_alert_queue_length',
  'holter_alert_oldest_seconds',
  'holter_schedule_lag_seconds_bucket',
  'holter_schedule_skipped_total',
  'holter_reprobes_total',
  'holter_config_last_reload_successful',
  'holter_config_last_reload_success_timestamp_seconds',
  'holter_build_info',
  'holter_store_writable',
  'holter_store_pending_results',
  'holter_store_lost_results_total',
  'holter_store_size_bytes',
  'holter_store_failed_commits_total',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_open_fds',
  'nodejs_eventloop_lag_p99_seconds',
];

function openMetrics(): Metrics {
  const [endpoint] = plan.endpoints;
  if (endpoint === undefined) throw new Error('the plan has endpoints');
  const metrics = new Metrics({
    plan,
    kinds: [httpKind, dnsKind],
    sources: {
      figures: () => ({ state: 'intermittent', slow: false, failureRatio: 0.2, evidenceRatio: 1.5 }),
      openIncidents: () => [incidentOf(endpoint)],
      queues: () => [{ receiver: 'everyone', length: 1, oldestSeconds: 5 }],
      store: () => ({ writable: true, waiting: 0, lost: 0, bytes: 4096, failedCommits: 0 }),
      prober: () => ({ abandonedAttempts: 0, abandonedLookups: 0, openLookups: 0, openSockets: 0 }),
      vantage: () => ({ ok: true, targets: [], checkSeconds: undefined, waiting: 0, missing: new Map() }),
    },
    clock: { monotonic: () => performance.now(), wall: () => Date.now() },
    build: { version: '1.2.3', nodeVersion: process.version },
  });
  metrics.configReloaded(true, Date.now());
  metrics.scheduleLag(3);
  return metrics;
}

function probe(metrics: Metrics): void {
  metrics.accept(resultEvent(okResult(ehr, { facts: { status_code: 200, certificate_expiry: 1_900_000_000, body_bytes: 5 } })));
  metrics.accept(resultEvent(failResult('ehr/quotes " and \\ and\nlines/socal', 'reset')));
  metrics.accept(resultEvent(okResult('names/zone', { facts: { serial: 2_026_112_301 } })));
}

describeWithPeers(['promtool'], 'promtool', () => {
  test('finds nothing wrong with what is written, before and after the first probes', async () => {
    const metrics = openMetrics();
    const text = async () => Buffer.concat((await metrics.expose('text/plain')).body).toString('utf8');
    expect(check(await text())).toBe('');
    probe(metrics);
    metrics.replan(plan);
    const full = await text();
    for (const name of names) expect(full, name).toMatch(new RegExp(`^${name}[{ ]`, 'm'));
    expect(check(full)).toBe('');
    await metrics.close();
  });
});

describeWithPeers(['prometheus'], 'Prometheus', () => {
  const folder = temporaryFolder('prometheus');
  const accepts: string[] = [];
  let metrics = openMetrics();
  let prometheus: RunningPeer | undefined;
  let url = '';
  let restarted = false;
  const server = createServer((request, response) => {
    const accept = request.url === '/text' ? 'text/plain' : request.headers.accept;
    accepts.push(request.headers.accept ?? '');
    metrics.expose(accept).then(
      ({ type, body }) => response.writeHead(200, { 'content-type': type }).end(Buffer.concat(body)),
      () => response.writeHead(500).end(),
    );
  });

  beforeAll(async () => {
    probe(metrics);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const job = (name: string, path: string) =>
      `  - {job_name: ${name}, metrics_path: ${path}, honor_labels: true, static_configs: [{targets: ['${target}']}]}`;
    writeFileSync(
      join(folder.path, 'prometheus.yml'),
      ['global: {scrape_interval: 1s}', 'scrape_configs:', job('negotiated', '/metrics'), job('text', '/text'), ''].join('\n'),
    );
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    prometheus = await startPeer({
      program: 'prometheus',
      args: [
        `--config.file=${join(folder.path, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder.path, 'tsdb')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      cwd: folder.path,
      port,
    });
    await until(() => accepts.length >= 4);
  });

  afterAll(async () => {
    await prometheus?.stop();
    await new Promise((resolve) => server.close(resolve));
    await metrics.close();
    folder.remove();
  });

  test('scrapes both formats without a complaint', async () => {
    const answer = (await (await fetch(`${url}/api/v1/targets`)).json()) as {
      data: { activeTargets: { health: string; lastError: string }[] };
    };
    expect(answer.data.activeTargets.map((target) => [target.health, target.lastError])).toEqual([
      ['up', ''],
      ['up', ''],
    ]);
    expect(accepts.some((accept) => accept.includes('openmetrics'))).toBe(true);
  });

  test.each(names)('finds %s by a query, the same in both formats', async (name) => {
    const series = (await query(name)).map(({ metric }) => metric);
    const of = (job: string) => series.filter((metric) => metric['job'] === job).map((metric) => JSON.stringify({ ...metric, job: '' }));
    expect(of('text').length).toBeGreaterThan(0);
    expect(of('negotiated').toSorted()).toEqual(of('text').toSorted());
  });

  test('knows counters as counters and keeps odd label values whole', async () => {
    const meta = (await (await fetch(`${url}/api/v1/metadata?metric=holter_probe_results_total`)).json()) as {
      data: Record<string, { type: string }[]>;
    };
    expect(meta.data['holter_probe_results_total']?.[0]?.type).toBe('counter');
    expect((await query('probe_success{region="socal",job="text"}'))[0]?.metric['endpoint']).toBe('quotes " and \\ and\nlines');
  });

  test('sees counters from 0 right after a restart, so that the first failure is an increase', async () => {
    expect(restarted).toBe(false);
    restarted = true;
    await metrics.close();
    metrics = openMetrics();
    const before = accepts.length;
    await until(() => accepts.length >= before + 6);
    const counter = 'holter_probe_results_total{region="norcal",outcome="fail",reason="refused",job="text"}';
    expect(await value(counter)).toBe(0);
    metrics.accept(resultEvent(failResult(ehr, 'refused')));
    const failed = accepts.length;
    await until(() => accepts.length >= failed + 8);
    expect(await value(counter)).toBe(1);
    expect(await value(`max_over_time(${counter}[1m]) - min_over_time(${counter}[1m])`)).toBe(1);
    expect(await value(`resets(${counter}[1m])`)).toBe(0);
  });

  async function query(expression: string): Promise<readonly { metric: Record<string, string>; value: [number, string] }[]> {
    const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const answer = (await response.json()) as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } };
    return answer.data.result;
  }

  async function value(expression: string): Promise<number> {
    return Number((await query(expression))[0]?.value[1]);
  }
});

/** What promtool has to say: '' when the text is clean. */
function check(text: string): string {
  const run = spawnSync(peer('promtool') ?? '', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  return run.status === 0 ? run.stderr.trim() : `exit ${run.status}: ${run.stderr}${run.stdout}`;
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries += 1) {
    if (tries > 300) throw new Error('Prometheus did not scrape in 15 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
