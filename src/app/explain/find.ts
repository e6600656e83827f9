// Which incident is meant: by id, by the beginning of one, by its key, by what it is about, or the latest.
import type { Incident } from '#model/incident.ts';
import { shorten } from '#schema/explain.ts';
import { nearest } from '#schema/nearest.ts';
import type { ExplainSource, Found } from './contract.ts';
import { Breather } from './rest.ts';

/** Newest incidents that are looked through. */
const mostLookedAt = 10_000;
const pageLength = 500;
const named = 5;

/** Of several with the same key, or about the same, the newest. Rests between pages. */
export async function findIncident(source: ExplainSource, asked: string): Promise<Found> {
  const exact = source.incident(asked);
  if (exact !== undefined) return { incident: exact };
  const all = await newestOf(source);
  const [latest] = all;
  if (latest === undefined) return { error: 'there has been no incident yet', nearest: [] };
  if (asked === 'latest') return { incident: latest };
  const same = all.find(({ key, scope }) => key === asked || scope.name === asked || `${scope.level}/${scope.name}` === asked);
  if (same !== undefined) return { incident: same };
  const begun = asked === '' ? [] : all.filter(({ id }) => id.startsWith(asked));
  const [only] = begun;
  if (only !== undefined && begun.every(({ key }) => key === only.key)) return { incident: only };
  if (only !== undefined) {
    return { error: `${begun.length} incidents begin with "${shorten(asked)}"`, nearest: begun.slice(0, named).map(({ id }) => id) };
  }
  return { error: `there is no incident "${shorten(asked)}"`, nearest: near(asked, all) };
}

async function newestOf(source: ExplainSource): Promise<readonly Incident[]> {
  const breather = new Breather();
  const all: Incident[] = [];
  let cursor: string | undefined;
  do {
    const page = source.incidents({ limit: pageLength, ...(cursor !== undefined && { cursor }) });
    all.push(...page.incidents);
    cursor = page.next;
    await breather.rest();
  } while (cursor !== undefined && all.length < mostLookedAt);
  return all.toSorted((a, b) => b.openedAt - a.openedAt);
}

/** Those that hold the words, that are about something spelled alike, or else the newest. */
function near(asked: string, all: readonly Incident[]): readonly string[] {
  const folded = asked.toLowerCase();
  const holding = all.filter(({ id }) => folded !== '' && id.toLowerCase().includes(folded));
  const alike = nearest(
    asked,
    all.map(({ scope }) => scope.name),
  );
  const about = all.filter(({ scope }) => scope.name === alike);
  const [first] = [holding, about, all].filter((some) => some.length > 0);
  return (first ?? []).slice(0, named).map(({ id }) => id);
}
