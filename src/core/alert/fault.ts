// The sentences of a page about trouble that goes on.
import type { Facts } from './facts.ts';
import { evidenceText, patternText, rateText, reasonsExplained } from './figures.ts';
import { phasesText, slownessText } from './pace.ts';
import { clock, listed, percent, plain, span, stamp } from './words.ts';

const nameLimit = 80;
const textLimit = 300;

/** "Electronic health records (fhir) in Northern California". */
export function whoText({ service, incident, regionName }: Facts): string {
  const where = regionName === '' ? '' : ` in ${plain(regionName, nameLimit)}`;
  return `${plain(service.name, nameLimit)} (${plain(incident.endpoint.name, nameLimit)})${where}`;
}

/** "Last 60 probes, newest last, 1 is a failure: 0010…". */
export function stripLine({ incident }: Facts): string {
  return `Last ${incident.strip.length} probes, newest last, 1 is a failure: ${incident.strip}`;
}

/** What is wrong, how badly, why; whom it hurts; what stands around it; what to do; on what evidence. */
export function faultLines(facts: Facts): readonly string[] {
  const lines = [firstLine(facts), ...figureLines(facts), ...harmLines(facts), ...surroundingLines(facts), ...actionLines(facts)];
  if (facts.event !== 'reminder') lines.push(`${evidenceText(facts)}.`);
  if (facts.event === 'reminder') lines.push(reminderLine(facts));
  if (facts.fallback) lines.push('No route matches this service and region, so every receiver is told.');
  return lines;
}

function firstLine(facts: Facts): string {
  const { event, incident, spell, at, clockOffset } = facts;
  const { state } = incident.verdict;
  const who = whoText(facts);
  const began = stamp(spell.onset + clockOffset);
  const lasting = span(at - spell.onset);
  if (event === 'worsened') return `${who} went from ${facts.known} to ${state}. The trouble began at ${began}, ${lasting} ago.`;
  if (event === 'reminder') return `${who} ${stillText(state)}. The trouble began at ${began}, ${lasting} ago.`;
  if (event !== 'reopened' || spell.pausedAt === null) return `${who} has been ${state} since ${began}, for ${lasting}.`;
  const over = stamp(spell.pausedAt + clockOffset);
  return `${who} is ${state} again since ${began}, for ${lasting}. It was thought over at ${over}; the incident goes on.`;
}

function stillText(state: string): string {
  return state === 'unknown' ? 'gives no fresh results, and its incident stays open' : `is still ${state}`;
}

function figureLines(facts: Facts): string[] {
  const { incident, clockOffset } = facts;
  const { pattern, healthyRate, slowness } = incident.verdict;
  const lines = [`${capital(rateText(facts))}. When it is well, about ${percent(healthyRate)} fail.`];
  const why = reasonsExplained(incident.reasons);
  if (why !== '') lines.push(`Commonest reasons: ${why}.`);
  if (slowness !== undefined)
    lines.push(`It is slow as well: ${[slownessText(slowness), phasesText(slowness)].filter((text) => text !== '').join('; ')}.`);
  if (pattern !== undefined) lines.push(`Pattern: ${patternText(pattern)}.`);
  lines.push(stripLine(facts));
  if (incident.samples.length > 0) lines.push('Latest failures:');
  for (const { at, reason, message } of incident.samples) lines.push(`  ${clock(at + clockOffset)} UTC ${reason}: ${plain(message, 200)}`);
  return lines;
}

function harmLines({ service, incident, surroundings }: Facts): string[] {
  const lines: string[] = [];
  const features = harmText(service);
  if (features !== '') lines.push(`Patients lose${incident.verdict.state === 'down' ? '' : ' at times'}: ${features}.`);
  const dependents = surroundings.dependents.map((name) => plain(name, nameLimit));
  if (dependents.length > 0) lines.push(`What depends on it: ${listed(dependents)}.`);
  return lines;
}

/** What patients know the service by. */
export function harmText({ features }: Facts['service']): string {
  return listed(features.map((feature) => plain(feature, nameLimit)));
}

export function surroundingLines({ surroundings, regionName }: Facts): string[] {
  const lines: string[] = [];
  const names = (list: readonly string[]) => listed(list.map((name) => plain(name, nameLimit)));
  const needs = surroundings.needs.map((need) => `${plain(need.name, nameLimit)} (${need.state})`);
  if (needs.length > 0) lines.push(`It depends on ${listed(needs)}.`);
  const here = regionName === '' ? '' : ` in ${plain(regionName, nameLimit)}`;
  if (surroundings.alsoUnwell.length > 0) lines.push(`Also unwell${here}: ${names(surroundings.alsoUnwell)}.`);
  if (surroundings.unwellElsewhere.length > 0) lines.push(`The same endpoint is unwell in ${names(surroundings.unwellElsewhere)} too.`);
  if (surroundings.wellElsewhere.length > 0) lines.push(`The same endpoint is well in ${names(surroundings.wellElsewhere)}.`);
  return lines;
}

export function actionLines({ service }: Facts): string[] {
  const lines: string[] = [];
  if (service.downtime !== '') lines.push(`Downtime procedure: ${plain(service.downtime, textLimit)}`);
  if (service.runbook !== '') lines.push(`Runbook: ${plain(service.runbook, textLimit)}`);
  return lines;
}

export function reminderLine({ notices, at }: Facts): string {
  const next = notices.remindAt === null ? '' : `; the next comes in ${span(notices.remindAt - at)} unless it is over`;
  return `This is reminder ${notices.reminders}${next}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
