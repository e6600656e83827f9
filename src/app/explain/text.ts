// An explanation in sentences, for a terminal and for the page.
import { allowance } from '#core/alert/figures.ts';
import { amount, listed, percent, plain, span, stamp } from '#core/alert/words.ts';
import type { Alternative } from '#core/explain/look.ts';
import { stripText } from '#draw/strip.ts';
import { secondMs } from '#model/time.ts';
import { closingLines } from './closing.ts';
import type { Explanation, FailureView } from './contract.ts';
import { stripOfPoints } from './picture.ts';
import { figure, timeOf } from './views.ts';

/** One heading with its sentences. */
export interface Section {
  readonly heading: string;
  readonly lines: readonly string[];
}

const nameLimit = 120;
const othersNamed = 6;
const columns = 60;
const rows = 20;
/** Alternatives below this share are not worth a word. */
const leastShare = 0.01;
const familyNames: Readonly<Record<Alternative['kind'], string>> = {
  steady: 'single failures spread evenly',
  bursts: 'bursts',
  down: 'nearly every probe fails',
};

/** Plain text, at most some hundred lines. Texts from outside are one line each, without control characters. */
export function explanationText(explanation: Explanation): string {
  const parts = [headline(explanation), explanation.incident.id, ''];
  for (const { heading, lines } of sections(explanation)) parts.push(heading, ...lines.map((line) => (line === '' ? '' : `  ${line}`)), '');
  const strip = stripText(stripOfPoints(explanation), { columns, rows });
  if (strip.length > 0) parts.push('Outcomes, with the time of the first of each row in UTC', ...strip.map((line) => `  ${line}`), '');
  return parts.join('\n');
}

/** "ehr/fhir/norcal has been intermittent since 2026-11-25 14:02:30 UTC". */
export function headline({ subject, incident, at, points }: Explanation): string {
  const name = plain(subject, nameLimit);
  const { since, resolved_at: resolvedAt, worst, trouble } = incident;
  const isBetter = resolvedAt === null && points.at(-1)?.state === 'intermittent';
  const what = trouble === 'blind' ? 'blind' : trouble === 'credentials' ? 'refusing our credentials' : isBetter ? 'intermittent' : worst;
  if (resolvedAt === null) return `${name} has been ${what} since ${stamp(timeOf(since))}, for ${span(timeOf(at) - timeOf(since))}`;
  return `${name} was ${what} from ${stamp(timeOf(since))} on, for ${span(timeOf(resolvedAt) - timeOf(since))}`;
}

/** All but the strip. */
export function sections(explanation: Explanation): readonly Section[] {
  return [
    { heading: 'Course', lines: courseLines(explanation) },
    { heading: 'Why it was paged', lines: whyLines(explanation) },
    { heading: 'What it looked like', lines: shapeLines(explanation) },
    { heading: explanation.incident.scope.level === 'endpoint' ? 'What else was ill' : 'Who was ill', lines: otherLines(explanation) },
    { heading: explanation.incident.state === 'open' ? 'What closes it' : 'What closed it', lines: closingLines(explanation) },
    { heading: 'How this is known', lines: replayLines(explanation) },
  ].filter(({ lines }) => lines.length > 0);
}

function courseLines({ incident, course }: Explanation): readonly string[] {
  const { since, attempts, failures, reasons } = incident;
  const lines = [`${stamp(timeOf(since))}  began (estimated)`];
  let before = since;
  for (const { at, event } of course) {
    lines.push(`${stamp(timeOf(at))}  ${eventWords[event] ?? event}, ${span(timeOf(at) - timeOf(before))} later`);
    before = at;
  }
  const why = Object.entries(reasons)
    .toSorted((a, b) => b[1] - a[1])
    .map(([reason, count]) => `${amount(count)} ${reason}`);
  const what = incident.trouble === 'slow' ? 'answers were slow' : 'probes failed';
  if (attempts > 0)
    lines.push(
      `${amount(failures)} of ${amount(attempts)} ${what}, about ${percent(failures / attempts)}${why.length > 0 ? `: ${listed(why, 5)}` : ''}`,
    );
  return lines;
}

const eventWords: Readonly<Partial<Record<string, string>>> = {
  opened: 'paged',
  reopened: 'paged again: it came back',
  worsened: 'worsened to down',
  widened: 'widened to a group',
  reminder: 'reminded',
  resolved: 'closed',
};

function whyLines(explanation: Explanation): readonly string[] {
  const { incident, told, failures, failures_left_out: left, replay } = explanation;
  if (incident.trouble === 'credentials') {
    return [
      'It refused our credentials twice in a row, or said that the account is locked. That is counted, not weighed: there is no evidence to show.',
    ];
  }
  if (incident.trouble === 'blind')
    return ['The self-check failed: Holter itself saw nothing from there. That is counted, not weighed: there is no evidence to show.'];
  const lines = [`${ruleLine(explanation)} ${budgetLine(explanation)}`];
  const isSlow = incident.trouble === 'slow';
  const healthy = replay.agrees && replay.healthy_ratio !== null ? replay.healthy_ratio : told.healthy_ratio;
  if (healthy > 0) lines.push(`When it is well, about ${percent(healthy)} of its ${isSlow ? 'answers are slow' : 'probes fail'}.`);
  if (failures.length > 0) lines.push('', ...failureLines(failures));
  if (failures.slice(0, -1).some((failure) => (failure.evidence_after ?? 0) >= 1)) {
    lines.push(
      `Evidence alone does not page: it takes ${isSlow ? 'four slow answers, two minutes apart' : 'three failures, in two separate episodes'}.`,
    );
  }
  if (left > 0)
    lines.push(
      `(${amount(left)} more ${isSlow ? 'slow answers' : 'failures'} are left out: these are the first, the last and those that said most.)`,
    );
  return lines;
}

