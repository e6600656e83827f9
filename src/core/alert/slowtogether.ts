// The page of slowness that many endpoints share: one cause, and where the time goes.
import type { Alert, Page } from '#model/alert.ts';
import { phaseNames, phasesText, slownessText } from './pace.ts';
import { featuresOf, type GroupOccasion, groupAlertOf, names, procedureLines, whatText } from './together.ts';
import { amount, listed, percent, plain, span, stamp } from './words.ts';

const titleLimit = 120;
const nameLimit = 80;
const namedMost = 12;
const servicesNamed = 4;

/** One alert for all receivers. Its labels are the same through the whole incident. */
export function slowGroupAlertOf(occasion: GroupOccasion): Alert {
  const alert = groupAlertOf(occasion);
  return { ...alert, page: slowPageOf(occasion, alert.page), labels: { ...alert.labels, trouble: 'slow' } };
}

function slowPageOf(occasion: GroupOccasion, page: Page): Page {
  const { slowness } = occasion.incident.verdict;
  const isOver = occasion.event === 'resolved';
  return {
    ...page,
    title: plain(`${whatText(occasion.place)} ${headline(occasion)}`, titleLimit),
    lines: isOver ? resolvedLines(occasion) : slowLines(occasion),
    state: occasion.why === '' ? (isOver ? 'up' : 'slow') : 'unknown',
    rate: slowness === undefined ? '' : slownessText(slowness),
    reasons: '',
    pattern: slowness === undefined ? '' : phasesText(slowness),
  };
}

function headline({ event, why, spell, at }: GroupOccasion): string {
  const lasting = span(at - spell.onset);
  if (event === 'resolved') return why === '' ? `as fast as usual again after ${lasting}` : `no longer judged after ${lasting}`;
  if (event === 'reminder') return 'still slow';
  if (event === 'widened') return 'slow: wider than was told';
  return event === 'reopened' ? 'slow again' : 'slow';
}

function slowLines(occasion: GroupOccasion): readonly string[] {
  const { incident, spell, at, clockOffset, services, place, unaffected, notices } = occasion;
  const { slowness } = incident.verdict;
  const hit = services.map(({ service }) => plain(service.name, nameLimit));
  const lines = [
    `${whatText(place)} answers rightly, and slowly${hit.length === 0 ? '' : `: ${listed(hit, servicesNamed)}`}.`,
    `It began at ${stamp(spell.onset + clockOffset)}, ${span(at - spell.onset)} ago.`,
  ];
  if (slowness !== undefined) {
    const text = slownessText(slowness);
    const named = phaseNames(slowness);
    lines.push(`Taken together ${text}.`);
    const share = slowness.phases.reduce((total, one) => total + one.share, 0);
    lines.push(named === '' ? 'No single phase explains the extra time.' : `Of the extra time ${percent(share)} goes into ${named}.`);
  }
  const members = (incident.members ?? []).map((id) => plain(id, nameLimit));
  if (members.length > 0) lines.push(`Slow, and not paged one by one: ${listed(members, namedMost)}.`);
  if (unaffected.length > 0) lines.push(`Not failing: ${names(unaffected)}.`);
  const features = featuresOf(services);
  if (features.length > 0) lines.push(`Patients wait for: ${listed(features)}.`);
  lines.push(...procedureLines(services, ''));
  if (occasion.event === 'reminder') {
    const next = notices.remindAt === null ? '' : `; the next comes in ${span(notices.remindAt - at)} unless it is over`;
    lines.push(`This is reminder ${notices.reminders}${next}.`);
  } else
    lines.push('One of them is slow beyond what its own share of false pages allows, and several others with it: they are told as one.');
  return lines;
}

function resolvedLines(occasion: GroupOccasion): readonly string[] {
  const { place, spell, at, clockOffset, why, services } = occasion;
  const from = `from ${stamp(spell.onset + clockOffset)} to ${stamp(at + clockOffset)}`;
  const lasting = span(at - spell.onset);
  const first =
    why === ''
      ? `${whatText(place)} answers as fast as usual again. It was slow for ${lasting}, ${from}.`
      : `${whatText(place)}: ${plain(why, 300)}. Nothing is proven; it was slow for ${lasting}, ${from}.`;
  const lines = [first];
  if (spell.attempts > 0) lines.push(`${amount(spell.failures)} of ${amount(spell.attempts)} answers were slow.`);
  if (why === '') lines.push('Each of them by itself looks well; slowness that went on would look so at most once in 7 days.');
  return [...lines, ...procedureLines(services, ' that may still be in force')];
}
