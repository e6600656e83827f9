// The incidents that people ask about: those that are open, and those resolved lately.
import type { IncidentEvent } from '#model/event.ts';
import type { Incident, IncidentEventKind } from '#model/incident.ts';
import type { EpochMs } from '#model/time.ts';

/** Resolved incidents that are still shown. */
const resolvedKept = 100;
/** Steps of an incident's course that are kept. */
const stepsKept = 50;

/** An incident, and its course since the process started. */
export interface Case {
  readonly incident: Incident;
  readonly course: readonly { readonly at: EpochMs; readonly kind: IncidentEventKind; readonly why: string }[];
}

export class Casebook {
  readonly #cases = new Map<string, Case>();

  step(event: IncidentEvent): void {
    const earlier = this.#cases.get(event.incident.id)?.course ?? [];
    this.#keep({
      incident: event.incident,
      course: [...earlier, { at: event.at, kind: event.kind, why: event.why ?? '' }].slice(-stepsKept),
    });
  }

  /** Takes over what was known before the process started. */
  restore(incidents: Iterable<Incident>): void {
    for (const incident of incidents) this.#keep({ incident, course: [] });
  }

  /** Open incidents that are about none of these endpoints are forgotten. */
  retain(isPlanned: (endpoint: string) => boolean): void {
    for (const [id, { incident }] of this.#cases) if (incident.state === 'open' && !isPlanned(incident.endpoint.id)) this.#cases.delete(id);
  }

  get(id: string): Case | undefined {
    return this.#cases.get(id);
  }

  /** Newest onset first. */
  open(): readonly Case[] {
    return this.#inState('open').toSorted((a, b) => b.incident.since - a.incident.since);
  }

  /** Latest resolved first. */
  resolved(): readonly Case[] {
    return this.#inState('resolved').toReversed();
  }

  #keep(entry: Case): void {
    const { id } = entry.incident;
    // Taken out first, so that the map is ordered by the last step.
    this.#cases.delete(id);
    this.#cases.set(id, entry);
    if (entry.incident.state === 'open') return;
    const resolved = this.#inState('resolved');
    for (const old of resolved.slice(0, Math.max(0, resolved.length - resolvedKept))) this.#cases.delete(old.incident.id);
  }

  #inState(state: Incident['state']): Case[] {
    return [...this.#cases.values()].filter((entry) => entry.incident.state === state);
  }
}
