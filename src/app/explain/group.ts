// The incident of a group: its members' recorded results once more through its test, from some time before the onset on.

import { freshState } from '#core/engine.ts';
import { putBack, roundsToClose } from '#core/explain/ahead.ts';
import { lookAtGroup } from '#core/explain/look.ts';
import { groupAlone } from '#core/explain/part.ts';
import { endGroup, freshRound, type Replay, replayGroup } from '#core/explain/replay.ts';
import type { Engine } from '#core/watch.ts';
import type { EndpointId } from '#model/endpoint.ts';
import type { Incident } from '#model/incident.ts';
import type { Reason } from '#model/reason.ts';
import { type DurationMs, dayMs, type EpochMs, secondMs } from '#model/time.ts';
import type { CourseEvent, ResultRecord } from '#sinks/store/contract.ts';
import type { ClosingView, ExplainSource, OtherView } from './contract.ts';
import { type Review, runsOf } from './endpoint.ts';
import { portionsOf } from './history.ts';
import { Breather } from './rest.ts';
import { Spells } from './spells.ts';

const mostMembers = 2000;
const longestPast: DurationMs = dayMs;
/** Results before the onset that are replayed at most, and in all. */
const mostPast = 200_000;
const mostResults = 400_000;
/** Rounds before the onset, and after the end, that are shown. */
const shownBefore = 60;
const shownAfter = 20;

/** Undefined when the plan does not have the group. */
export async function reviewGroup(source: ExplainSource, incident: Incident): Promise<Review | undefined> {
  const id = incident.endpoint.id.slice(1);
  const whole = source.engine.groups.find(({ group }) => group.id === id);
  if (whole === undefined) return undefined;
  const named = new Set([...new Set([...(incident.members ?? []), ...whole.group.members])].slice(0, mostMembers));
  const engine = groupAlone(source.engine, id, (member) => named.has(member));
  if (engine === undefined) return undefined;
  const { round } = whole.group;
  const members = [...engine.watches.keys()];
  const replay: Replay = { engine, state: freshState(engine) };
  const spells = new Spells(incident.since - shownBefore * round);
  const tally: Tally = { members: new Map(), reasons: {} };
  const past = Math.min(longestPast, (mostPast / members.length) * round);
  const until = incident.resolvedAt === undefined ? source.now() : incident.resolvedAt + shownAfter * round;
  const breather = new Breather();
  const current = freshRound();
  let results = 0;
  for await (const records of portionsOf(source, { endpoints: members, since: incident.since - past, until, most: mostResults })) {
    results += records.length;
    for (const record of records) count(tally, record, incident);
    for (const point of replayGroup(replay, current, records)) {
      if (point !== undefined) spells.add(point, { alternatives: () => [], pageRatio: () => ratioAtPage(replay) });
      await breather.rest();
    }
  }
  const last = endGroup(replay, current, Math.min(until, source.now()));
  if (last !== undefined) spells.add(last, { alternatives: () => [], pageRatio: () => ratioAtPage(replay) });
  const pagedAt = grownAt(source, incident);
  const notes: string[] = [];
  if (results >= mostResults) notes.push(`Only the first ${mostResults.toLocaleString('en')} results of its members are replayed.`);
  if (named.size < whole.group.members.length)
    notes.push(`Only ${mostMembers.toLocaleString('en')} of its ${whole.group.members.length.toLocaleString('en')} members are replayed.`);
  return {
    spells,
    spell: spells.around(pagedAt, 2 * round),
    pagedAt,
    interval: round,
    slack: 2 * round,
    closing: await closingOf(source, incident, { replay, spells, engine }),
    reasons: tally.reasons,
    others: othersOf(tally),
    lookedAt: members.length,
    notes,
  };
}

/** When it became the group's: what began with one endpoint may have been widened. */
function grownAt(source: ExplainSource, { id, scope, openedAt }: Incident): EpochMs {
  const isOfGroup = ({ incident }: CourseEvent) => incident.scope.level === scope.level && incident.scope.name === scope.name;
  return source.course(id).find(isOfGroup)?.at ?? openedAt;
}

/** Of the last round before the page. */
function ratioAtPage({ engine, state }: Replay): number {
  const [watch] = engine.groups;
  const [record] = state.groups;
  return watch === undefined || record === undefined ? 0 : record.test.sum / watch.test.threshold;
}

/** What the members showed while the incident was open. */
interface Tally {
  readonly members: Map<EndpointId, { probes: number; failures: number }>;
  readonly reasons: Partial<Record<Reason, number>>;
}

function count({ members, reasons }: Tally, { result, counted }: ResultRecord, incident: Incident): void {
  const { endpoint, scheduledAt } = result;
  if (!counted || scheduledAt < incident.since || scheduledAt > (incident.resolvedAt ?? Number.POSITIVE_INFINITY)) return;
  const own = members.get(endpoint) ?? { probes: 0, failures: 0 };
  own.probes += 1;
  members.set(endpoint, own);
  if (result.outcome === 'ok') return;
  own.failures += 1;
  reasons[result.reason] = (reasons[result.reason] ?? 0) + 1;
}

function othersOf({ members }: Tally): readonly OtherView[] {
  return [...members]
    .filter(([, { failures }]) => failures > 0)
    .map(([endpoint, counts]) => ({ endpoint, ...counts }))
    .toSorted((a, b) => b.failures / b.probes - a.failures / a.probes);
}

interface Played {
  readonly replay: Replay;
  readonly spells: Spells;
  readonly engine: Engine;
}

async function closingOf(source: ExplainSource, incident: Incident, { replay, spells, engine }: Played): Promise<ClosingView> {
  const seconds = (engine.groups[0]?.group.round ?? 0) / secondMs;
  const runs = runsOf(spells.points, incident);
  if (incident.resolvedAt !== undefined) {
    const recovery = spells.around(incident.openedAt, 0)?.recovery ?? null;
    return { successes: runs.present_run, seconds: runs.present_run * seconds, ...runs, recovery };
  }
  const present = (await presentState(source, engine, incident.endpoint.id)) ?? replay;
  const recovery = lookAtGroup(present.engine, present.state)?.recovery ?? null;
  const rounds = recovery === null ? undefined : await ahead(present, source.now());
  return { successes: rounds ?? null, seconds: rounds === undefined ? null : rounds * seconds, ...runs, recovery };
}

/** As the daemon has it; undefined where it has nothing of the group. */
async function presentState(source: ExplainSource, engine: Engine, group: EndpointId): Promise<Replay | undefined> {
  const breather = new Breather();
  const present: Replay = { engine, state: freshState(engine) };
  const found = source.saved([group]);
  putBack(present, found);
  for (const id of engine.watches.keys()) {
    putBack(present, source.saved([id]));
    await breather.rest();
  }
  return found.length > 0 ? present : undefined;
}

async function ahead(present: Replay, at: number): Promise<number | undefined> {
  const breather = new Breather();
  const rounds = roundsToClose(present, at);
  for (;;) {
    const next = rounds.next();
    if (next.done === true) return next.value;
    await breather.rest();
  }
}
