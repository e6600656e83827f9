// Whole installations through the daemon's engine: what one cause costs in pages, and how soon it is told.
import type { EndpointPlan } from '#model/plan.ts';
import { installation, play, type Scene, type Told } from '../../support/installation.ts';
import { quantile } from './play.ts';

/** Rounds of 30 s. */
const day = 2880;

interface Named extends Omit<Scene, 'seed'> {
  readonly name: string;
  /** What issue 4 asks for: rounds to the first page, median, and pages in all. */
  readonly target?: string;
}

const small = installation(1);
const large = installation(5);
const vast = installation(50);
const isNorcal = ({ region }: EndpointPlan) => region === 'norcal';
const isPart = (count: number) => (one: EndpointPlan) => isNorcal(one) && Number(one.name.slice(1)) < count;
const calm = { healthy: day };
const apart = new Set(['ehr/e0/norcal', 'billing/e0/socal', 'radiology/e0/nw']);
/** Two thousand for a day are six million probes. */
const calmVast = { healthy: day / 4, plan: vast };

const scenes: readonly Named[] = [
  { ...calm, name: '+1 % on 200 of 200', target: '10, one page', plan: large, ill: 480, after: 120, fault: () => 0.01 },
  { ...calm, name: '+0.5 % on 200 of 200', plan: large, ill: 960, after: 120, fault: () => 0.005 },
  {
    ...calm,
    name: '+2 % on 40 of 200, everywhere',
    target: '60',
    plan: large,
    ill: 480,
    after: 120,
    fault: ({ name }) => (name === 'e0' ? 0.02 : 0),
  },
  { ...calm, name: '+2 % on one region, 50 of 200', plan: large, ill: 480, after: 120, fault: (one) => (isNorcal(one) ? 0.02 : 0) },
  {
    ...calm,
    name: 'one region of 50 of 200 down',
    target: '4, one page',
    plan: large,
    ill: 60,
    after: 120,
    fault: (one) => (isNorcal(one) ? 1 : 0),
  },
  { ...calmVast, name: '+1 % on 2,000 of 2,000', ill: 60, after: 120, fault: () => 0.01 },
  { ...calmVast, name: '+2 % on 40 of 2,000', ill: 480, fault: (one) => (one.service === 'ehr' && isPart(40)(one) ? 0.02 : 0) },
  {
    ...calmVast,
    name: 'one region of 500 of 2,000 down',
    target: '4, one page',
    ill: 20,
    after: 120,
    fault: (one) => (isNorcal(one) ? 1 : 0),
  },
  { ...calmVast, name: 'all 2,000 down', target: '4, one page', ill: 20, after: 120, fault: () => 1 },
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
  {
    ...calm,
    name: 'one region down for 50 min, one member of it for 100',
    plan: small,
    ill: 200,
    after: 120,
    fault: (one, round) => (isNorcal(one) && (round < 100 || one.id === 'ehr/e0/norcal') ? 1 : 0),
  },
  {
    ...calm,
    name: 'two regions down for 50 min, one of them for 100',
    plan: small,
    ill: 200,
    after: 120,
    fault: ({ region }, round) => (region === 'socal' || (region === 'norcal' && round < 100) ? 1 : 0),
  },
  {
    ...calm,
    name: 'three endpoints of 40 down, nothing in common',
    plan: small,
    ill: 60,
    after: 120,
    fault: ({ id }) => (apart.has(id) ? 1 : 0),
  },
];

/** A row a scene: rounds to the first page, pages in all, rounds from the mending to the last resolve. Fewer draws of the vast ones. */
export function sceneTable(seed: number, draws: number, only = ''): string {
  const rows = scenes
    .filter(({ name }) => name.includes(only))
    .map((scene) => {
      const count = scene.plan === vast ? Math.ceil(draws / 4) : draws;
      const all = Array.from({ length: count }, (_, i) => play({ ...scene, seed: seed + i }));
      const early = all.flatMap((told) => told.filter(({ round }) => round < 0 && round > -day));
      const since = all.map((told) => told.filter(({ round }) => round >= 0));
      const first = since.flatMap((told) => told.find(({ alert }) => isPage(alert.event))?.round ?? []);
      const pages = since.map((told) => told.filter(({ alert }) => isPage(alert.event)).length);
      const ends = since.flatMap((told) => (told.at(-1)?.alert.event === 'resolved' ? [(told.at(-1)?.round ?? 0) - scene.ill] : []));
      const more = pages.filter((number) => number > 1).length;
      const before = early.filter(({ alert }) => isPage(alert.event)).length;
      return `| ${[scene.name, scene.target ?? '', `${first.length} of ${count}`, spread(first), spread(pages), more, spread(ends), before].join(' | ')} |`;
    });
  const head = `| ${heads.join(' | ')} |`;
  return [head, head.replaceAll(/[^|]+/gu, ' --- '), ...rows].join('\n');
}

const heads: readonly string[] = [
  'scene',
  'asked for',
  'paged',
  'rounds to the first page: median (p95; most)',
  'pages: median (p95; most)',
  'draws with more than one',
  'rounds from mended to resolved: median (p95; most)',
  'pages before the fault, in all',
];

function isPage(event: Told['alert']['event']): boolean {
  return event === 'opened' || event === 'reopened';
}

function spread(values: readonly number[]): string {
  return values.length === 0 ? '' : `${quantile(values, 0.5)} (${quantile(values, 0.95)}; ${Math.max(...values)})`;
}
