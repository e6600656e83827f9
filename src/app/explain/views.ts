// From what the rooms know to what an explanation says: times as text, many points as few.
import { amount } from '#core/alert/words.ts';
import type { Point } from '#core/explain/replay.ts';
import type { Incident } from '#model/incident.ts';
import type { EpochMs } from '#model/time.ts';
import type { Explanation, PointView } from './contract.ts';

/** Points of an explanation; a longer course is told in stretches of several. */
const mostPoints = 2000;
const gravity: readonly Point['outcome'][] = ['ok', 'maintenance', 'missing', 'slow', 'failed'];

/** ISO 8601 in UTC. */
export function iso(at: EpochMs): string {
  return new Date(Math.max(0, Math.min(8.64e15, Number.isNaN(at) ? 0 : at))).toISOString();
}

export function timeOf(text: string): EpochMs {
  return Date.parse(text);
}

export function incidentView(incident: Incident): Explanation['incident'] {
  const { id, key, state, scope, trouble, since, openedAt, resolvedAt, worst, reasons, verdict } = incident;
  return {
    id,
    key,
    state,
    scope,
    trouble,
    since: iso(since),
    opened_at: iso(openedAt),
    resolved_at: resolvedAt === undefined ? null : iso(resolvedAt),
    worst,
    attempts: verdict.attempts,
    failures: verdict.failures,
    reasons,
  };
}

/** "ehr/fhir/norcal", "everything behind network/norcal". */
export function subjectOf({ scope }: Pick<Incident, 'scope'>): string {
  return `${leads[scope.level]}${scope.name}`.trim();
}

const leads: Readonly<Record<Incident['scope']['level'], string>> = {
  endpoint: '',
  dependency: 'everything behind ',
  host: 'everything on ',
  region: 'everything in ',
  vantage: 'everything seen from ',
  system: 'everything',
  service: 'service ',
};

/** At most 2,000; of several that are told as one the worst outcome, the strongest evidence and all counts. */
export function pointViews(points: readonly Point[]): readonly PointView[] {
  const each = Math.max(1, Math.ceil(points.length / mostPoints));
  const views: PointView[] = [];
  for (let i = 0; i < points.length; i += each) views.push(viewOf(points.slice(i, i + each)));
  return views;
}

function viewOf(points: readonly Point[]): PointView {
  const worst = points.reduce((a, b) => (gravity.indexOf(b.outcome) > gravity.indexOf(a.outcome) ? b : a));
  const { reason, message } = worst;
  return {
    at: iso(points[0]?.at ?? worst.at),
    outcome: worst.outcome,
    probes: points.reduce((sum, point) => sum + point.probes, 0),
    failures: points.reduce((sum, point) => sum + point.failures, 0),
    state: worst.state,
    evidence: strongest(points.map((point) => point.evidence)),
    recovery: points.at(-1)?.recovery ?? null,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
  };
}

function strongest(values: readonly (number | null)[]): number | null {
  return values.reduce((most, value) => (value === null ? most : Math.max(most ?? 0, value)), null);
}

/** `0.0004`, `1.3`, `25`, `1,200`, `over 1,000,000`. */
export function figure(value: number): string {
  if (value > 1e6) return 'over 1,000,000';
  if (value >= 9.95) return amount(value);
  if (value >= 0.0001) return String(Number(value.toPrecision(2)));
  return value > 0 ? 'under 0.0001' : '0';
}
