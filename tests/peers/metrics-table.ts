// What a query for each metric of Holter must find in the world of prometheus.test.ts: which series, and what they say.

import { version } from '#app/version.ts';
import { ownTroubles } from '#model/reason.ts';

type Labels = Readonly<Record<string, string>>;

/** The series that a query finds, no more and no fewer: labels, then the value, or the least and the largest. */
export interface Row {
  readonly name: string;
  /** What follows the name in the query. */
  readonly select?: string;
  readonly series: readonly (readonly [Labels, number, number?])[];
}

const vantage = 'bench';
const portal = { service: 'ehr', region: 'norcal', endpoint: 'portal', vantage };
const records = { service: 'ehr', region: 'socal', endpoint: 'records', vantage };
const gateway = { service: 'pharmacy', region: 'socal', endpoint: 'gateway', vantage };
const signOn = { service: 'identity', region: 'norcal', endpoint: 'sign-on', vantage };
/** Of no region: Prometheus drops a label that is empty. */
const resolver = { service: 'network', endpoint: 'resolver', vantage };
const all: readonly Labels[] = [portal, records, gateway, signOn, resolver];
const web: readonly Labels[] = [portal, records];

const many = Number.MAX_SAFE_INTEGER;
const daySeconds = 86_400;
const now = Date.now() / 1000;
const longestSeconds = 5;

function each(endpoints: readonly Labels[], least: number, most = least, more: Labels = {}): Row['series'] {
  return endpoints.map((labels) => [{ ...labels, ...more }, least, most] as const);
}

function ofService({ service = '', region = '' }: Labels, more: Labels): Labels {
  return { service, ...(region !== '' && { region }), ...more };
}

function phases(endpoint: Labels, ...names: readonly string[]): Row['series'] {
  return names.map((phase) => [{ ...endpoint, phase }, 0, longestSeconds] as const);
}

function fact(name: string, endpoints: readonly Labels[], least: number, most = least): Row {
  return { name: 'holter_probe_fact', select: `{fact="${name}"}`, series: each(endpoints, least, most, { fact: name }) };
}

/** Of endpoints, while all are well. */
export const well: readonly Row[] = [
  { name: 'probe_success', series: each(all, 1) },
  { name: 'probe_duration_seconds', series: each(all, 0, longestSeconds) },
  { name: 'probe_http_status_code', series: each(web, 200) },
  {
    name: 'probe_http_duration_seconds',
    series: web.flatMap((endpoint) => phases(endpoint, 'connect', 'tls', 'processing', 'transfer')),
  },
  { name: 'probe_http_version', series: each(web, 1.1) },
  { name: 'probe_http_ssl', series: each(web, 1) },
  { name: 'probe_http_redirects', series: each(web, 0) },
  { name: 'probe_http_content_length', series: each(web, 74) },
  { name: 'probe_http_uncompressed_body_length', series: each(web, 74) },
  { name: 'probe_ip_protocol', series: each(web, 4) },
  {
    name: 'probe_ssl_earliest_cert_expiry',
    series: [...each(web, now + 59 * daySeconds, now + 61 * daySeconds), ...each([signOn], now + 299 * daySeconds, now + 301 * daySeconds)],
  },
  { name: 'probe_ssl_last_chain_expiry_timestamp_seconds', series: each([signOn], now + 299 * daySeconds, now + 301 * daySeconds) },
  { name: 'probe_failed_due_to_regex', series: each([...web, gateway], 0) },
  { name: 'probe_dns_duration_seconds', series: phases(resolver, 'request') },
  { name: 'probe_dns_answer_rrs', series: each([resolver], 2) },
  { name: 'probe_dns_authority_rrs', series: each([resolver], 0) },
  { name: 'probe_dns_additional_rrs', series: each([resolver], 0) },
  { name: 'probe_dns_query_succeeded', series: each([resolver], 1) },
  fact('response_bytes', [...web, gateway], 1, 1000),
  fact('tls_version', [signOn], 1.3),
  fact('ttl_seconds', [resolver], 60),
  { name: 'holter_probe_results_total', select: '{outcome="ok"}', series: each(all, 1, many, { outcome: 'ok' }) },
  {
    name: 'holter_probe_results_total',
    select: '{reason="rejected",endpoint="records"}',
    series: each([records], 0, 0, { outcome: 'fail', reason: 'rejected' }),
  },
  { name: 'holter_endpoint_state', select: ' == 1', series: each(all, 1, 1, { state: 'up' }) },
  { name: 'holter_endpoint_state', select: '{state!="up"} != 0', series: [] },
  { name: 'holter_service_state', select: ' == 1', series: all.map((one) => [ofService(one, { vantage, state: 'up' }), 1] as const) },
  { name: 'holter_endpoint_slow', series: each(all, 0) },
  { name: 'holter_service_slow', series: all.map((one) => [ofService(one, { vantage }), 0] as const) },
  { name: 'holter_failure_ratio', series: each(all, 0.0001, 0.02) },
  { name: 'holter_evidence_ratio', series: each(all, 0, 0.99) },
  {
    name: 'holter_probe_latency_seconds_count',
    series: [
      [ofService(portal, { kind: 'http' }), 1, many],
      [ofService(records, { kind: 'http' }), 1, many],
      [ofService(gateway, { kind: 'tcp' }), 1, many],
      [ofService(signOn, { kind: 'tls' }), 1, many],
      [ofService(resolver, { kind: 'dns' }), 1, many],
    ],
  },
];