function ruleLine({ replay, told, incident }: Explanation): string {
  const isGroup = incident.scope.level !== 'endpoint';
  const evidence = replay.agrees && replay.evidence !== null ? replay.evidence : told.evidence;
  const ratio = `${figure(evidence)} times what a page needs`;
  if (replay.rule === 'down' && replay.agrees && !isGroup)
    return 'Its failures in a row were more, and lasted longer, than a restart may take: that alone pages.';
  if (isGroup && evidence < 1) return `Several of its members failed at the same time (the evidence of all was ${ratio}).`;
  return `The evidence had reached ${ratio}.`;
}

function budgetLine({ false_pages_per_year: falsePages, threshold, incident, replay }: Explanation): string {
  if (falsePages <= 0) return '';
  const subject = incident.trouble === 'slow' ? 'The slowness of this endpoint' : 'This endpoint';
  const [what, units] = incident.scope.level === 'endpoint' ? [subject, 'probes'] : ['This group', 'rounds'];
  const cost = `${what} may cost at most ${allowance(falsePages)}`;
  if (threshold <= 0 || (replay.rule === 'down' && replay.agrees)) return `${cost}.`;
  return `${cost}: a page needs evidence that chance brings once in ${amount(Number(threshold.toPrecision(2)))} ${units}.`;
}

function failureLines(failures: readonly FailureView[]): readonly string[] {
  return failures.map(({ at, reason, message, evidence_before: before, evidence_after: after }) => {
    const what = reason === '' ? message : `failed (${reason}: ${plain(message, 80)})`;
    return `${stamp(timeOf(at))}  ${what}: evidence ${figure(before)}${after === null ? ', and one too many in a row' : ` -> ${figure(after)}`}`;
  });
}

function shapeLines({ alternatives, incident }: Explanation): readonly string[] {
  const lines: string[] = [];
  const [first, then] = [familiesText(alternatives.at_page), familiesText(alternatives.at_end)];
  if (first !== '') lines.push(`At the page: ${first}.`);
  if (then !== '' && then !== first) lines.push(`${incident.state === 'open' ? 'By now' : 'At the end'}: ${then}.`);
  return lines;
}

/** "single failures spread evenly, about 28 % of probes: 92 %; bursts about every 8 min: 7 %". */
function familiesText(alternatives: readonly Alternative[]): string {
  return alternatives
    .filter(({ share }) => share >= leastShare)
    .map((one) => `${familyNames[one.kind]}${measureText(one)}: ${percent(one.share)}`)
    .join('; ');
}

function measureText({ kind, rate, gapSeconds }: Alternative): string {
  if (kind === 'steady' && rate !== undefined) return `, about ${percent(rate)} of probes`;
  if (gapSeconds !== undefined) return ` with about ${span(gapSeconds * secondMs)} between them`;
  return '';
}

function otherLines({ incident, members, others, others_looked_at: lookedAt, incidents_then: incidents }: Explanation): readonly string[] {
  const isGroup = incident.scope.level !== 'endpoint';
  const lines: string[] = [];
  const names = others.map(({ endpoint, failures, probes }) => `${plain(endpoint, nameLimit)} (${failures} of ${probes})`);
  if (members.length > 0)
    lines.push(
      `It explains ${listed(
        members.map((id) => plain(id, nameLimit)),
        othersNamed,
      )}.`,
    );
  if (isGroup && lookedAt > 0)
    lines.push(
      `${amount(others.length)} of its ${amount(lookedAt)} members failed at least once${names.length > 0 ? `: ${listed(names, othersNamed)}` : ''}.`,
    );
  else if (!isGroup && names.length > 0)
    lines.push(
      `From the onset to the page ${amount(names.length)} of ${amount(lookedAt)} others of its groups failed too: ${listed(names, othersNamed)}.`,
    );
  else if (!isGroup && lookedAt > 0) lines.push(`None of the ${amount(lookedAt)} others of its groups failed from the onset to the page.`);
  if (incidents.length > 0) lines.push('Incidents at the same time:');
  for (const { subject, since, id } of incidents) lines.push(`  ${plain(subject, nameLimit)}, since ${stamp(timeOf(since))}: ${id}`);
  return lines;
}

function replayLines({ replay, incident }: Explanation): readonly string[] {
  const { from, until, probes, agrees, paged_at: pagedAt, notes } = replay;
  if (from === null || until === null) return notes;
  const base = `${amount(probes)} recorded results from ${stamp(timeOf(from))} to ${stamp(timeOf(until))}, judged once more`;
  if (incident.trouble === 'credentials') return [`${base}.`, ...notes];
  if (agrees)
    return [`${base}: decided as the daemon did, at the same ${incident.scope.level === 'endpoint' ? 'probe' : 'round'}.`, ...notes];
  const otherwise = pagedAt === null ? 'it would not have paged' : `it would have paged at ${stamp(timeOf(pagedAt))}`;
  return [`${base}, not quite as the daemon did: ${otherwise}${closeWords(replay, incident)}.`, ...notes];
}

function closeWords({ closed_at: closedAt }: Explanation['replay'], { resolved_at: resolvedAt }: Explanation['incident']): string {
  if (closedAt === null || closedAt === resolvedAt) return '';
  return `, and closed at ${stamp(timeOf(closedAt))}`;
}
