// Recorded outcomes as an installation that the engine can judge: one endpoint each, and nobody to tell.
import { endpointId } from '#model/endpoint.ts';
import type { EndpointPlan, Plan } from '#model/plan.ts';
import type { ProbeResult } from '#model/result.ts';
import type { DurationMs, EpochMs } from '#model/time.ts';

/** Names must be as those of a configuration are. An endpoint without a service is one of its own. */
export interface RecordedEndpoint {
  readonly name: string;
  readonly service: string;
  readonly region: string;
  readonly host: string;
  readonly interval: DurationMs;
}

export interface RecordedPaging {
  /** Allowed for each endpoint; groups together may cost as much again as all of them. */
  readonly falsePagesPerYear: number;
  readonly grace: DurationMs;
}

export function recordedPlan(recorded: readonly RecordedEndpoint[], { falsePagesPerYear, grace }: RecordedPaging): Plan {
  const endpoints = recorded.map((one): EndpointPlan => {
    const { name, region, host, interval } = one;
    const service = one.service === '' ? name : one.service;
    return {
      id: endpointId(service, name, region),
      service,
      name,
      region,
      kind: 'trace',
      timing: { kind: 'every', interval },
      timeout: 0,
      options: {},
      pausesAfterAuth: false,
      host,
      falsePagesPerYear,
      facts: [],
      fingerprint: '',
    };
  });
  return {
    system: 'traces',
    vantage: '',
    paging: { falsePagesPerYear: 2 * falsePagesPerYear * Math.max(1, recorded.length), grace, remind: 0 },
    listen: { host: '', port: 0 },
    publicUrl: '',
    data: '',
    retention: { results: 0, hourly: 0 },
    limits: { concurrency: 0, hostConcurrency: 0, hostRate: 0 },
    selfCheck: { timeout: 0, targets: [] },
    regions: [...new Set(endpoints.map(({ region }) => region))].map((id) => ({ id, name: id })),
    services: [...new Set(endpoints.map(({ service }) => service))].map((id) => ({
      id,
      name: id,
      features: [],
      dependsOn: [],
      owner: '',
      runbook: '',
      downtime: '',
      criticality: 'normal',
    })),
    endpoints,
    receivers: [],
    routes: [],
    maintenance: [],
    tokens: [],
  };
}

/** A recorded outcome as the prober would have told it. Where it is not known what an answer took, it says nothing of slowness. */
export function recordedResult(
  endpoint: string,
  at: EpochMs,
  outcome: 'ok' | 'failed' | 'missing',
  duration: DurationMs = Number.NaN,
): ProbeResult {
  const attempt = { endpoint, vantage: '', scheduledAt: at, startedAt: at, duration, phases: {}, facts: {}, notes: {} };
  if (outcome === 'ok') return { ...attempt, outcome: 'ok' };
  return { ...attempt, outcome: 'fail', reason: outcome === 'failed' ? 'rejected' : 'internal', message: '' };
}