/** On a busy machine the process may stand still. */
const missing = ownTroubles.filter((trouble) => trouble !== 'standstill');

/** Of Holter itself. */
export const house: readonly Row[] = [
  {
    name: 'holter_incidents',
    series: ['up', 'slow', 'intermittent', 'down', 'recovering', 'unknown', 'maintenance'].map((state) => [{ state }, 0] as const),
  },
  { name: 'holter_incident_start_timestamp_seconds', series: [] },
  {
    name: 'holter_alerts_total',
    select: '{event=~"opened|resolved"}',
    series: ['opened', 'resolved'].flatMap((event) =>
      ['delivered', 'retry', 'refused'].map((outcome) => [{ receiver: 'pager', event, outcome }, 0] as const),
    ),
  },
  { name: 'holter_alert_queue_length', series: [[{ receiver: 'pager' }, 0]] },
  { name: 'holter_alert_oldest_seconds', series: [[{ receiver: 'pager' }, 0]] },
  { name: 'holter_schedule_lag_seconds_count', series: [[{}, 1, many]] },
  { name: 'holter_schedule_lag_seconds_bucket', select: '{le="+Inf"}', series: [[{ le: '+Inf' }, 1, many]] },
  { name: 'holter_schedule_skipped_total', series: [[{}, 0, many]] },
  {
    name: 'holter_reprobes_total',
    series: [
      [{ outcome: 'sent' }, 0, many],
      [{ outcome: 'dropped' }, 0, many],
    ],
  },
  { name: 'holter_config_last_reload_successful', series: [[{}, 1]] },
  { name: 'holter_config_last_reload_success_timestamp_seconds', series: [[{}, now - 1, now + 3600]] },
  { name: 'holter_build_info', series: [[{ version, nodeversion: process.versions.node }, 1]] },
  { name: 'holter_store_writable', series: [[{}, 1]] },
  { name: 'holter_store_pending_results', series: [[{}, 0, many]] },
  { name: 'holter_store_size_bytes', series: [[{}, 1, many]] },
  { name: 'holter_store_lost_results_total', series: [[{}, 0]] },
  { name: 'holter_store_failed_commits_total', series: [[{}, 0]] },
  { name: 'holter_prober_open_sockets', series: [[{}, 0, many]] },
  { name: 'holter_prober_open_lookups', series: [[{}, 0, many]] },
  { name: 'holter_prober_abandoned_attempts_total', series: [[{}, 0, many]] },
  { name: 'holter_prober_abandoned_lookups_total', series: [[{}, 0]] },
  { name: 'holter_self_check_waiting_results', series: [[{ vantage }, 0]] },
  {
    name: 'holter_missing_results_total',
    select: '{trouble!="standstill"}',
    series: missing.map((trouble) => [{ vantage, trouble }, 0] as const),
  },
  { name: 'process_cpu_seconds_total', series: [[{}, 0, many]] },
  { name: 'process_resident_memory_bytes', series: [[{}, 1, many]] },
  { name: 'process_open_fds', series: [[{}, 1, many]] },
  { name: 'nodejs_eventloop_lag_p99_seconds', series: [[{}, 0, many]] },
];

const others = all.filter((endpoint) => endpoint !== records);

/** What changes once `records` answers 503: its own gauges, the page, and nothing of anybody else. */
export const ill: readonly Row[] = [
  { name: 'probe_success', series: [...each(others, 1), ...each([records], 0)] },
  { name: 'probe_http_status_code', series: [...each([portal], 200), ...each([records], 503)] },
  fact('retry_after_seconds', [records], 30),
  {
    name: 'holter_probe_results_total',
    select: '{reason="rejected"} > 0',
    series: each([records], 3, many, { outcome: 'fail', reason: 'rejected' }),
  },
  {
    name: 'holter_endpoint_state',
    select: ' == 1',
    series: [...each(others, 1, 1, { state: 'up' }), ...each([records], 1, 1, { state: 'down' })],
  },
  {
    name: 'holter_service_state',
    select: ' == 1',
    series: all.map((one) => [ofService(one, { vantage, state: one === records ? 'down' : 'up' }), 1] as const),
  },
  { name: 'holter_failure_ratio', series: [...each(others, 0.0001, 0.02), ...each([records], 0.5, 1)] },
  { name: 'holter_evidence_ratio', series: [...each(others, 0, 0.99), ...each([records], 1, many)] },
  { name: 'holter_incidents', select: ' > 0', series: [[{ state: 'down' }, 1]] },
  // The onset, not the time of the page: no later than it, and of this run.
  {
    name: 'holter_incident_start_timestamp_seconds',
    series: each([records], now - 1, now + 3600, { trouble: 'failing', scope: 'endpoint' }),
  },
  {
    name: 'holter_alerts_total',
    select: '{event=~"opened|resolved"} > 0',
    series: [[{ receiver: 'pager', event: 'opened', outcome: 'delivered' }, 1]],
  },
  { name: 'holter_alert_queue_length', series: [[{ receiver: 'pager' }, 0]] },
];

/** Families that stand in the exposition and have no series here, and why. */
export const emptyHere: Readonly<Record<string, string>> = {
  holter_vantage_up: 'there is no self-check',
  holter_self_check_success: 'there is no self-check',
  holter_self_check_duration_seconds: 'there is no self-check',
  probe_dns_lookup_time_seconds: 'the far ends are reached by address',
  probe_dns_serial: 'the name server is asked for an A record, not for the SOA',
  probe_http_last_modified_timestamp_seconds: 'the portal sends no last-modified',
};
