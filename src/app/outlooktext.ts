// The outlook of a plan for a person: some lines that show what interval and dial cost.
import { amount, listed, percent } from '#core/alert/words.ts';
import type { Delay } from '#core/detect/forecast.ts';
import type { Group } from '#model/group.ts';
import { type DurationMs, dayMs, hourMs, minuteMs, secondMs } from '#model/time.ts';
import {
  assumedRate,
  type EndpointOutlook,
  faultRates,
  type GroupOutlook,
  type Outlook,
  type Price,
  sharedExcess,
  usualRate,
} from './outlook.ts';

const mostRows = 10;
const mostFamilies = 8;
const mostNamed = 2;
/** A member of a row that takes so many times as long as most is named. */
const farAbove = 1.5;
const gap = '  ';

/** Some thirty lines at most, whatever the plan. */
export function outlookText(outlook: Outlook): string {
  return [
    budgetLine(outlook),
    ...ownLines(outlook),
    ...(outlook.endpoints.length === 0 ? [] : endpointLines(outlook)),
    ...groupLines(outlook.groups),
    ...(outlook.price === undefined ? [] : [priceLine(outlook.price)]),
  ].join('\n');
}

/** `At most 12 false pages a year in all, of 73 endpoints and 26 groups (paging.false_pages, the dial). …` */
function budgetLine({ plan, endpoints, groups }: Outlook): string {
  const { falsePagesPerYear, grace } = plan.paging;
  const pages = `${figure(falsePagesPerYear)} false page${falsePagesPerYear === 1 ? '' : 's'} a year`;
  const who = listed([count(endpoints.length, 'endpoint'), ...(groups.length > 0 ? [count(groups.length, 'group')] : [])]);
  return `At most ${pages} in all (paging.false_pages, the dial): ${who}. A restart of up to ${about(grace)} is no fault.`;
}

function ownLines({ plan }: Outlook): readonly string[] {
  const own = plan.services.filter(({ falsePagesPerYear }) => falsePagesPerYear !== undefined);
  if (own.length === 0) return [];
  const left = own.reduce((rest, { falsePagesPerYear = 0 }) => rest - falsePagesPerYear, plan.paging.falsePagesPerYear);
  const named = own.map(({ id, falsePagesPerYear = 0 }) => `${figure(falsePagesPerYear)} for ${id}`);
  return [`Of these ${listed(named)}; what is left, ${figure(Math.max(0, left))}, is for everything else.`];
}

function endpointLines(outlook: Outlook): readonly string[] {
  const rows = rowsOf(outlook);
  const shown = rows.slice(0, mostRows);
  const table = shown.map(({ name, typical }) => [name, ...typical.faults.map(({ wait }) => waitText(wait, '7 days'))]);
  const head = ['', ...faultRates.map((rate) => (rate === 1 ? 'all its probes fail' : `${percent(rate)} fail`))];
  return [
    '',
    'A fault of one endpoint is found after about (in brackets: 19 times in 20 within)',
    ...columns([head, ...table]),
    ...more(rows.length - shown.length, 'row'),
    ...slowLines(rows),
    healthLine(outlook),
  ];
}

interface Row {
  readonly name: string;
  readonly members: readonly EndpointOutlook[];
  readonly typical: EndpointOutlook;
}

