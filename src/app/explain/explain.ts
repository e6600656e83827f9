// Why an incident was paged, and what ends it: facts of the record, and the record once more through the very tests.
import { slowShare } from '#core/detect/slow.ts';
import { spacingOf, thresholdOf } from '#core/explain/look.ts';
import type { Incident } from '#model/incident.ts';
import { dayMs, type EpochMs, hourMs, secondMs } from '#model/time.ts';
import type { ExplainSource, Explanation, FailureView, NotFound, ReplayView } from './contract.ts';
import { type Review, reviewEndpoint } from './endpoint.ts';
import { findIncident } from './find.ts';
import { reviewGroup } from './group.ts';
import { Breather } from './rest.ts';
import type { Spell } from './spells.ts';
import { incidentView, iso, pointViews, subjectOf } from './views.ts';

/** Failures that are told one by one: the first, the last, and the strongest between. */
const mostFailures = 12;
/** Incidents at the same time that are named, and looked through. */
const mostIncidents = 20;
const mostLookedAt = 2000;
/** Less history than this before the onset may change what was learned. */
const enoughHistory = 2 * dayMs;

/** Explains the incident that is asked for, or says which could be meant. Works in short stretches; bounded by the limits of the reviews. */
export async function explainIncident(source: ExplainSource, asked: string): Promise<Explanation | NotFound> {
  const found = await findIncident(source, asked);
  if ('error' in found) return found;
  const { incident } = found;
  const review = await reviewOf(source, incident);
  return {
    system: source.engine.plan.system,
    at: iso(source.now()),
    incident: { ...incidentView(incident), ...(review !== undefined && countsOf(incident, review)) },
    subject: subjectOf(incident),
    members: incident.members ?? [],
    course: source.course(incident.id).map(({ at, kind }) => ({ at: iso(at), event: kind })),
    told: toldAt(source, incident),
    ...allowanceOf(source, incident),
    ...reviewed(incident, review),
    incidents_then: await incidentsThen(source, incident),
  };
}

/** What the record holds is more than was told last of an open incident, and than is kept of one that is over. */
function countsOf(
  { since, verdict, resolvedAt = Number.POSITIVE_INFINITY }: Incident,
  { spells: { points }, reasons }: Review,
): Partial<Explanation['incident']> {
  let attempts = 0;
  let failures = 0;
  for (const point of points) {
    if (point.at < since || point.at > resolvedAt || point.outcome === 'missing' || point.outcome === 'maintenance') continue;
    attempts += point.probes;
    failures += point.failures;
  }
  return attempts > verdict.attempts ? { attempts, failures, reasons } : {};
}

function toldAt(source: ExplainSource, incident: Incident): Explanation['told'] {
  const { evidenceRatio, healthyRate, slowness } = (source.course(incident.id)[0]?.incident ?? incident).verdict;
  return { evidence: evidenceRatio, healthy_ratio: incident.trouble === 'slow' ? (slowness?.usualShare ?? 0) : healthyRate };
}

/** Undefined where there is nothing to be judged once more. */
async function reviewOf(source: ExplainSource, incident: Incident): Promise<Review | undefined> {
  if (incident.scope.level === 'endpoint') return reviewEndpoint(source, incident);
  // What Holter did not see, and slowness that members share, have no test of their own.
  return incident.trouble === 'failing' ? reviewGroup(source, incident) : undefined;
}

function allowanceOf(
  { engine }: ExplainSource,
  { endpoint, trouble }: Incident,
): Pick<Explanation, 'false_pages_per_year' | 'threshold' | 'interval_seconds'> {
  const group = engine.groups.find((one) => `*${one.group.id}` === endpoint.id);
  const watch = engine.watches.get(endpoint.id);
  if (trouble === 'slow' && watch !== undefined) {
    return {
      false_pages_per_year: slowShare * watch.plan.falsePagesPerYear,
      threshold: watch.slow.threshold,
      interval_seconds: watch.plan.timing.interval / secondMs,
    };
  }
  const falsePages = group?.group.falsePagesPerYear ?? watch?.plan.falsePagesPerYear ?? 0;
  const part = group === undefined ? engine : { ...engine, groups: [group] };
  const known = group !== undefined || watch !== undefined;
  return {
    false_pages_per_year: falsePages,
    threshold: known && trouble === 'failing' ? thresholdOf(part, endpoint.id) : 0,
    interval_seconds: known ? spacingOf(part, endpoint.id) / secondMs : 0,
  };
}

type Reviewed = Pick<
  Explanation,
  'replay' | 'failures' | 'failures_left_out' | 'alternatives' | 'closing' | 'others' | 'others_looked_at' | 'points'
>;

function reviewed(incident: Incident, review: Review | undefined): Reviewed {
  if (review === undefined) {
    return {
      replay: { ...noReplay, notes: unreviewed(incident) },
      failures: [],
      failures_left_out: 0,
      alternatives: { at_page: [], at_end: [] },
      closing: { successes: null, seconds: null, longest_run: 0, present_run: 0, recovery: null },
      others: [],
      others_looked_at: 0,
      points: [],
    };
  }
  const { spell, spells } = review;
  const until = spell === undefined ? incident.openedAt : Math.max(spell.openedAt, incident.since);
  const led = spells.failures.filter(({ time }) => time >= incident.since - review.interval && time <= until);
  const failures = strongest(led.map(({ failure }) => failure));
  return {
    replay: replayView(incident, review),
    failures,
    failures_left_out: led.length - failures.length,
    alternatives: { at_page: spell?.atPage ?? [], at_end: spell?.atEnd ?? [] },
    closing: review.closing,
    others: review.others,
    others_looked_at: review.lookedAt,
    points: pointViews(spells.points),
  };
}

