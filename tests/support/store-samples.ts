// Results, incidents and alerts to put into a store.
import type { Alert } from '#model/alert.ts';
import type { IncidentEvent } from '#model/event.ts';
import type { Incident, IncidentEventKind } from '#model/incident.ts';
import type { Log } from '#model/log.ts';
import type { Reason } from '#model/reason.ts';
import type { ResultRecord, StoreOptions } from '#sinks/store/contract.ts';

export const noon = Date.UTC(2026, 5, 1, 12);
export const endpoint = 'ehr/fhir/norcal';

const rate = { mean: 0.28, low: 0.19, high: 0.39 };

/** A clock that stands until moved, a log that remembers. */
export function storeOptions(now = noon) {
  const clock = { now, monotonic: () => clock.now, wall: () => clock.now };
  const lines: string[] = [];
  const note = (_fields: object, message: string) => void lines.push(message);
  const log: Log = { debug: () => undefined, info: note, warn: note, error: note, isDebug: () => false };
  const options: StoreOptions = { clock, log, vantage: 'oakland', retention: { results: 30 * 86_400_000, hourly: 730 * 86_400_000 } };
  return { clock, lines, options };
}

export function ok(at: number, id = endpoint): ResultRecord {
  return { result: { ...attempt(at, id), outcome: 'ok' }, counted: true, maintenance: false };
}

export function failed(at: number, reason: Reason = 'reset', id = endpoint): ResultRecord {
  const facts = { status_code: 502 };
  return {
    result: {
      ...attempt(at, id),
      facts,
      notes: { remote: '127.0.0.1' },
      phases: { connect: 1.5 },
      outcome: 'fail',
      reason,
      message: 'closed',
    },
    counted: true,
    maintenance: false,
  };
}

function attempt(scheduledAt: number, id: string) {
  return { endpoint: id, vantage: 'oakland', scheduledAt, startedAt: scheduledAt + 3, duration: 12.345, phases: {}, facts: {}, notes: {} };
}

/** `name` is the incident's key and id; `sequence` 1 opens it. */
export function incidentEvent(name: string, sequence: number, kind: IncidentEventKind = 'opened', openedAt = noon): IncidentEvent {
  const state = kind === 'resolved' ? 'resolved' : 'open';
  const incident: Incident = {
    id: `${name}@1`,
    key: name,
    state,
    scope: { level: 'endpoint', name: endpoint },
    trouble: 'failing',
    endpoint: { id: endpoint, service: 'ehr', name: 'fhir', region: 'norcal', kind: 'fhir' },
    verdict: {
      endpoint,
      state: 'intermittent',
      slow: false,
      since: openedAt,
      evidenceRatio: 1.2,
      attempts: 60,
      failures: 17,
      failureRate: rate,
      healthyRate: 0.001,
    },
    since: openedAt,
    openedAt,
    ...(state === 'resolved' ? { resolvedAt: openedAt + 60_000 } : {}),
    worst: 'intermittent',
    reasons: { reset: 17 },
    samples: [],
    strip: '0010',
    sequence,
  };
  return { type: 'incident', id: `${incident.id}#${sequence}`, at: openedAt + sequence, kind, incident };
}

export function owedAlert(name: string, sequence: number, receivers: readonly string[] = ['hook']): Alert {
  const page = {
    title: 'EHR intermittent',
    lines: [],
    service: 'ehr',
    serviceName: 'EHR',
    region: 'norcal',
    regionName: 'Northern California',
    state: 'intermittent',
    severity: 'error',
    since: noon,
    rate: '',
    reasons: '',
    pattern: '',
    features: [],
    downtime: '',
    runbook: '',
    links: [],
    strip: '',
  } as const;
  return {
    id: `${name}@1#${sequence}`,
    key: name,
    incident: `${name}@1`,
    event: 'opened',
    at: noon,
    receivers,
    page,
    labels: { n: String(sequence) },
  };
}