/** Endpoints of the same intervals and one part of the dial, the most first. */
function rowsOf({ plan, endpoints }: Outlook): readonly Row[] {
  const own = new Set(plan.services.filter(({ falsePagesPerYear }) => falsePagesPerYear !== undefined).map(({ id }) => id));
  const kinds = Map.groupBy(endpoints, ({ endpoint }) => {
    const service = own.has(endpoint.service) ? endpoint.service : '';
    return [service, endpoint.timing.interval, endpoint.reprobe?.spacing].join(' ');
  });
  return [...kinds]
    .map(([kind, all]): Row => {
      const members = all.toSorted((a, b) => medianOf(a) - medianOf(b));
      const typical = members[Math.floor((members.length - 1) / 2)] as EndpointOutlook;
      const [service = ''] = kind.split(' ');
      const where = service === '' ? '' : ` of ${service}`;
      const [only] = all;
      const who = all.length === 1 && only !== undefined ? only.endpoint.id : `${count(all.length, 'endpoint')}${where}`;
      const { timing, reprobe } = typical.endpoint;
      const sooner = reprobe === undefined ? '' : `, ${about(reprobe.spacing)} if suspected`;
      return { name: `${who} every ${about(timing.interval)}${sooner}`, members, typical };
    })
    .toSorted((a, b) => b.members.length - a.members.length);
}

/** Those that are noisy, and what can still be found of them; then those that take far longer than most of their row. */
function slowLines(rows: readonly Row[]): readonly string[] {
  const all = rows.flatMap(({ members, typical }) => members.map((one) => ({ one, typical })));
  const noisy = all.filter(({ one }) => one.noisy !== undefined).toSorted((a, b) => b.one.healthyRate - a.one.healthyRate);
  const slow = all
    .filter(({ one, typical }) => one.noisy === undefined && medianOf(one) > farAbove * medianOf(typical))
    .toSorted((a, b) => medianOf(b.one) - medianOf(a.one));
  return [
    ...noisy.slice(0, mostNamed).map(({ one }) => noisyLine(one)),
    ...more(noisy.length - mostNamed, 'noisy endpoint'),
    ...slow
      .slice(0, mostNamed)
      .map(
        ({ one }) => `${gap}slower: ${one.endpoint.id}, which fails ${percent(one.healthyRate)} of the time while well: ${foundText(one)}`,
      ),
    ...more(slow.length - mostNamed, 'slower endpoint'),
  ];
}

function noisyLine({ endpoint, healthyRate, noisy }: EndpointOutlook): string {
  const weakest = noisy?.weakest;
  const found = weakest?.wait.median;
  const what =
    found === undefined || weakest === undefined
      ? 'no fault short of half its probes is found within a day'
      : `${percent(weakest.rate)} is found after ${about(found)}, weaker faults later or never`;
  return `${gap}noisy: ${endpoint.id}, which fails ${percent(healthyRate)} of the time while well: ${what}.`;
}

function foundText({ faults }: EndpointOutlook): string {
  return faults
    .filter(({ rate }) => rate < 1)
    .map(({ rate, wait }) => `${percent(rate)} ${waitText(wait, '7 days')}`)
    .join(', ');
}

/** What the figures stand on. */
function healthLine({ plan, endpoints, problem }: Outlook): string {
  const learned = endpoints.flatMap(({ learnedOver }) => learnedOver ?? []).toSorted((a, b) => a - b);
  const assumed = endpoints.length - learned.length;
  const middle = learned[Math.floor(learned.length / 2)];
  if (middle === undefined) {
    const why = problem === '' ? `less than a day has been learned in ${plan.data}` : problem;
    return `Assumed: ${percent(assumedRate)} of the probes of an endpoint that is well fail (${why}).`;
  }
  const rest =
    assumed === 0
      ? ''
      : `; ${count(assumed, 'endpoint')} without it ${assumed === 1 ? 'is' : 'are'} assumed to fail ${percent(assumedRate)} of the time`;
  return `How often ${count(learned.length, 'endpoint')} fail while well was learned over about ${about(middle)}${rest}.`;
}

const levels: readonly Group['level'][] = ['dependency', 'system', 'region', 'vantage', 'service', 'host'];

