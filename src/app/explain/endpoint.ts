// The incident of one endpoint: its recorded results once more through its detector, from as far back as there are.

import { freshState } from '#core/engine.ts';
import { putBack, successesToClose, usualAnswersToClose } from '#core/explain/ahead.ts';
import { alternativesOf, lookAt, lookAtSlow, pageRatioOf } from '#core/explain/look.ts';
import { endpointAlone } from '#core/explain/part.ts';
import { type Point, type Replay, replayEndpoint, replaySlow } from '#core/explain/replay.ts';
import type { EndpointId } from '#model/endpoint.ts';
import type { Incident } from '#model/incident.ts';
import type { Reason } from '#model/reason.ts';
import { type DurationMs, dayMs, type EpochMs, minuteMs, secondMs } from '#model/time.ts';
import type { ClosingView, ExplainSource, OtherView } from './contract.ts';
import { portionsOf } from './history.ts';
import { Breather } from './rest.ts';
import { type Inside, type Spell, Spells } from './spells.ts';

/** How far back learning is replayed. */
const longestPast: DurationMs = 14 * dayMs;
/** Probes before the onset that are replayed at most, and in all. */
const mostPast = 80_000;
const mostProbes = 150_000;
/** Probes before the onset, and after the end, that are shown. */
const shownBefore = 60;
const shownAfter = 20;
/** An endpoint's first page waits for its groups at most so long (and at most one interval), and a second for the clock to tell. */
const longestHold: DurationMs = 30 * secondMs;
/** Others of its groups that are looked at. */
const mostOthers = 300;

/** What a review of the record found, of an endpoint or of a group. */
export interface Review {
  readonly spells: Spells;
  readonly spell: Spell | undefined;
  /** When the daemon found what it is about. */
  readonly pagedAt: EpochMs;
  readonly interval: DurationMs;
  /** The replay may page so long before the daemon's page and still be at the same probe. */
  readonly slack: DurationMs;
  readonly closing: ClosingView;
  /** Failures from the onset to the end, by reason. */
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
  readonly others: readonly OtherView[];
  readonly lookedAt: number;
  /** Limits that were met. */
  readonly notes: readonly string[];
}

/** Undefined when the plan does not have the endpoint. */
export async function reviewEndpoint(source: ExplainSource, incident: Incident): Promise<Review | undefined> {
  const { id } = incident.endpoint;
  const watch = source.engine.watches.get(id);
  const engine = endpointAlone(source.engine, id);
  if (watch === undefined || engine === undefined) return undefined;
  const { interval } = watch.plan.timing;
  const replay: Replay = { engine, state: freshState(engine) };
  const spells = new Spells(incident.since - shownBefore * interval);
  const isSlow = incident.trouble === 'slow';
  const inside = insideOf(replay, id, isSlow);
  const since = incident.since - Math.min(longestPast, mostPast * interval);
  const until = incident.resolvedAt === undefined ? source.now() : incident.resolvedAt + shownAfter * interval;
  for await (const records of portionsOf(source, { endpoints: [id], since, until, most: mostProbes })) {
    for (const point of isSlow ? replaySlow(replay, id, records) : replayEndpoint(replay, id, records)) spells.add(point, inside);
  }
  const slack = Math.min(longestHold, interval) + secondMs;
  const spell = spells.around(incident.openedAt, slack);
  const peers = peersOf(source, id);
  return {
    spells,
    spell,
    pagedAt: incident.openedAt,
    interval,
    slack,
    closing: closingOf(source, incident, { replay, spells, interval }),
    reasons: reasonsOf(spells.points, incident),
    others: await othersOf(source, peers, [incident.since - minuteMs, incident.openedAt]),
    lookedAt: peers.length,
    notes: spells.count >= mostProbes ? [`Only the first ${mostProbes.toLocaleString('en')} probes are replayed.`] : [],
  };
}

function reasonsOf(points: readonly Point[], { since, resolvedAt = Number.POSITIVE_INFINITY }: Incident): Review['reasons'] {
  const reasons: Partial<Record<Reason, number>> = {};
  for (const { at, reason } of points)
    if (reason !== undefined && at >= since && at <= resolvedAt) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return reasons;
}

