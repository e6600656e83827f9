// The dial, and the parts of it that services have for themselves: they must not add up to more.
import { type Dial, fewestTogether, shareDial } from '#model/dial.ts';
import type { EndpointPlan, ServicePlan } from '#model/plan.ts';
import type { EndpointDraft } from './draft.ts';
import type { Report } from './report.ts';

/** Twelve times one twelfth is not quite one. */
const hair = 1e-9;
const mostNamed = 8;

/** Tells of own numbers that leave nothing for the others, and of one that nobody could spend. */
export function checkDial(report: Report, dial: number, services: readonly ServicePlan[], drafts: readonly EndpointDraft[]): void {
  const probed = new Set(drafts.map(({ endpoint }) => endpoint.service));
  const own = services.filter(({ falsePagesPerYear }) => falsePagesPerYear !== undefined);
  for (const { id } of own) {
    // Of endpoints that are wrong themselves nothing is known yet.
    if (probed.has(id) || report.keys(['services', id, 'endpoints']).length > 0) continue;
    report.tell({
      code: 'wrong_value',
      path: ['services', id, 'false_pages'],
      at: 'key',
      message: 'has no endpoints, so it cannot cost a page',
      hint: 'remove it',
    });
  }
  const spending = own.filter(({ id }) => probed.has(id));
  if (spending.length > 0) checkSum(report, dial, spending, hasOthers(spending, drafts));
}

/** Endpoints of other services, or groups across those with numbers of their own, need a part of the dial too. */
function hasOthers(own: readonly ServicePlan[], drafts: readonly EndpointDraft[]): boolean {
  const ids = new Set(own.map(({ id }) => id));
  return drafts.some(({ endpoint }) => !ids.has(endpoint.service)) || (ids.size > 1 && drafts.length >= fewestTogether);
}

// oxlint-disable-next-line max-params -- one sum: of whose numbers, of what, beside whom
function checkSum(report: Report, dial: number, own: readonly ServicePlan[], others: boolean): void {
  const sum = own.reduce((all, { falsePagesPerYear = 0 }) => all + falsePagesPerYear, 0);
  const over = sum > dial * (1 + hair);
  if (!over && (!others || sum < dial * (1 - hair))) return;
  const named = own.slice(0, mostNamed).map(({ id, falsePagesPerYear = 0 }) => `${id} ${figure(falsePagesPerYear)}`);
  const who = named.join(', ') + (own.length > mostNamed ? ` and ${own.length - mostNamed} more` : '');
  const what = over
    ? `, and the whole installation only ${figure(dial)}`
    : ': all of the dial, and nothing is left for what else is watched';
  report.tell({
    code: 'wrong_value',
    path: report.has(['paging', 'false_pages']) ? ['paging', 'false_pages'] : ['services', own[0]?.id ?? '', 'false_pages'],
    at: 'key',
    message: `services may cost ${figure(sum)} false pages a year by numbers of their own (${who})${what}`,
    hint: `lower or remove some of them, or set paging.false_pages to ${others ? 'more than' : 'at least'} ${figure(sum)}`,
  });
}

/** Each endpoint with its share. */
export function withDial(
  falsePagesPerYear: number,
  services: readonly ServicePlan[],
  drafts: readonly EndpointDraft[],
): readonly EndpointPlan[] {
  const endpoints = drafts.map(({ endpoint }) => endpoint);
  const dial = shareDial(falsePagesPerYear, services, endpoints);
  return endpoints.map((endpoint) => ({ ...endpoint, falsePagesPerYear: shareOf(dial, endpoint.service).endpoint }));
}

function shareOf({ own, rest }: Dial, service: string) {
  return own.get(service) ?? rest;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}