function groupLines(groups: readonly GroupOutlook[]): readonly string[] {
  if (groups.length === 0) return [];
  const alike = Map.groupBy(groups, ({ group }) => familyOf(group));
  const rows = [...alike].toSorted(([, [a]], [, [b]]) => placeOf(a) - placeOf(b) || sizeOf(b) - sizeOf(a));
  const shown = rows.slice(0, mostFamilies);
  return [
    '',
    `Everything that one cause can break fails ${percent(sharedExcess)} of the time more than usual: found after about`,
    ...columns(shown.map(([family, same]) => [familyText(family, same), spreadText(same)])),
    ...more(rows.length - shown.length, 'kind of group'),
  ];
}

/** Groups of one family are told of in one line. */
function familyOf({ level, name, region }: Group): string {
  if (level === 'dependency') return `everything behind ${name}${region === '' ? '' : ' in one region'}`;
  return level === 'system' ? 'everything' : `one ${level}`;
}

function placeOf(one: GroupOutlook | undefined): number {
  return one === undefined ? levels.length : levels.indexOf(one.group.level);
}

function sizeOf(one: GroupOutlook | undefined): number {
  return one?.group.members.length ?? 0;
}

/** `everything behind network in one region (4 of 8 to 25 endpoints)` */
function familyText(family: string, same: readonly GroupOutlook[]): string {
  const sizes = same.map(sizeOf);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const members = `${least === most ? '' : `${amount(least)} to `}${count(most, 'endpoint')}`;
  return `${family} (${same.length === 1 ? members : `${amount(same.length)}, of ${members}`})`;
}

/** The soonest and the last of a family, the last by name. */
function spreadText(same: readonly GroupOutlook[]): string {
  const sorted = same.toSorted((a, b) => (a.wait.median ?? Number.POSITIVE_INFINITY) - (b.wait.median ?? Number.POSITIVE_INFINITY));
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return '';
  const [soonest, latest] = [first, last].map(({ wait }) => waitText(wait, 'a day'));
  return soonest === latest
    ? `${soonest}`
    : `${soonest} to ${latest}, ${last.group.level === 'dependency' ? last.group.region : last.group.name} last`;
}

function priceLine({ endpoint, now, halfInterval, twiceDial, halfDial }: Price): string {
  const name = endpoint.id;
  const turns = [
    `at half the interval ${short(halfInterval)}`,
    `with twice the false pages ${short(twiceDial)}`,
    `with half of them ${short(halfDial)}`,
  ];
  return `\nThe price, for ${percent(usualRate)} on ${name}: now ${short(now)}; ${turns.join(', ')}.`;
}

function medianOf({ faults }: EndpointOutlook): number {
  return faults.find(({ rate }) => rate === usualRate)?.wait.median ?? Number.POSITIVE_INFINITY;
}

function short({ median }: Delay): string {
  return median === undefined ? 'over 7 days' : about(median);
}

/** `16 min (40 min)` */
function waitText({ median, p95 }: Delay, horizon: string): string {
  if (median === undefined) return `not within ${horizon}`;
  return p95 === median ? about(median) : `${about(median)} (${p95 === undefined ? `over ${horizon}` : about(p95)})`;
}

/** `45 s`, `18 min`, `2.5 h`, `3 days`: two figures, for what is about so long. */
export function about(length: DurationMs): string {
  if (length < 2 * minuteMs) return `${figure(length / secondMs)} s`;
  if (length < 2 * hourMs) return `${figure(length / minuteMs)} min`;
  return length < 2 * dayMs ? `${figure(length / hourMs)} h` : `${figure(length / dayMs)} days`;
}

/** At most two figures after a tenth, one of them behind the point. */
function figure(value: number): string {
  return value < 9.95 ? String(Number(value.toFixed(1))) : amount(value);
}

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) => `${gap}${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(gap)}`.trimEnd());
}

function more(left: number, noun: string): readonly string[] {
  return left > 0 ? [`${gap}and ${count(left, `more ${noun}`)} (--format json has everything)`] : [];
}

export function count(value: number, noun: string): string {
  return `${amount(value)} ${noun}${value === 1 ? '' : 's'}`;
}
