// The sentences of a page about credentials that an endpoint refuses: nothing is known of it, and nobody shall guess.
import type { Facts } from './facts.ts';
import { whoText } from './fault.ts';
import { clock, plain, span, stamp } from './words.ts';

/** What is refused, why Holter waits, what to do; or that it is over. */
export function refusedLines(facts: Facts): readonly string[] {
  const { event, incident, at, clockOffset, service, notices } = facts;
  if (event === 'resolved') return resolvedLines(facts);
  const lines = [openLine(facts)];
  const last = incident.samples.at(-1);
  if (last !== undefined) lines.push(`What it said: ${clock(last.at + clockOffset)} UTC ${last.reason}: ${plain(last.message, 200)}`);
  lines.push(waitLine(facts));
  lines.push('Meanwhile nothing is known of it: its state is unknown, and a fault of it would not be paged.');
  lines.push(
    'What to do: unlock the account if it is locked; put the right credentials into the configuration and reload: changed ones are tried at once.',
  );
  if (service.runbook !== '') lines.push(`Runbook: ${plain(service.runbook, 300)}`);
  if (event === 'reminder') {
    const next = notices.remindAt === null ? '' : `; the next comes in ${span(notices.remindAt - at)} unless it is over`;
    lines.push(`This is reminder ${notices.reminders}${next}.`);
  }
  if (facts.fallback) lines.push('No route matches this service and region, so every receiver is told.');
  return lines;
}

function openLine(facts: Facts): string {
  const { event, spell, at, clockOffset, access } = facts;
  const what = access.locked ? "says that Holter's account is locked" : "refuses Holter's credentials";
  const lasting = event === 'reminder' ? `, for ${span(at - spell.onset)}` : '';
  return `${whoText(facts)} ${what}, since ${stamp(spell.onset + clockOffset)}${lasting}.`;
}

function waitLine({ access, clockOffset }: Facts): string {
  const next = access.until === null ? '' : ` until ${stamp(access.until + clockOffset)}`;
  return `Holter leaves it alone${next}, and twice as long after each further refusal, lest the account is locked.`;
}

function resolvedLines(facts: Facts): readonly string[] {
  const { why, spell, at, clockOffset } = facts;
  const who = whoText(facts);
  const from = `from ${stamp(spell.onset + clockOffset)} to ${stamp(at + clockOffset)}`;
  if (why !== '')
    return [
      `${who}: ${why}. Whether it takes the credentials now is not known yet; they were refused for ${span(at - spell.onset)}, ${from}.`,
    ];
  return [
    `${who} takes Holter's credentials again. They were refused for ${span(at - spell.onset)}, ${from}; in that time it was not judged.`,
  ];
}