function insideOf({ state }: Replay, id: EndpointId, isSlow: boolean): Inside {
  if (isSlow) return { alternatives: () => [], pageRatio: () => state.endpoints.get(id)?.slow.test.ratio ?? null };
  return { alternatives: () => alternativesOf(state, id), pageRatio: () => pageRatioOf(state, id) };
}

interface Played {
  readonly replay: Replay;
  readonly spells: Spells;
  readonly interval: DurationMs;
}

function closingOf(source: ExplainSource, incident: Incident, { replay, spells, interval }: Played): ClosingView {
  const { id } = incident.endpoint;
  const runs = runsOf(spells.points, incident);
  if (incident.resolvedAt !== undefined) {
    const recovery = spells.around(incident.openedAt, interval)?.recovery ?? null;
    return { successes: runs.present_run, seconds: (runs.present_run * interval) / secondMs, ...runs, recovery };
  }
  const saved = source.saved([id]);
  // What the daemon has is better than what the replay came to.
  const present = saved.length > 0 ? { engine: replay.engine, state: freshState(replay.engine) } : replay;
  putBack(present, saved);
  const isSlow = incident.trouble === 'slow';
  const recovery = (isSlow ? lookAtSlow : lookAt)(present.engine, present.state, id)?.recovery ?? null;
  const successes = recovery === null ? null : ((isSlow ? usualAnswersToClose : successesToClose)(present, id) ?? null);
  return { successes, seconds: successes === null ? null : (successes * interval) / secondMs, ...runs, recovery };
}

/** Runs of points without a failure, from the page to the end or so far. */
export function runsOf(points: readonly Point[], { openedAt, resolvedAt }: Incident): Pick<ClosingView, 'longest_run' | 'present_run'> {
  return { longest_run: longestRun(points, openedAt, resolvedAt), present_run: lastRun(points, resolvedAt) };
}

/** The longest run of points without a failure from the page on, without the one that the incident ended with. */
function longestRun(points: readonly Point[], from: EpochMs, until = Number.POSITIVE_INFINITY): number {
  let longest = 0;
  let run = 0;
  for (const { at, outcome, failures } of points) {
    if (at < from || at > until) continue;
    if (outcome === 'ok') run += 1;
    if (failures === 0) continue;
    longest = Math.max(longest, run);
    run = 0;
  }
  return Number.isFinite(until) ? longest : Math.max(longest, run);
}

/** Successes since the last failure before `until`. */
function lastRun(points: readonly Point[], until = Number.POSITIVE_INFINITY): number {
  let run = 0;
  for (const { at, outcome, failures } of points) {
    if (at > until) break;
    if (outcome === 'ok') run += 1;
    else if (failures > 0) run = 0;
  }
  return run;
}

/** Endpoints that share a group with it, those of the smallest group first. */
function peersOf({ engine }: ExplainSource, id: EndpointId): readonly EndpointId[] {
  const places = engine.watches.get(id)?.groups ?? [];
  const peers = new Set<EndpointId>();
  for (const place of places) {
    for (const { plan } of engine.groups[place]?.members ?? []) if (plan.id !== id && peers.size < mostOthers) peers.add(plan.id);
  }
  return [...peers];
}

/** Those that failed in this time. */
async function othersOf(
  source: ExplainSource,
  ids: readonly EndpointId[],
  [since, until]: readonly [EpochMs, EpochMs],
): Promise<readonly OtherView[]> {
  const breather = new Breather();
  const others: OtherView[] = [];
  for (const endpoint of ids) {
    const counted = source.results({ endpoint, since, until, limit: 1000 }).filter((record) => record.counted);
    const failures = counted.filter(({ result }) => result.outcome === 'fail').length;
    if (failures > 0) others.push({ endpoint, probes: counted.length, failures });
    await breather.rest();
  }
  return others.toSorted((a, b) => b.failures / b.probes - a.failures / a.probes);
}
