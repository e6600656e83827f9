// Results, verdicts and incidents for tests: what a test does not say is ordinary.
import type { Event } from '#model/event.ts';
import type { Incident } from '#model/incident.ts';
import type { EndpointPlan } from '#model/plan.ts';
import type { Reason } from '#model/reason.ts';
import type { FailResult, OkResult, ProbeResult } from '#model/result.ts';
import type { Verdict } from '#model/verdict.ts';

/** 2027-01-15T08:00:00Z */
export const epoch = 1_800_000_000_000;

export function okResult(endpoint: string, more: Partial<OkResult> = {}): OkResult {
  return { ...attempt(endpoint), outcome: 'ok', ...more };
}

export function failResult(endpoint: string, reason: Reason, more: Partial<FailResult> = {}): FailResult {
  return { ...attempt(endpoint), outcome: 'fail', reason, message: `made to fail: ${reason}`, ...more };
}

/** The engine's event of a result. */
export function resultEvent(result: ProbeResult, more: { readonly counted?: boolean; readonly maintenance?: boolean } = {}): Event {
  return { type: 'result', result, counted: more.counted ?? true, maintenance: more.maintenance ?? false };
}

export function verdictOf(endpoint: string, more: Partial<Verdict> = {}): Verdict {
  return {
    endpoint,
    state: 'up',
    slow: false,
    since: epoch,
    evidenceRatio: 0.25,
    attempts: 60,
    failures: 17,
    failureRate: { mean: 0.28, low: 0.19, high: 0.39 },
    healthyRate: 0.001,
    ...more,
  };
}

export function incidentOf(endpoint: EndpointPlan, more: Partial<Incident> = {}): Incident {
  return {
    id: `Example Health/${endpoint.id}/fault@1800000000`,
    key: `Example Health/${endpoint.id}/fault`,
    state: 'open',
    scope: { level: 'endpoint', name: endpoint.id },
    trouble: 'failing',
    endpoint,
    verdict: verdictOf(endpoint.id, { state: 'intermittent', evidenceRatio: 1.5 }),
    since: epoch,
    openedAt: epoch + 90_000,
    worst: 'intermittent',
    reasons: { reset: 5, connect_timeout: 9 },
    samples: [{ at: epoch + 60_000, reason: 'reset', message: 'the connection was closed' }],
    strip: '0010110',
    sequence: 1,
    ...more,
  };
}

function attempt(endpoint: string) {
  return {
    endpoint,
    vantage: 'oakland-dc',
    scheduledAt: epoch,
    startedAt: epoch + 1,
    duration: 12.5,
    phases: { resolve: 0.5, connect: 2, processing: 10 },
    facts: {},
    notes: {},
  };
}
