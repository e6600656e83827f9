// A plan for tests: a few words in, everything else as the configuration would fill it in.
import { endpointId } from '#model/endpoint.ts';
import type { EndpointPlan, Plan } from '#model/plan.ts';
import { reasons } from '#model/reason.ts';

export interface PlannedEndpoint {
  readonly service: string;
  readonly name: string;
  readonly region?: string;
  readonly kind?: string;
  readonly fingerprint?: string;
  readonly pausesAfterAuth?: boolean;
}

/** A plan with these endpoints; services and regions are those that they name. */
export function planOf(endpoints: readonly PlannedEndpoint[], more: Partial<Plan> = {}): Plan {
  return {
    system: 'Example Health',
    vantage: 'oakland-dc',
    paging: { falsePagesPerYear: 12, grace: 60_000, remind: 3_600_000 },
    listen: { host: '127.0.0.1', port: 0 },
    publicUrl: 'http://127.0.0.1:9715',
    data: 'data',
    retention: { results: 1, hourly: 1 },
    limits: { concurrency: 100, hostConcurrency: 10, hostRate: 10 },
    selfCheck: { timeout: 0, targets: [] },
    regions: unique(endpoints.map((endpoint) => endpoint.region ?? ''))
      .filter((region) => region !== '')
      .map((id) => ({ id, name: id })),
    services: unique(endpoints.map((endpoint) => endpoint.service)).map((id) => ({
      id,
      name: id,
      features: [],
      dependsOn: [],
      owner: '',
      runbook: '',
      downtime: '',
      criticality: 'normal',
    })),
    endpoints: endpoints.map(endpointOf),
    receivers: [],
    routes: [],
    maintenance: [],
    tokens: [],
    ...more,
  };
}

function endpointOf({
  service,
  name,
  region = '',
  kind = 'http',
  fingerprint = 'a',
  pausesAfterAuth = false,
}: PlannedEndpoint): EndpointPlan {
  return {
    id: endpointId(service, name, region),
    service,
    name,
    region,
    kind,
    timing: { kind: 'every', interval: 30_000 },
    timeout: 10_000,
    options: {},
    pausesAfterAuth,
    host: 'gateway.example.org:443',
    falsePagesPerYear: 1,
    facts: [],
    fingerprint,
  };
}

/** The metrics side of a kind that speaks HTTP over TLS, as wide as they come. */
export const httpKind = {
  kind: 'http',
  reasons: reasons.filter((reason) => reason !== 'internal'),
  facts: [
    { name: 'status_code', help: 'HTTP status of the last answer.', metric: 'probe_http_status_code' },
    { name: 'redirects', help: 'Redirects followed.', metric: 'probe_http_redirects' },
    { name: 'ssl', help: 'Whether TLS was used.', metric: 'probe_http_ssl' },
    { name: 'version', help: 'HTTP version of the answer.', metric: 'probe_http_version' },
    { name: 'content_length', help: 'Content-Length; -1 unknown.', metric: 'probe_http_content_length' },
    { name: 'ip_protocol', help: '4 or 6.', metric: 'probe_ip_protocol' },
    { name: 'certificate_expiry', help: 'Earliest expiry.', metric: 'probe_ssl_earliest_cert_expiry', warn: 1_209_600 },
    { name: 'body_bytes', help: 'Bytes of the body.' },
  ],
} as const;

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
