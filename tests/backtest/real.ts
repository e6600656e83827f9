// Scores the detector on recorded histories of public services (their labels are heuristics, so the figures are for sanity only).
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { judgeTrace, readTrace, type TraceVerdict } from '#core/detect/detect.ts';

interface Episode {
  readonly kind: string;
  readonly i0: number;
  readonly i1: number;
  readonly fails: number;
}

interface History {
  readonly id: string;
  readonly interval_s: number;
  readonly outcomes: string;
  readonly checks: number;
  readonly mostly_down: boolean;
  readonly flapped: boolean;
  readonly note: string | null;
  readonly episodes: readonly Episode[];
  readonly spells: readonly Episode[];
}

export interface RealScore {
  traces: number;
  probes: number;
  pages: number;
  /** By label: episodes, those that paged, those that an incident open before covered, and pages in all. */
  labelled: Record<string, { episodes: number; found: number; covered: number; pages: number }>;
  /** Endpoints without flapping, outages or spells. */
  quiet: { years: number; pages: number };
}

/** The histories' folder beside the repository, or '' where it is not. */
export function realFolder(): URL | undefined {
  const folder = new URL('../../../shared/traces/real/', import.meta.url);
  try {
    return readdirSync(folder).some((name) => name.endsWith('.jsonl.gz')) ? folder : undefined;
  } catch {
    return undefined;
  }
}

export function* histories(folder: URL): Generator<History> {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.jsonl.gz'))) {
    const text = gunzipSync(readFileSync(new URL(name, folder))).toString('utf8');
    for (const line of text.trim().split('\n')) yield JSON.parse(line) as History;
  }
}

/** First and last probe of an incident. */
interface Incident {
  readonly from: number;
  readonly to: number;
}

/** `unknown` neither opens nor closes an incident: one that was open before goes on behind it. */
export function incidentsOf({ events }: TraceVerdict, probes: number): Incident[] {
  const incidents: Incident[] = [];
  let from = -1;
  for (const { i, state } of events) {
    if (state === 'up' && from >= 0) {
      incidents.push({ from, to: i });
      from = -1;
    } else if (state !== 'up' && state !== 'unknown' && from < 0) from = i;
  }
  if (from >= 0) incidents.push({ from, to: probes });
  return incidents;
}

export function scoreReal(folder: URL): RealScore {
  const score: RealScore = { traces: 0, probes: 0, pages: 0, labelled: {}, quiet: { years: 0, pages: 0 } };
  for (const history of histories(folder)) {
    const read = readTrace(history);
    if ('error' in read) throw new Error(`${history.id}: ${read.error}`);
    const incidents = incidentsOf(judgeTrace(read.trace, 1, 60_000), history.outcomes.length);
    score.traces += 1;
    score.probes += history.outcomes.length;
    if (!history.mostly_down && !history.note?.includes('threshold check')) add(score, history, incidents);
  }
  return score;
}

function add(score: RealScore, history: History, incidents: readonly Incident[]): void {
  score.pages += incidents.length;
  for (const { kind, i0, i1 } of history.episodes) {
    const sum = (score.labelled[kind] ??= { episodes: 0, found: 0, covered: 0, pages: 0 });
    const inside = incidents.filter(({ from }) => from >= i0 && from <= i1 + 1).length;
    sum.episodes += 1;
    sum.found += inside > 0 ? 1 : 0;
    sum.covered += incidents.some(({ from, to }) => from < i0 && to >= i0) ? 1 : 0;
    sum.pages += inside;
  }
  const troubled = history.spells.length > 0 || history.episodes.some((episode) => episode.kind !== 'blip');
  if (troubled) return;
  score.quiet.pages += incidents.length;
  score.quiet.years += (history.checks * history.interval_s) / (365.25 * 86_400);
}
