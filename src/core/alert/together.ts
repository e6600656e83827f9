// The page of a group: one cause, everything that it breaks, and what it leaves alone.
import type { Alert, AlertEvent, Page, Severity } from '#model/alert.ts';
import type { Incident } from '#model/incident.ts';
import type { ServicePlan } from '#model/plan.ts';
import type { DurationMs, EpochMs } from '#model/time.ts';
import { loudest, severityOf } from './alerts.ts';
import type { Notices } from './cadence.ts';
import type { SpellFacts } from './facts.ts';
import { allowance, commonestReason, reasonsExplained, reasonsText } from './figures.ts';
import { amount, clock, listed, percent, percentRange, plain, span, stamp } from './words.ts';

/** Where the group stands, in words. */
export interface PlaceWords {
  readonly level: Incident['scope']['level'];
  readonly name: string;
  readonly regionName: string;
}

export interface GroupOccasion {
  /** The incident event's id. */
  readonly id: string;
  readonly event: AlertEvent;
  readonly at: EpochMs;
  readonly clockOffset: DurationMs;
  readonly incident: Incident;
  readonly spell: SpellFacts;
  readonly notices: Notices;
  /** Why it ended, where it was not the fault that ended; else ''. */
  readonly why: string;
  readonly place: PlaceWords;
  /** Services whose endpoints it explains, and how many of each. */
  readonly services: readonly { readonly service: ServicePlan; readonly unwell: number }[];
  /** Endpoints that it explained and that are well again, while it goes on. */
  readonly left: number;
  /** No route matched any of those that it explains. */
  readonly fallback: boolean;
  /** Names of other regions and services in which nothing is unwell, and in which something is. */
  readonly unaffected: readonly string[];
  readonly alsoUnwell: readonly string[];
  readonly falsePagesPerYear: number;
  readonly publicUrl: string;
}

const titleLimit = 120;
const nameLimit = 80;
const textLimit = 300;
/** Services that a page names, and whose downtime procedures it repeats. */
const servicesNamed = 4;
const proceduresNamed = 5;
const membersNamed = 12;

/** One alert for all receivers. Its labels are the same through the whole incident. */
export function groupAlertOf(occasion: GroupOccasion): Alert {
  const { id, event, at, incident, notices } = occasion;
  const { service, region } = incident.endpoint;
  const { level, name } = incident.scope;
  return {
    id,
    key: incident.key,
    incident: incident.id,
    event,
    at,
    receivers: notices.receivers,
    page: groupPageOf(occasion),
    labels: { service, region, scope: level, ...(name !== '' && { group: name }), severity: notices.severity },
  };
}

export function groupPageOf(occasion: GroupOccasion): Page {
  const { incident, place, services } = occasion;
  return {
    title: plain(`${whatText(place)} ${headline(occasion)}`, titleLimit),
    lines: occasion.event === 'resolved' ? resolveLines(occasion) : faultLines(occasion),
    service: incident.endpoint.service,
    serviceName: plain(place.name, textLimit),
    region: incident.endpoint.region,
    regionName: plain(place.regionName, textLimit),
    state: occasion.why === '' ? incident.verdict.state : 'unknown',
    severity: severityNow(occasion),
    since: incident.since,
    rate: rateText(occasion),
    reasons: reasonsText(incident.reasons),
    pattern: '',
    features: featuresOf(services),
    downtime: services.map(({ service }) => plain(service.downtime, textLimit)).find((text) => text !== '') ?? '',
    runbook: services.map(({ service }) => plain(service.runbook, textLimit)).find((text) => text !== '') ?? '',
    links: occasion.publicUrl === '' ? [] : [{ name: 'Open incidents', url: `${occasion.publicUrl.replace(/\/+$/, '')}/api/v1/incidents` }],
    strip: incident.strip,
  };
}

function severityNow({ services, incident, notices }: GroupOccasion): Severity {
  const { trouble, worst } = incident;
  if (services.length === 0) return notices.severity;
  return loudest(services.map(({ service }) => severityOf(service.criticality, { trouble, worst })));
}

/** "Everything behind Network in Northern California". */
export function whatText({ level, name, regionName }: PlaceWords): string {
  const where = regionName === '' ? '' : ` in ${plain(regionName, 40)}`;
  return `${lead[level]}${plain(name, 40)}${where}`;
}

const lead: Readonly<Record<PlaceWords['level'], string>> = {
  dependency: 'Everything behind ',
  host: 'Everything on ',
  region: 'Everything in ',
  vantage: 'Everything seen from ',
  system: 'All of ',
  service: '',
  endpoint: '',
};

function headline({ event, why, incident, spell, at }: GroupOccasion): string {
  const { state } = incident.verdict;
  if (event === 'resolved')
    return why === '' ? `steady again after ${span(at - spell.onset)}` : `told of elsewhere after ${span(at - spell.onset)}`;
  if (event === 'worsened') return `now ${state}`;
  if (event === 'reminder') return `still ${state}`;
  if (event === 'widened') return `${state}: wider than was told`;
  return event === 'reopened' ? `${state} again` : state;
}

function faultLines(occasion: GroupOccasion): readonly string[] {
  const { notices, at } = occasion;
  const lines = [firstLine(occasion), ...figureLines(occasion), ...surroundingLines(occasion), ...harmLines(occasion)];
  if (occasion.event === 'reminder') {
    const next = notices.remindAt === null ? '' : `; the next comes in ${span(notices.remindAt - at)} unless it is over`;
    lines.push(`This is reminder ${notices.reminders}${next}.`);
  } else lines.push(`These failures together are evidence enough; this group may cost at most ${allowance(occasion.falsePagesPerYear)}.`);
  if (occasion.fallback) lines.push('No route matches any of these endpoints, so every receiver is told.');
  return lines;
}

