import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HolterError } from '#model/error.ts';
import type { Plan } from '#model/plan.ts';
import { httpKind, planOf } from '../../../tests/support/plan.ts';
import { epoch, failResult, incidentOf, okResult, resultEvent } from '../../../tests/support/results.ts';
import { type Figures, Metrics, type MetricsSources } from './metrics.ts';

const dnsKind = {
  kind: 'dns',
  reasons: ['dns', 'timeout'],
  facts: [{ name: 'serial', help: 'Serial number of the zone.', metric: 'probe_dns_serial' }],
} as const;

const ehr = 'ehr/fhir/norcal';
const base = planOf(
  [
    { service: 'ehr', name: 'fhir', region: 'norcal' },
    { service: 'ehr', name: 'fhir', region: 'socal' },
    { service: 'names', name: 'zone', kind: 'dns' },
  ],
  { receivers: [{ name: 'everyone', kind: 'log', options: {} }] },
);

let now = epoch;
let figures: Map<string, Figures>;
let sources: MetricsSources;
let metrics: Metrics;

beforeEach(() => {
  now = epoch;
  figures = new Map();
  sources = {
    figures: (endpoint) => figures.get(endpoint),
    openIncidents: () => [],
    queues: () => [],
    store: () => ({ writable: true, waiting: 3, lost: 0, bytes: 4096, failedCommits: 0 }),
    prober: () => ({ abandonedAttempts: 1, abandonedLookups: 2, openLookups: 3, openSockets: 4 }),
    vantage: () => ({ ok: true, targets: [], checkSeconds: undefined, waiting: 0, missing: new Map() }),
  };
  metrics = open(base);
});

afterEach(() => metrics.close());

function open(plan: Plan, more: Partial<MetricsSources> = {}): Metrics {
  return new Metrics({
    plan,
    kinds: [httpKind, dnsKind],
    sources: { ...sources, ...more },
    clock: { monotonic: () => now, wall: () => now },
    build: { version: '1.2.3', nodeVersion: 'v24.0.0' },
  });
}

function diskFull(): never {
  throw new HolterError('store_backup', 'the disk is full', { retryable: true });
}

/** A fresh rendering. */
async function scrape(from: Metrics = metrics, accept?: string): Promise<string> {
  now += 2000;
  return Buffer.concat((await from.expose(accept)).body).toString('utf8');
}

