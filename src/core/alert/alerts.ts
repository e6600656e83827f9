// What is owed to receivers: the page in its envelope.
import { type Alert, type Severity, severities } from '#model/alert.ts';
import type { Incident } from '#model/incident.ts';
import type { ServicePlan } from '#model/plan.ts';
import type { Notices } from './cadence.ts';
import { pageOf } from './compose.ts';
import type { Facts } from './facts.ts';

/** How loud a page is: down is critical except where the configuration says that little depends on it; slow is a step below intermittent. */
const loudness: Readonly<Record<ServicePlan['criticality'], Readonly<Record<Incident['worst'], Severity>>>> = {
  critical: { slow: 'error', intermittent: 'critical', down: 'critical' },
  high: { slow: 'warning', intermittent: 'error', down: 'critical' },
  normal: { slow: 'info', intermittent: 'warning', down: 'critical' },
  low: { slow: 'info', intermittent: 'warning', down: 'error' },
};

/** Refused credentials blind us for one endpoint and break nothing: a warning. Whoever is blind for all of them cannot tell of worse: an error. */
export function severityOf(criticality: ServicePlan['criticality'], { trouble, worst }: Pick<Incident, 'trouble' | 'worst'>): Severity {
  if (trouble === 'failing' || trouble === 'slow') return loudness[criticality][worst];
  return trouble === 'credentials' ? 'warning' : 'error';
}

/** The loudest of several; `info` of none. */
export function loudest(several: readonly Severity[]): Severity {
  return severities.find((severity) => several.includes(severity)) ?? 'info';
}

export interface Occasion extends Facts {
  /** The incident event's id. */
  readonly id: string;
  readonly notices: Notices;
}

/** One alert for all receivers. Its labels are the same through the whole incident; the page's severity follows the worst state. */
export function alertOf(occasion: Occasion): Alert {
  const { id, event, at, incident, notices, openedFor } = occasion;
  const { service, region, name } = incident.endpoint;
  return {
    id,
    key: incident.key,
    incident: incident.id,
    event,
    at,
    receivers: notices.receivers,
    page: pageOf(occasion, severityOf(occasion.service.criticality, incident)),
    labels: { service, region, endpoint: name, severity: notices.severity, ...(openedFor !== 'failing' && { trouble: openedFor }) },
  };
}
