// An alert as Alertmanager's API v2 has it. Labels are its identity, so nothing that changes stands in them.
import type { Alert } from '../door.ts';

export interface Frame {
  readonly labels: Readonly<Record<string, string>>;
  /** Wall time of the sending. */
  readonly now: number;
  /** Until when an open alert holds without being told again. */
  readonly endsAt: number;
}

/** Longest value of a label or an annotation, in UTF-16 units. */
const labelLimit = 256;
const annotationLimit = 4000;

/** Always valid: names are names, no value is empty, endsAt is not before startsAt. */
export function encodeAlert(alert: Alert, frame: Frame) {
  const { page } = alert;
  // A clock that stepped must not make endsAt come before startsAt (400), nor a resolve hold until a time to come.
  const isOver = alert.event === 'resolved';
  const startsAt = Math.min(page.since, alert.at, frame.now);
  const endsAt = isOver ? Math.min(alert.at, frame.now) : frame.endsAt;
  const link = page.links.find(({ url }) => URL.canParse(url));
  return {
    labels: {
      ...cut(named(frame.labels), labelLimit),
      ...cut(named(alert.labels), labelLimit),
      alertname: 'HolterIncident',
      incident_key: alert.key.slice(0, labelLimit),
    },
    annotations: cut(
      {
        summary: page.title,
        description: page.lines.join('\n'),
        state: page.state,
        rate: page.rate,
        reasons: page.reasons,
        pattern: page.pattern,
        features: page.features.join(', '),
        downtime: page.downtime,
        runbook_url: page.runbook,
        links: page.links.map(({ name, url }) => `${name}: ${url}`).join('\n'),
        incident: alert.incident,
      },
      annotationLimit,
    ),
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
    ...(link === undefined ? {} : { generatorURL: link.url }),
  };
}

/** Names as the data model has them: [a-zA-Z_][a-zA-Z0-9_]*. */
function named(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [name.replaceAll(/[^a-zA-Z0-9_]/g, '_').replace(/^(\d)/, '_$1'), value]),
  );
}

/** Empty values are dropped, as Alertmanager does. */
function cut(texts: Readonly<Record<string, string>>, limit: number): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts)
      .filter(([, text]) => text !== '')
      .map(([name, text]) => [name, text.slice(0, limit)]),
  );
}
