// What a page says: facts first, in the words of somebody calm (design.md, "A page says").
import type { Page, Severity } from '#model/alert.ts';
import type { Facts } from './facts.ts';
import { faultLines } from './fault.ts';
import { patternText, rateText, reasonsText } from './figures.ts';
import { phasesText, slownessText } from './pace.ts';
import { refusedLines } from './refused.ts';
import { resolveLines } from './resolve.ts';
import { slowLines } from './slow.ts';
import { plain, span } from './words.ts';

const titleLimit = 120;
const textLimit = 300;

/** The page of one incident event. Plain text; everything that others wrote is one line and cut. */
export function pageOf(facts: Facts, severity: Severity): Page {
  const { incident, service, regionName } = facts;
  return {
    title: titleOf(facts),
    lines: linesOf(facts),
    service: service.id,
    serviceName: plain(service.name, textLimit),
    region: incident.endpoint.region,
    regionName: plain(regionName, textLimit),
    state: stateOf(facts),
    severity,
    since: incident.since,
    rate: paceOf(facts) ?? rateText(facts),
    reasons: reasonsText(incident.reasons),
    pattern: patternOf(facts),
    features: service.features.map((feature) => plain(feature, textLimit)),
    downtime: plain(service.downtime, textLimit),
    runbook: plain(service.runbook, textLimit),
    links: linksOf(facts),
    strip: incident.strip,
  };
}

/** Slow is a state in words alone: what answers slowly is up. */
function stateOf({ why, incident, event }: Facts): string {
  if (why !== '') return 'unknown';
  return incident.trouble === 'slow' && event !== 'resolved' && incident.verdict.state === 'up' ? 'slow' : incident.verdict.state;
}

/** Of slowness "about 34 % of answers take over 420 ms …"; undefined for other trouble. */
function paceOf({ incident: { trouble, verdict }, spell }: Facts): string | undefined {
  if (trouble !== 'slow') return undefined;
  return verdict.slowness === undefined ? `${spell.failures} of ${spell.attempts} answers were slow` : slownessText(verdict.slowness);
}

function patternOf({ incident: { trouble, verdict } }: Facts): string {
  if (trouble === 'slow') return verdict.slowness === undefined ? '' : phasesText(verdict.slowness);
  return verdict.pattern === undefined ? '' : patternText(verdict.pattern);
}

function linesOf(facts: Facts): readonly string[] {
  if (facts.incident.trouble === 'slow') return slowLines(facts);
  if (facts.incident.trouble === 'credentials') return refusedLines(facts);
  return facts.event === 'resolved' ? resolveLines(facts) : faultLines(facts);
}

/** For a watch: which service, how it is, where. */
function titleOf(facts: Facts): string {
  const { service, incident, regionName, spell, at } = facts;
  const where = regionName === '' ? '' : ` in ${plain(regionName, 40)}`;
  const what = `${plain(service.name, 40)} ${plain(incident.endpoint.name, 30)}`;
  return plain(`${what} ${headline(facts)}${where}${facts.event === 'resolved' ? ` after ${span(at - spell.onset)}` : ''}`, titleLimit);
}

function headline(facts: Facts): string {
  const { event, why, incident } = facts;
  const { trouble } = incident;
  const state = stateOf(facts);
  if (trouble === 'credentials') return refusalHeadline(facts);
  if (event === 'resolved' && why === '') return trouble === 'slow' ? 'as fast as usual again' : 'steady again';
  if (event === 'resolved') return 'no longer judged';
  const word = state === 'unknown' ? 'without fresh results' : state;
  if (event === 'worsened') return `now ${word}`;
  if (event === 'reminder') return `still ${word}`;
  return event === 'reopened' ? `${word} again` : word;
}

function refusalHeadline({ event, why, access }: Facts): string {
  if (event === 'resolved') return why === '' ? 'takes our credentials again' : 'credentials changed';
  const word = access.locked ? 'account locked' : 'refuses our credentials';
  return event === 'reminder' ? `still ${word}` : word;
}

function linksOf({ publicUrl, service }: Facts): Page['links'] {
  const links: { name: string; url: string }[] = [];
  if (publicUrl !== '') links.push({ name: 'Open incidents', url: `${publicUrl.replace(/\/+$/, '')}/api/v1/incidents` });
  if (/^https?:\/\/\S+$/.test(service.runbook)) links.push({ name: 'Runbook', url: service.runbook });
  return links;
}