/** The sentence that a person reads first: what, which services, how badly, since when, mostly why. */
function firstLine(occasion: GroupOccasion): string {
  const { place, incident, spell, services, clockOffset } = occasion;
  const { state } = incident.verdict;
  const hit = services
    .toSorted((a, b) => b.unwell - a.unwell || a.service.name.localeCompare(b.service.name))
    .map(({ service }) => plain(service.name, nameLimit));
  const which = hit.length === 0 ? '' : `: ${listed(hit, servicesNamed)}`;
  const mostly = commonestReason(incident.reasons);
  const share = spell.attempts > 0 ? percent(spell.failures / spell.attempts) : '';
  const figures = `${share} of ${amount(spell.attempts)} probes failed since ${clock(spell.onset + clockOffset)} UTC${mostly === '' ? '' : `, mostly ${mostly}`}`;
  return `${whatText(place)} is ${state === 'unknown' ? 'without fresh results' : state}${which} (${figures}).`;
}

/** "95 of 412 probes failed, about 23 % (20 to 27 %)". */
function rateText({ event, spell, incident }: GroupOccasion): string {
  const { failures, attempts } = spell;
  if (attempts === 0) return '';
  const { mean, low, high } = incident.verdict.failureRate;
  const range = event === 'resolved' ? '' : ` (${percentRange(low, high)})`;
  return `${amount(failures)} of ${amount(attempts)} probes failed, about ${percent(mean)}${range}`;
}

function figureLines(occasion: GroupOccasion): string[] {
  const { incident, spell, at, clockOffset } = occasion;
  const lines = [`It began at ${stamp(spell.onset + clockOffset)}, ${span(at - spell.onset)} ago. ${rateText(occasion)}.`];
  if (occasion.event === 'reopened' && spell.pausedAt !== null)
    lines.push(`It was thought over at ${stamp(spell.pausedAt + clockOffset)}; the incident goes on.`);
  const why = reasonsExplained(incident.reasons);
  if (why !== '') lines.push(`Commonest reasons: ${why}.`);
  lines.push(...memberLines(occasion));
  if (incident.samples.length > 0) lines.push('Latest failures:');
  for (const sample of incident.samples)
    lines.push(`  ${clock(sample.at + clockOffset)} UTC ${sample.reason}: ${plain(sample.message, 200)}`);
  return lines;
}

/** Who is hit; once a part of them is well again, who still is. */
function memberLines({ incident, left }: GroupOccasion): string[] {
  const ids = (incident.members ?? []).map((id) => plain(id, nameLimit));
  if (ids.length === 0) return [];
  const who = listed(ids, membersNamed);
  return [left > 0 ? `Still hit: ${who}. Well again: ${amount(left)} more.` : `Also hit, and not paged one by one: ${who}.`];
}

function surroundingLines({ unaffected, alsoUnwell }: GroupOccasion): string[] {
  return [
    ...(unaffected.length > 0 ? [`Unaffected: ${names(unaffected)}.`] : []),
    ...(alsoUnwell.length > 0 ? [`Unwell too, with incidents of their own: ${names(alsoUnwell)}.`] : []),
  ];
}

export function names(list: readonly string[]): string {
  return listed(list.map((name) => plain(name, nameLimit)));
}

function harmLines({ services, incident }: GroupOccasion): string[] {
  const lines: string[] = [];
  const features = featuresOf(services);
  if (features.length > 0) lines.push(`Patients lose${incident.verdict.state === 'down' ? '' : ' at times'}: ${listed(features)}.`);
  lines.push(...procedureLines(services, ''));
  return lines;
}

/** The downtime procedures of the services that it hits. */
export function procedureLines(services: GroupOccasion['services'], when: string): string[] {
  return services
    .filter(({ service }) => service.downtime !== '')
    .slice(0, proceduresNamed)
    .map(({ service }) => `Downtime procedure of ${plain(service.name, nameLimit)}${when}: ${plain(service.downtime, textLimit)}`);
}

export function featuresOf(services: GroupOccasion['services']): readonly string[] {
  return [...new Set(services.flatMap(({ service }) => service.features.map((feature) => plain(feature, nameLimit))))];
}

function resolveLines(occasion: GroupOccasion): readonly string[] {
  const { place, spell, at, clockOffset, why, incident, services } = occasion;
  const from = `from ${stamp(spell.onset + clockOffset)} to ${stamp(at + clockOffset)}`;
  const first =
    why === ''
      ? `${whatText(place)} is steady again. The trouble lasted ${span(at - spell.onset)}, ${from}.`
      : `${whatText(place)}: ${plain(why, textLimit)}. Nothing is proven; the trouble was open for ${span(at - spell.onset)}, ${from}.`;
  const lines = [first, `${rateText(occasion)}. The worst state was ${incident.worst}.`];
  if (why === '')
    lines.push('All members together, and each one by itself, look well; a fault that went on would look so at most once in 7 days.');
  const reasons = reasonsExplained(incident.reasons);
  if (reasons !== '') lines.push(`Commonest reasons: ${reasons}.`);
  lines.push(...procedureLines(services, ' that may still be in force'));
  return lines;
}
