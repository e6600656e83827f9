// The page about Holter itself: that it sees nothing, so that a quiet pager is not taken for quiet services.
import type { Alert, AlertEvent } from '#model/alert.ts';
import type { Incident } from '#model/incident.ts';
import type { DurationMs, EpochMs } from '#model/time.ts';
import type { Notices } from './cadence.ts';
import type { SpellFacts } from './facts.ts';
import { amount, clock, plain, span, stamp } from './words.ts';

export interface BlindOccasion {
  /** The incident event's id. */
  readonly id: string;
  readonly event: AlertEvent;
  readonly at: EpochMs;
  readonly clockOffset: DurationMs;
  readonly incident: Incident;
  readonly spell: SpellFacts;
  readonly notices: Notices;
  /** There are routes, and none for all services. */
  readonly fallback: boolean;
  /** What troubles it now; '' where nothing does. */
  readonly cause: string;
  /** How many are watched from there. */
  readonly endpoints: number;
  readonly publicUrl: string;
}

const titleLimit = 120;
const nameLimit = 60;
const textLimit = 300;

/** One alert for all receivers. Its labels are the same through the whole incident. */
export function blindAlertOf(occasion: BlindOccasion): Alert {
  const { id, event, at, incident, notices, publicUrl } = occasion;
  const { level, name } = incident.scope;
  const { severity } = notices;
  return {
    id,
    key: incident.key,
    incident: incident.id,
    event,
    at,
    receivers: notices.receivers,
    page: {
      title: plain(`${whoText(incident)} ${headline(occasion)}`, titleLimit),
      lines: event === 'resolved' ? resolvedLines(occasion) : openLines(occasion),
      service: '',
      serviceName: whoText(incident),
      region: '',
      regionName: '',
      state: incident.verdict.state,
      severity,
      since: incident.since,
      rate: '',
      reasons: '',
      pattern: '',
      features: [],
      downtime: '',
      runbook: '',
      links: publicUrl === '' ? [] : [{ name: 'Status', url: `${publicUrl.replace(/\/+$/, '')}/` }],
      strip: '',
    },
    labels: { service: '', region: '', scope: level, group: name, severity, trouble: incident.trouble },
  };
}

function whoText({ scope }: Incident): string {
  return `Holter at ${plain(scope.name, nameLimit)}`;
}

function headline({ event, at, spell, incident }: BlindOccasion): string {
  if (event === 'resolved') return `sees again after ${span((incident.resolvedAt ?? at) - spell.onset)}`;
  if (event === 'reminder') return 'still has trouble of its own: it may see nothing';
  return `has trouble of its own${event === 'reopened' ? ' again' : ''}: it may see nothing`;
}

function openLines({ incident, spell, at, clockOffset, cause, endpoints, event, notices, fallback }: BlindOccasion): readonly string[] {
  const lines = [
    `${whoText(incident)} has trouble of its own since ${clock(spell.onset + clockOffset)} UTC, for ${span(at - spell.onset)}: ${plain(cause, textLimit)}.`,
    `Failures that it sees meanwhile are missing, not failed: nobody is paged for them, and a real fault of the ${amount(endpoints)} endpoints that it watches may go unseen.`,
    'What to do: look after the machine that it runs on and its network. Until it is over, trust what others say of the services, not this pager.',
  ];
  if (event === 'reminder') {
    const next = notices.remindAt === null ? '' : `; the next comes in ${span(notices.remindAt - at)} unless it is over`;
    lines.push(`This is reminder ${notices.reminders}${next}.`);
  }
  if (fallback) lines.push('No route is for all services, so every receiver is told.');
  return lines;
}

function resolvedLines({ incident, spell, at, clockOffset }: BlindOccasion): readonly string[] {
  const until = incident.resolvedAt ?? at;
  const from = `from ${stamp(spell.onset + clockOffset)} to ${stamp(until + clockOffset)}`;
  return [
    `${whoText(incident)} has no trouble of its own any more. It lasted ${span(until - spell.onset)}, ${from}; failures in that time are missing, and were not paged.`,
    'What is ill still is paged as if it had begun now.',
  ];
}
