// What health costs in a year: false pages of healthy installations, by level, with and without rounds in which the prober saw everything fail.
// Years that a file has are not played again; each year is added to it when it is over, so that long runs go on where they were stopped.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { groupsOf } from '#core/group/topology.ts';
import { falsePagesPerYear, installation, play } from '../../support/installation.ts';
import { poissonInterval } from './calibration.ts';

/** Rounds of 30 s. */
const yearRounds = 365.25 * 2880;
/** Ten services in four regions, one endpoint of each. */
const plan = installation(1);

interface Year {
  readonly seed: number;
  /** Shared one-round blips in the year, on average. */
  readonly blips: number;
  /** Pages by level. */
  readonly pages: Readonly<Record<string, number>>;
}

/** Plays one year of a healthy installation. */
function playYear(seed: number, blips: number): Year {
  const told = play({ plan, seed, healthy: yearRounds, ill: 0, fault: () => 0, blips: blips / yearRounds });
  const pages: Record<string, number> = {};
  for (const { alert } of told) {
    const level = alert.labels['scope'] ?? 'endpoint';
    if (alert.event === 'opened' || alert.event === 'reopened') pages[level] = (pages[level] ?? 0) + 1;
  }
  return { seed, blips, pages };
}

/** So many years from `seed` on; those that `file` has are read. */
export function yearsOf(
  seed: number,
  count: number,
  { blips, file = '' }: { readonly blips: number; readonly file?: string },
): readonly Year[] {
  const known = file !== '' && existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean) : [];
  const played = new Map(
    known
      .map((line) => JSON.parse(line) as Year)
      .filter((year) => year.blips === blips)
      .map((year) => [year.seed, year]),
  );
  return Array.from({ length: count }, (_, i) => {
    const before = played.get(seed + i);
    if (before !== undefined) return before;
    const year = playYear(seed + i, blips);
    if (file !== '') appendFileSync(file, `${JSON.stringify(year)}\n`);
    return year;
  });
}

/** What each level may cost a year: half of the dial for endpoints, half for groups. */
function allowed(): ReadonlyMap<string, number> {
  const levels = new Map([['endpoint', plan.endpoints.reduce((sum, one) => sum + one.falsePagesPerYear, 0)]]);
  for (const group of groupsOf(plan)) levels.set(group.level, (levels.get(group.level) ?? 0) + group.falsePagesPerYear);
  return levels;
}

/** A row a level: pages a year with their 90 % Poisson interval beside what the dial allows. */
export function healthTable(columns: readonly { readonly name: string; readonly years: readonly Year[] }[]): string {
  const rows = [...allowed(), ['all', falsePagesPerYear] as const].map(([level, most]) => {
    const cells = columns.map(({ years }) => {
      const count = years.reduce((sum, { pages }) => sum + pagesOf(pages, level), 0);
      const [low, high] = poissonInterval(count).map((bound) => bound / years.length) as [number, number];
      const verdict = low <= most ? '' : ' ABOVE';
      return `${count}: ${(count / years.length).toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})${verdict}`;
    });
    return `| ${[level, most.toFixed(2), ...cells].join(' | ')} |`;
  });
  const head = `| level | allowed a year | ${columns.map(({ name, years }) => `${name}, ${years.length} years`).join(' | ')} |`;
  return [head, head.replaceAll(/[^|]+/gu, ' --- '), ...rows].join('\n');
}

function pagesOf(pages: Year['pages'], level: string): number {
  return level === 'all' ? Object.values(pages).reduce((sum, count) => sum + count, 0) : (pages[level] ?? 0);
}
