// Whole installations through the daemon's engine: what one cause costs in pages, how soon it is told, and what health costs in a year.
import type { EndpointPlan } from '#model/plan.ts';
import { falsePagesPerYear, installation, play, type Scene, type Told } from '../../support/installation.ts';
import { poissonInterval } from './calibration.ts';
import { quantile } from './play.ts';

/** Rounds of 30 s. */
const day = 2880;
const yearRounds = 365.25 * day;

interface Named extends Omit<Scene, 'seed'> {
  readonly name: string;
}

const small = installation(1);
const large = installation(5);
const isNorcal = ({ region }: EndpointPlan) => region === 'norcal';
const calm = { healthy: day };

const scenes: readonly Named[] = [
  { ...calm, name: '+1 % on 200 of 200', plan: large, ill: 480, after: 120, fault: () => 0.01 },
  { ...calm, name: '+0.5 % on 200 of 200', plan: large, ill: 960, after: 120, fault: () => 0.005 },
  { ...calm, name: '+2 % on 40 of 200, everywhere', plan: large, ill: 480, after: 120, fault: ({ name }) => (name === 'e0' ? 0.02 : 0) },
  { ...calm, name: '+2 % on one region, 50 of 200', plan: large, ill: 480, after: 120, fault: (one) => (isNorcal(one) ? 0.02 : 0) },
  { ...calm, name: 'one region of 50 down', plan: large, ill: 60, after: 120, fault: (one) => (isNorcal(one) ? 1 : 0) },
  {
    ...calm,
    name: '30 % in spells of 5 min every 12, all 40',
    plan: small,
    ill: 120,
    after: 180,
    fault: (_, round) => (round % 24 < 10 ? 0.3 : 0),
  },
  {
    ...calm,
    name: '30 % in spells, one region, 10 of 40',
    plan: small,
    ill: 120,
    after: 180,
    fault: (one, round) => (isNorcal(one) && round % 10 < 6 ? 0.3 : 0),
  },
  { ...calm, name: '10 %, one region, 10 of 40', plan: small, ill: 240, after: 180, fault: (one) => (isNorcal(one) ? 0.1 : 0) },
  { ...calm, name: '20 %, one service, 4 of 40', plan: small, ill: 240, after: 180, fault: ({ service }) => (service === 'ehr' ? 0.2 : 0) },
  { ...calm, name: 'one endpoint down', plan: small, ill: 60, after: 120, fault: ({ id }) => (id === 'ehr/e0/norcal' ? 1 : 0) },
  { ...calm, name: 'one endpoint at 30 %', plan: small, ill: 240, after: 240, fault: ({ id }) => (id === 'ehr/e0/norcal' ? 0.3 : 0) },
  {
    ...calm,
    name: 'one region at 20 %, one member of it down',
    plan: small,
    ill: 240,
    after: 180,
    fault: (one) => (one.id === 'ehr/e0/norcal' ? 1 : isNorcal(one) ? 0.2 : 0),
  },
];

/** A row a scene: rounds to the first page, pages in all, rounds from the mending to the last resolve. */
export function sceneTable(seed: number, draws: number): string {
  const rows = scenes.map((scene) => {
    const all = Array.from({ length: draws }, (_, i) => play({ ...scene, seed: seed + i }).filter(({ round }) => round >= 0));
    const first = all.flatMap((told) => told.find(({ alert }) => alert.event === 'opened')?.round ?? []);
    const pages = all.map((told) => count(told, 'opened') + count(told, 'reopened'));
    const ends = all.flatMap((told) => (told.at(-1)?.alert.event === 'resolved' ? [(told.at(-1)?.round ?? 0) - scene.ill] : []));
    const cells = [scene.name, `${first.length} of ${draws}`, spread(first), spread(pages), ends.length === 0 ? '' : spread(ends)];
    return `| ${cells.join(' | ')} |`;
  });
  const head =
    '| scene | paged | rounds to the first page: median (p95) | pages: median (p95) | rounds from mended to resolved: median (p95) |';
  return [head, head.replaceAll(/[^|]+/gu, ' --- '), ...rows].join('\n');
}

function count(told: readonly Told[], event: string): number {
  return told.filter(({ alert }) => alert.event === event).length;
}

function spread(values: readonly number[]): string {
  return values.length === 0 ? '' : `${quantile(values, 0.5)} (${quantile(values, 0.95)})`;
}

/** False pages of a healthy installation of 40 endpoints, one year each, with so many shared one-round blips a year. */
export function healthLine(seed: number, years: number, blipsPerYear: number): string {
  let pages = 0;
  for (let year = 0; year < years; year += 1) {
    const told = play({ plan: small, seed: seed + year, healthy: yearRounds, ill: 0, fault: () => 0, blips: blipsPerYear / yearRounds });
    pages += count(told, 'opened');
  }
  const [low, high] = poissonInterval(pages).map((bound) => bound / years) as [number, number];
  const blips = blipsPerYear === 0 ? '' : ` with ${blipsPerYear} shared blips a year`;
  return `- ${years} years${blips}: ${pages} pages, ${(pages / years).toFixed(1)} a year (${low.toFixed(1)} to ${high.toFixed(1)}); asked for at most ${falsePagesPerYear}.`;
}
