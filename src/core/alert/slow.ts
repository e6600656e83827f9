// The sentences of a page about an endpoint that answers rightly, and slowly.
import type { Slowness } from '#model/verdict.ts';
import type { Facts } from './facts.ts';
import { actionLines, harmText, reminderLine, surroundingLines, whoText } from './fault.ts';
import { allowance, strengthText } from './figures.ts';
import { phaseNames, slownessText } from './pace.ts';
import { amount, percent, percentRange, plain, span, stamp } from './words.ts';

/** How slow, where the time goes, whom it hurts, what stands around it, what to do; or that it is over. */
export function slowLines(facts: Facts): readonly string[] {
  if (facts.event === 'resolved') return resolvedLines(facts);
  const { slowness } = facts.incident.verdict;
  const lines = [firstLine(facts)];
  if (slowness !== undefined) lines.push(...figureLines(slowness));
  const harm = harmText(facts.service);
  if (harm !== '') lines.push(`Patients wait for: ${harm}.`);
  lines.push(...surroundingLines(facts), ...actionLines(facts));
  if (facts.event === 'reminder') lines.push(reminderLine(facts));
  else
    lines.push(
      `Evidence: ${strengthText(facts.incident.verdict.evidenceRatio)}; slowness of this endpoint may cost at most ${allowance(facts.falsePagesPerYear)}.`,
    );
  if (facts.fallback) lines.push('No route matches this service and region, so every receiver is told.');
  return lines;
}

function firstLine(facts: Facts): string {
  const { event, spell, at, clockOffset, incident } = facts;
  const who = whoText(facts);
  const began = stamp(spell.onset + clockOffset);
  const lasting = span(at - spell.onset);
  if (incident.verdict.state === 'unknown')
    return `${who} was slow and gives no fresh results; its incident stays open. The trouble began at ${began}, ${lasting} ago.`;
  if (event === 'reminder') return `${who} is still slow. The trouble began at ${began}, ${lasting} ago.`;
  if (event !== 'reopened' || spell.pausedAt === null)
    return `${who} has been slow since ${began}, for ${lasting}. What it answers is right.`;
  return `${who} is slow again since ${began}, for ${lasting}. It was thought over at ${stamp(spell.pausedAt + clockOffset)}; the incident goes on.`;
}

function figureLines(slowness: Slowness): string[] {
  const { slow, attempts, share, phases } = slowness;
  const text = slownessText(slowness);
  const lines = [`${text.charAt(0).toUpperCase()}${text.slice(1)}.`];
  lines.push(`${amount(slow)} of the last ${amount(attempts)} answers were slow (${percentRange(share.low, share.high)}).`);
  const named = phaseNames(slowness);
  lines.push(named === '' ? 'No single phase explains the extra time.' : `Of the extra time ${percent(sum(phases))} goes into ${named}.`);
  return lines;
}

function sum(phases: Slowness['phases']): number {
  return phases.reduce((total, { share }) => total + share, 0);
}

function resolvedLines(facts: Facts): readonly string[] {
  const { spell, at, clockOffset, why, incident, service } = facts;
  const who = whoText(facts);
  const from = `from ${stamp(spell.onset + clockOffset)} to ${stamp(at + clockOffset)}`;
  const lasting = span(at - spell.onset);
  const lines = [
    why === ''
      ? `${who} answers as fast as usual again. It was slow for ${lasting}, ${from}.`
      : `${who}: ${plain(why, 300)}. Nothing else is proven; it was slow for ${lasting}, ${from}.`,
  ];
  if (spell.attempts > 0)
    lines.push(
      `${amount(spell.failures)} of ${amount(spell.attempts)} answers were slow, about ${percent(spell.failures / spell.attempts)}.`,
    );
  if (incident.worst !== 'slow') lines.push(`In between it failed as well; the worst state was ${incident.worst}.`);
  if (why === '') lines.push('Slowness that went on would look as well as this at most once in 7 days.');
  if (service.downtime !== '') lines.push(`Downtime procedure that may still be in force: ${plain(service.downtime, 300)}`);
  return lines;
}
