// The sentences of a page about trouble that is over.
import type { Facts } from './facts.ts';
import { stripLine, whoText } from './fault.ts';
import { rateText, reasonsExplained } from './figures.ts';
import { amount, percent, plain, span, stamp } from './words.ts';

/** How long it lasted, how bad it was, on what evidence it is steady. */
export function resolveLines(facts: Facts): readonly string[] {
  const { spell, incident, service, clockOffset } = facts;
  const lines = [firstLine(facts), `${rateText(facts)}${stretchText(facts)}. The worst state was ${incident.worst}.`];
  if (facts.why === '') lines.push(steadyLine(facts));
  const why = reasonsExplained(incident.reasons);
  if (why !== '') lines.push(`Commonest reasons: ${why}.`);
  lines.push(stripLine(facts));
  if (incident.since < spell.onset) lines.push(`It had come back: the incident first began at ${stamp(incident.since + clockOffset)}.`);
  if (service.downtime !== '') lines.push(`Downtime procedure that may still be in force: ${plain(service.downtime, 300)}`);
  return lines;
}

function firstLine(facts: Facts): string {
  const { spell, at, clockOffset, why } = facts;
  const from = `from ${stamp(spell.onset + clockOffset)} to ${stamp(at + clockOffset)}`;
  if (why !== '') return `${whoText(facts)}: ${why}. Nothing is proven; the trouble was open for ${span(at - spell.onset)}, ${from}.`;
  return `${whoText(facts)} is steady again. The trouble lasted ${span(at - spell.onset)}, ${from}.`;
}

function stretchText({ spell }: Facts): string {
  const { failures, probes } = spell.worstStretch;
  if (probes === 0 || spell.attempts <= probes) return '';
  return `; in the worst stretch ${failures} of ${probes} (${percent(failures / probes)})`;
}

/** The recovery test closes at most one continuing fault in 7 days (detection.md 5). */
function steadyLine({ okRun }: Facts): string {
  return `The last ${amount(okRun)} probes went well; a fault that went on would look as well as this at most once in 7 days.`;
}