/** Samples by their whole left side. */
async function samples(from: Metrics = metrics): Promise<ReadonlyMap<string, number>> {
  const lines = (await scrape(from)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const found = new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
  expect(found.size, 'no series twice').toBe(lines.length);
  return found;
}

function labels(region = 'norcal'): string {
  return `service="ehr",region="${region}",endpoint="fhir",vantage="oakland-dc"`;
}

describe('results', () => {
  test('right after a start the counters of every reason that the kind can give stand at 0', async () => {
    const found = await samples();
    expect(found.get(`holter_probe_results_total{${labels()},outcome="ok",reason=""}`)).toBe(0);
    expect(found.get(`holter_probe_results_total{${labels()},outcome="maintenance",reason=""}`)).toBe(0);
    expect(found.get(`holter_probe_results_total{${labels()},outcome="missing",reason="internal"}`)).toBe(0);
    for (const reason of httpKind.reasons)
      expect(found.get(`holter_probe_results_total{${labels()},outcome="fail",reason="${reason}"}`)).toBe(0);
    const ofZone = [...found.keys()].filter((key) => key.includes('endpoint="zone"') && key.includes('outcome="fail"'));
    expect(ofZone).toHaveLength(dnsKind.reasons.length);
  });

  test('every result ends in exactly one counter', async () => {
    metrics.accept(resultEvent(okResult(ehr)));
    metrics.accept(resultEvent(failResult(ehr, 'reset')));
    metrics.accept(resultEvent(failResult(ehr, 'internal'), { counted: false }));
    metrics.accept(resultEvent(okResult(ehr), { counted: false }));
    metrics.accept(resultEvent(failResult(ehr, 'timeout'), { counted: false }));
    metrics.accept(resultEvent(failResult(ehr, 'reset'), { counted: false, maintenance: true }));
    metrics.accept(resultEvent(okResult(ehr), { counted: false, maintenance: true }));
    const found = [...(await samples())].filter(([key, value]) => key.startsWith('holter_probe_results_total') && value > 0);
    expect(new Map(found)).toEqual(
      new Map([
        [`holter_probe_results_total{${labels()},outcome="ok",reason=""}`, 1],
        [`holter_probe_results_total{${labels()},outcome="maintenance",reason=""}`, 2],
        [`holter_probe_results_total{${labels()},outcome="missing",reason="internal"}`, 3],
        [`holter_probe_results_total{${labels()},outcome="fail",reason="reset"}`, 1],
      ]),
    );
  });

  test('a reason that the kind does not declare is counted all the same', async () => {
    metrics.accept(resultEvent(failResult('names/zone', 'refused')));
    const key =
      'holter_probe_results_total{service="names",region="",endpoint="zone",vantage="oakland-dc",outcome="fail",reason="refused"}';
    expect((await samples()).get(key)).toBe(1);
  });

  test('results of endpoints that are not in the plan make no series', async () => {
    const before = [...(await samples()).keys()];
    metrics.accept(resultEvent(okResult('ehr/fhir/nowhere')));
    expect([...(await samples()).keys()]).toEqual(before);
  });

  test('only counted probes that went well are in the latency histogram, each in its bucket', async () => {
    for (const duration of [4, 5, 5.001, 31_000]) metrics.accept(resultEvent(okResult(ehr, { duration })));
    metrics.accept(resultEvent(failResult(ehr, 'timeout', { duration: 10_000 })));
    metrics.accept(resultEvent(okResult(ehr), { counted: false }));
    const found = await samples();
    const of = 'service="ehr",region="norcal",kind="http"';
    expect(found.get(`holter_probe_latency_seconds_bucket{${of},le="0.005"}`)).toBe(2);
    expect(found.get(`holter_probe_latency_seconds_bucket{${of},le="0.01"}`)).toBe(3);
    expect(found.get(`holter_probe_latency_seconds_bucket{${of},le="30.0"}`)).toBe(3);
    expect(found.get(`holter_probe_latency_seconds_bucket{${of},le="+Inf"}`)).toBe(4);
    expect(found.get(`holter_probe_latency_seconds_count{${of}}`)).toBe(4);
    expect(found.get(`holter_probe_latency_seconds_sum{${of}}`)).toBeCloseTo(31.014001, 6);
  });
});

describe('gauges of the last probe', () => {
  test('carry the names and units of blackbox_exporter', async () => {
    const facts = { status_code: 503, certificate_expiry: 1_900_000_000, body_bytes: 17 };
    metrics.accept(resultEvent(failResult(ehr, 'rejected', { duration: 250.5, facts })));
    metrics.accept(resultEvent(okResult('names/zone', { phases: { resolve: 1, request: 3 }, facts: { serial: 2_026_112_301 } })));
    const found = await samples();
    expect(found.get(`probe_success{${labels()}}`)).toBe(0);
    expect(found.get(`probe_duration_seconds{${labels()}}`)).toBe(0.2505);
    expect(found.get(`probe_dns_lookup_time_seconds{${labels()}}`)).toBe(0.0005);
    expect(found.get(`probe_http_duration_seconds{${labels()},phase="processing"}`)).toBe(0.01);
    expect(found.has(`probe_http_duration_seconds{${labels()},phase="tls"}`), 'a phase that did not happen is absent').toBe(false);
    expect(found.get(`probe_http_status_code{${labels()}}`)).toBe(503);
    expect(found.has(`probe_http_redirects{${labels()}}`), 'a fact that was not learned is absent').toBe(false);
    expect(found.get(`probe_ssl_earliest_cert_expiry{${labels()}}`)).toBe(1_900_000_000);
    const zone = 'service="names",region="",endpoint="zone",vantage="oakland-dc"';
    expect(found.get(`probe_success{${zone}}`)).toBe(1);
    expect(found.get(`probe_dns_duration_seconds{${zone},phase="request"}`)).toBe(0.003);
    expect(found.get(`probe_dns_serial{${zone}}`)).toBe(2_026_112_301);
  });

  test('facts that may warn and facts without a blackbox name are holter_probe_fact', async () => {
    metrics.accept(resultEvent(okResult(ehr, { facts: { status_code: 200, certificate_expiry: 1_900_000_000, body_bytes: 17 } })));
    const found = [...(await samples())].filter(([key]) => key.startsWith('holter_probe_fact'));
    expect(found).toEqual([
      [`holter_probe_fact{${labels()},fact="certificate_expiry"}`, 1_900_000_000],
      [`holter_probe_fact{${labels()},fact="body_bytes"}`, 17],
    ]);
  });

  test('are absent before the first probe', async () => {
    expect([...(await samples()).keys()].filter((key) => key.startsWith('probe_'))).toEqual([]);
  });

  test("are left alone by Holter's own trouble and by results that come late, not by maintenance", async () => {
    metrics.accept(resultEvent(okResult(ehr, { scheduledAt: epoch + 60_000 })));
    metrics.accept(resultEvent(failResult(ehr, 'internal', { scheduledAt: epoch + 90_000 }), { counted: false }));
    metrics.accept(resultEvent(failResult(ehr, 'reset', { scheduledAt: epoch + 30_000 }), { counted: false }));
    expect((await samples()).get(`probe_success{${labels()}}`)).toBe(1);
    metrics.accept(resultEvent(failResult(ehr, 'reset', { scheduledAt: epoch + 120_000 }), { counted: false, maintenance: true }));
    expect((await samples()).get(`probe_success{${labels()}}`)).toBe(0);
  });
});

describe('what the detector believes', () => {
  test('is 1 for the present state and 0 for the others, for endpoints and rolled up for services', async () => {
    figures.set(ehr, { state: 'down', slow: false, failureRatio: 0.9, evidenceRatio: 3 });
    figures.set('ehr/fhir/socal', { state: 'up', slow: false, failureRatio: 0.001, evidenceRatio: 0 });
    const found = await samples();
    expect(found.get(`holter_endpoint_state{${labels()},state="down"}`)).toBe(1);
    expect(found.get(`holter_endpoint_state{${labels()},state="up"}`)).toBe(0);
    expect(found.get(`holter_failure_ratio{${labels()}}`)).toBe(0.9);
    expect(found.get(`holter_evidence_ratio{${labels()}}`)).toBe(3);
    expect(found.get('holter_service_state{service="ehr",region="norcal",vantage="oakland-dc",state="down"}')).toBe(1);
    expect(found.get('holter_service_state{service="ehr",region="socal",vantage="oakland-dc",state="up"}')).toBe(1);
    expect(found.get('holter_service_state{service="names",region="",vantage="oakland-dc",state="unknown"}')).toBe(1);
    const perState = [...found].filter(([key]) => key.startsWith(`holter_endpoint_state{${labels()}`));
    expect(perState).toHaveLength(6);
    expect(perState.filter(([, value]) => value === 1)).toHaveLength(1);
  });

  test('slow stands beside the state, of endpoints and of services, and an incident of slowness counts as slow', async () => {
    figures.set(ehr, { state: 'up', slow: true, failureRatio: 0.001, evidenceRatio: 1.5 });
    figures.set('ehr/fhir/socal', { state: 'down', slow: false, failureRatio: 0.9, evidenceRatio: 3 });
    const [endpoint] = base.endpoints;
    if (endpoint === undefined) throw new Error('the plan has endpoints');
    const other = open(base, { openIncidents: () => [incidentOf(endpoint, { trouble: 'slow', worst: 'slow' })] });
    const found = await samples(other);
    expect(found.get(`holter_endpoint_slow{${labels()}}`)).toBe(1);
    expect(found.get(`holter_endpoint_state{${labels()},state="up"}`)).toBe(1);
    expect(found.get('holter_service_slow{service="ehr",region="norcal",vantage="oakland-dc"}')).toBe(1);
    expect(found.get('holter_service_slow{service="ehr",region="socal",vantage="oakland-dc"}')).toBe(0);
    expect([found.get('holter_incidents{state="slow"}'), found.get('holter_incidents{state="up"}')]).toEqual([1, 0]);
    await other.close();
  });

  test('open incidents are counted by present state, and their onset is gone once they are resolved', async () => {
    const [endpoint] = base.endpoints;
    if (endpoint === undefined) throw new Error('the plan has endpoints');
    figures.set(ehr, { state: 'recovering', slow: false, failureRatio: 0.3, evidenceRatio: 1 });
    let open_ = [incidentOf(endpoint)];
    const other = open(base, { openIncidents: () => open_ });
    let found = await samples(other);
    expect(found.get('holter_incidents{state="recovering"}')).toBe(1);
    expect(found.get('holter_incidents{state="down"}')).toBe(0);
    expect(found.get(`holter_incident_start_timestamp_seconds{${labels()},trouble="failing",scope="endpoint"}`)).toBe(epoch / 1000);
    open_ = [];
    found = await samples(other);
    expect(found.get('holter_incidents{state="recovering"}')).toBe(0);
    expect([...found.keys()].filter((key) => key.startsWith('holter_incident_start'))).toEqual([]);
    await other.close();
  });
});

describe('the house', () => {
  test('counts sendings from 0 on and shows what waits', async () => {
    const other = open(base, { queues: () => [{ receiver: 'everyone', length: 4, oldestSeconds: 61.5 }] });
    expect((await samples(other)).get('holter_alerts_total{receiver="everyone",event="opened",outcome="delivered"}')).toBe(0);
    other.alertSent('everyone', 'opened', 'delivered');
    other.alertSent('gone', 'opened', 'delivered');
    const found = await samples(other);
    expect(found.get('holter_alerts_total{receiver="everyone",event="opened",outcome="delivered"}')).toBe(1);
    expect(found.get('holter_alert_queue_length{receiver="everyone"}')).toBe(4);
    expect(found.get('holter_alert_oldest_seconds{receiver="everyone"}')).toBe(61.5);
    expect([...found.keys()].filter((key) => key.includes('gone'))).toEqual([]);
    await other.close();
  });

  test('tells schedule, configuration, build and store', async () => {
    metrics.scheduleLag(30);
    metrics.scheduleSkipped(1);
    metrics.reprobe('sent');
    metrics.configReloaded(true, epoch);
    metrics.configReloaded(false, epoch + 5000);
    const found = await samples();
    expect(found.get('holter_schedule_lag_seconds_count')).toBe(1);
    expect(found.get('holter_schedule_lag_seconds_bucket{le="0.05"}')).toBe(1);
    expect(found.get('holter_schedule_lag_seconds_bucket{le="1.0"}')).toBe(1);
    expect(found.get('holter_schedule_skipped_total')).toBe(1);
    expect(found.get('holter_reprobes_total{outcome="sent"}')).toBe(1);
    expect(found.get('holter_reprobes_total{outcome="dropped"}')).toBe(0);
    expect(found.get('holter_config_last_reload_successful')).toBe(0);
    expect(found.get('holter_config_last_reload_success_timestamp_seconds')).toBe(epoch / 1000);
    expect(found.get('holter_build_info{version="1.2.3",nodeversion="v24.0.0"}')).toBe(1);
    expect(found.get('holter_store_writable')).toBe(1);
    expect(found.get('holter_store_pending_results')).toBe(3);
  });

  test('results that the store lost are counted once', async () => {
    let lost = 2;
    const other = open(base, { store: () => ({ writable: true, waiting: 0, lost, bytes: 1, failedCommits: 7 }) });
    await samples(other);
    lost = 5;
    await samples(other);
    const found = await samples(other);
    expect(found.get('holter_store_lost_results_total')).toBe(5);
    expect(found.get('holter_store_failed_commits_total')).toBe(7);
    await other.close();
  });

  test('the prober tells of its own trouble', async () => {
    const found = await samples(metrics);
    expect(found.get('holter_prober_abandoned_attempts_total')).toBe(1);
    expect(found.get('holter_prober_abandoned_lookups_total')).toBe(2);
    expect(found.get('holter_prober_open_lookups')).toBe(3);
    expect(found.get('holter_prober_open_sockets')).toBe(4);
  });

  test('the vantage is up or not as far as anything can tell, and what is missing is counted by what stood in the way', async () => {
    const where = 'vantage="oakland-dc"';
    const blank = await samples(metrics);
    expect(blank.has(`holter_vantage_up{${where}}`)).toBe(false);
    expect(blank.get(`holter_missing_results_total{${where},trouble="descriptors"}`)).toBe(0);
    const targets = [
      { target: 'gateway', ok: false },
      { target: 'resolver', ok: true },
    ];
    const well = open(base, { vantage: () => ({ ok: true, targets, checkSeconds: 0.25, waiting: 3, missing: new Map([['network', 7]]) }) });
    const found = await samples(well);
    expect(found.get(`holter_vantage_up{${where}}`)).toBe(1);
    expect(found.get(`holter_self_check_success{${where},target="gateway"}`)).toBe(0);
    expect(found.get(`holter_self_check_success{${where},target="resolver"}`)).toBe(1);
    expect(found.get(`holter_self_check_duration_seconds{${where}}`)).toBe(0.25);
    expect(found.get(`holter_self_check_waiting_results{${where}}`)).toBe(3);
    expect(found.get(`holter_missing_results_total{${where},trouble="network"}`)).toBe(7);
    await well.close();
    const ill = open(base, { vantage: () => ({ ok: false, targets: [], checkSeconds: undefined, waiting: 0, missing: new Map() }) });
    expect((await samples(ill)).get(`holter_vantage_up{${where}}`)).toBe(0);
    await ill.close();
  });

  test('a store that cannot be read is shown as not writable and costs no scrape', async () => {
    const other = open(base, { store: diskFull, queues: diskFull });
    const found = await samples(other);
    expect(found.get('holter_store_writable')).toBe(0);
    expect(found.get(`holter_endpoint_state{${labels()},state="unknown"}`)).toBe(1);
    await other.close();
  });
});

describe('a new plan', () => {
  test('keeps the counters of what stays, starts new ones at 0 and drops what left', async () => {
    metrics.accept(resultEvent(okResult(ehr)));
    metrics.accept(resultEvent(okResult('ehr/fhir/socal')));
    metrics.replan(
      planOf(
        [
          { service: 'ehr', name: 'fhir', region: 'norcal' },
          { service: 'pharmacy', name: 'terminals', region: 'norcal' },
        ],
        { receivers: [{ name: 'night', kind: 'log', options: {} }] },
      ),
    );
    const found = await samples();
    expect(found.get(`holter_probe_results_total{${labels()},outcome="ok",reason=""}`)).toBe(1);
    expect(found.get(`probe_success{${labels()}}`)).toBe(1);
    expect(found.get('holter_probe_latency_seconds_count{service="ehr",region="norcal",kind="http"}')).toBe(1);
    const terminals = 'service="pharmacy",region="norcal",endpoint="terminals",vantage="oakland-dc"';
    expect(found.get(`holter_probe_results_total{${terminals},outcome="ok",reason=""}`)).toBe(0);
    expect([...found.keys()].filter((key) => /socal|names|everyone|probe_dns_serial/.test(key))).toEqual([]);
    expect(found.get('holter_alert_queue_length{receiver="night"}')).toBe(0);
  });

  test('an endpoint that is probed differently keeps its counters and forgets its gauges', async () => {
    metrics.accept(resultEvent(okResult(ehr)));
    metrics.replan(planOf([{ service: 'ehr', name: 'fhir', region: 'norcal', fingerprint: 'b' }]));
    const found = await samples();
    expect(found.get(`holter_probe_results_total{${labels()},outcome="ok",reason=""}`)).toBe(1);
    expect(found.has(`probe_success{${labels()}}`)).toBe(false);
  });
});

describe('a scrape', () => {
  test('names every family once, its samples together, in both formats', async () => {
    metrics.accept(resultEvent(okResult(ehr)));
    for (const accept of ['text/plain', 'application/openmetrics-text;version=1.0.0']) {
      const lines = (await scrape(metrics, accept)).trimEnd().split('\n');
      const names = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' ')[2] ?? '');
      expect(new Set(names).size).toBe(names.length);
      let family = '';
      for (const line of lines) {
        if (line.startsWith('# TYPE ')) family = line.split(' ')[2] ?? '';
        else if (!line.startsWith('#')) expect(line.startsWith(family), `${line} stands under ${family}`).toBe(true);
      }
    }
  });

  test('ends with # EOF in OpenMetrics, where counters keep their names in later text', async () => {
    const openmetrics = await scrape(metrics, 'application/openmetrics-text;version=1.0.0');
    expect(openmetrics.endsWith('\n# EOF\n')).toBe(true);
    expect(openmetrics).toContain('# TYPE holter_schedule_skipped counter\nholter_schedule_skipped_total 0\n');
    expect(await scrape()).toContain('# TYPE holter_schedule_skipped_total counter\nholter_schedule_skipped_total 0\n');
  });

  test('within a second of another gets the same bytes, later ones fresh ones', async () => {
    const first = await metrics.expose(undefined);
    metrics.accept(resultEvent(okResult(ehr)));
    now += 999;
    expect((await metrics.expose(undefined)).body).toBe(first.body);
    now += 1;
    expect((await metrics.expose(undefined)).body).not.toBe(first.body);
  });

  test('two at once share one rendering', async () => {
    const [one, two] = await Promise.all([metrics.expose(undefined), metrics.expose(undefined)]);
    expect(one.body).toBe(two.body);
  });

  test('of many endpoints lets other work run in between', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({ service: 'ehr', name: `endpoint-${index}`, region: 'norcal' }));
    const large = open(planOf(many));
    let turns = 0;
    let running = true;
    const turn = () => {
      turns += 1;
      if (running) setImmediate(turn);
    };
    setImmediate(turn);
    await large.expose(undefined);
    running = false;
    expect(turns).toBeGreaterThan(2);
    await large.close();
  });

  test('is whole when the plan changes while it is written', async () => {
    const many = Array.from({ length: 3000 }, (_, index) => ({ service: 'ehr', name: `endpoint-${index}`, region: 'norcal' }));
    const large = open(planOf(many));
    const writing = large.expose(undefined);
    await new Promise((resolve) => setImmediate(resolve));
    large.replan(base);
    const lines = Buffer.concat((await writing).body)
      .toString('utf8')
      .split('\n');
    expect(lines.filter((line) => line.includes('state="unknown"} 1') && line.startsWith('holter_endpoint_state'))).toHaveLength(3000);
    expect((await scrape(large)).includes('endpoint-2999')).toBe(false);
    await large.close();
  });
});
