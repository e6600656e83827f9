// How the results of `holter check` are written: for a person, and as JSON.
import { secondMs } from '#model/time.ts';
import { type CheckResult, type CheckState, worstOf } from './check.ts';

const words: Readonly<Record<CheckState, string>> = { up: 'up', warning: 'warning', down: 'DOWN', unknown: 'unknown' };

/** `DOWN     ehr/portal/norcal (http) 12 ms: reset: the connection was closed ...` */
export function prettyLine({ endpoint, state, result, warnings }: CheckResult): string {
  const head = `${words[state].padEnd(8)} ${endpoint.id} (${endpoint.kind}) ${Math.round(result.duration)} ms`;
  if (result.outcome === 'fail') return `${head}: ${result.reason}: ${result.message}`;
  return warnings.length > 0 ? `${head}: ${warnings.join('; ')}` : head;
}

/** `12 endpoints: 11 up, 1 down`. */
export function prettySummary(results: readonly CheckResult[]): string {
  const counts = (['up', 'warning', 'down', 'unknown'] as const)
    .map((state) => ({ state, amount: results.filter((result) => result.state === state).length }))
    .filter(({ amount }) => amount > 0)
    .map(({ state, amount }) => `${amount} ${state}`);
  return `${results.length} ${results.length === 1 ? 'endpoint' : 'endpoints'}: ${counts.join(', ')}`;
}

/** One JSON object: the worst state, and every endpoint's result. Times in seconds. */
export function jsonReport(results: readonly CheckResult[]): string {
  const endpoints = results.map(({ endpoint, state, result, warnings }) => ({
    id: endpoint.id,
    service: endpoint.service,
    endpoint: endpoint.name,
    region: endpoint.region,
    kind: endpoint.kind,
    state,
    reason: result.outcome === 'fail' ? result.reason : '',
    message: result.outcome === 'fail' ? result.message : '',
    warnings,
    started_at: new Date(result.startedAt).toISOString(),
    duration_seconds: result.duration / secondMs,
    phases_seconds: Object.fromEntries(Object.entries(result.phases).map(([phase, duration]) => [phase, duration / secondMs])),
    facts: result.facts,
    notes: result.notes,
  }));
  return JSON.stringify({ state: worstOf(results), endpoints }, null, 2);
}