function unreviewed({ trouble, scope }: Incident): readonly string[] {
  if (trouble === 'blind') return [];
  if (trouble === 'slow' && scope.level !== 'endpoint') {
    return [
      'Slowness that a group shares is found by the tests of its members, and told as one: what each of them showed is not judged once more here.',
    ];
  }
  return ['The configuration does not have it any more, so that its results cannot be judged again.'];
}

const noReplay: ReplayView = {
  from: null,
  until: null,
  probes: 0,
  paged_at: null,
  rule: null,
  evidence: null,
  healthy_ratio: null,
  closed_at: null,
  agrees: false,
  notes: [],
};

/** In the order of time. */
function strongest(failures: readonly FailureView[]): readonly FailureView[] {
  if (failures.length <= mostFailures) return failures;
  const kept = new Set([failures[0], failures.at(-1), ...failures.toSorted((a, b) => gainOf(b) - gainOf(a))].slice(0, mostFailures));
  return failures.filter((failure) => kept.has(failure));
}

function gainOf({ evidence_before: before, evidence_after: after }: FailureView): number {
  return ((after ?? 1) + 1e-12) / (before + 1e-12);
}

function replayView(incident: Incident, review: Review): ReplayView {
  const { spells, spell, notes } = review;
  const { first, last, count } = spells;
  if (first === null || last === null) {
    return { ...noReplay, notes: ['The store has no results of that time any more: they are kept for as long as "retention" says.'] };
  }
  const found = agreement(incident, review);
  const agrees = incident.trouble !== 'credentials' && found.isPaged && found.isClosed;
  return {
    from: iso(first),
    until: iso(last),
    probes: count,
    ...(spell === undefined ? { paged_at: null, rule: null, evidence: null, healthy_ratio: null, closed_at: null } : spellView(spell)),
    agrees,
    notes: [...notes, ...(agrees ? [] : doubts(incident, first, found))],
  };
}

function spellView({ openedAt, rule, evidence, healthyRate, closedAt }: Spell) {
  return { paged_at: iso(openedAt), rule, evidence, healthy_ratio: healthyRate, closed_at: closedAt === null ? null : iso(closedAt) };
}

interface Agreement {
  readonly isPaged: boolean;
  readonly isClosed: boolean;
}

/** At the same probe, or round. */
function agreement({ resolvedAt }: Incident, { spell, slack, pagedAt }: Review): Agreement {
  if (spell === undefined) return { isPaged: false, isClosed: false };
  const isPaged = Math.abs(pagedAt - spell.openedAt) <= slack;
  if (resolvedAt === undefined) return { isPaged, isClosed: spell.closedAt === null };
  return { isPaged, isClosed: spell.closedAt !== null && Math.abs(resolvedAt - spell.closedAt) <= slack };
}

/** Why the replay may have decided otherwise than the daemon. */
function doubts(incident: Incident, first: EpochMs, { isPaged, isClosed }: Agreement): readonly string[] {
  if (incident.trouble === 'credentials') return [];
  const reasons: string[] = [];
  const past = incident.since - first;
  if (past < enoughHistory) {
    const hours = past / hourMs;
    const length = hours < 2 ? `${Math.max(0, Math.round(hours * 60))} min` : `${Math.round(hours)} h`;
    reasons.push(`The record goes back only ${length} before the onset: the daemon may have learned from more.`);
  }
  reasons.push('Interval, grace or the dial may have been others then: the replay works with the present configuration.');
  if (incident.scope.level === 'endpoint')
    reasons.push('The incident of a group may have been open: the daemon learns nothing then, and a page waits for its groups.');
  else reasons.push('The daemon judges all groups together, and may have taken over a narrower incident; the replay has this group alone.');
  if (isPaged && !isClosed)
    reasons.push('It may have ended by another cause: joined to a wider incident, or changed in the configuration.');
  return reasons;
}

async function incidentsThen(source: ExplainSource, incident: Incident): Promise<Explanation['incidents_then']> {
  const breather = new Breather();
  const until = incident.resolvedAt ?? source.now();
  const then = new Map<string, Incident>();
  const keep = (one: Incident): void => {
    if (one.id !== incident.id && one.since <= until && (one.resolvedAt ?? until) >= incident.since) then.set(one.id, one);
  };
  for (const one of source.incidents({ state: 'open', limit: 1000 }).incidents) keep(one);
  let cursor: string | undefined;
  let oldest = Number.POSITIVE_INFINITY;
  let lookedAt = 0;
  do {
    const page = source.incidents({ limit: 200, ...(cursor !== undefined && { cursor }) });
    for (const one of page.incidents) keep(one);
    lookedAt += page.incidents.length;
    oldest = page.incidents.at(-1)?.openedAt ?? Number.NEGATIVE_INFINITY;
    cursor = page.next;
    await breather.rest();
  } while (cursor !== undefined && oldest > incident.since - dayMs && lookedAt < mostLookedAt);
  return [...then.values()]
    .toSorted((a, b) => a.since - b.since)
    .slice(0, mostIncidents)
    .map((one) => ({ id: one.id, subject: subjectOf(one), since: iso(one.since) }));
}
