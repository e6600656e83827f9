// What waits to be written: bounded where loss is bearable, complete where it is not.
import type { EndpointId } from '#model/endpoint.ts';
import type { IncidentEvent } from '#model/event.ts';
import type { Incident } from '#model/incident.ts';
import type { CourseEvent, IncidentPage, IncidentQuery, ResultQuery, ResultRecord, SavedState, Transition } from './contract.ts';

/** Quiet results kept while the file is unwell: fifty seconds at a thousand a second. */
const resultsMost = 50_000;

/** About 20 ms of the loop. */
const wellBite = 5000;
/** A try on a full disk must not cost as much every second. */
const unwellBite = 100;

/** Everything that the next transaction writes, except the outbox. */
export class Waiting {
  /** Results of the next transaction. */
  bite = wellBite;
  /** Oldest first. */
  results: ResultRecord[] = [];
  /** Quiet results given up. */
  dropped = 0;
  events: IncidentEvent[] = [];
  readonly states = new Map<EndpointId, SavedState>();
  readonly meta = new Map<string, string>();
  /** Latest event of each open incident: what a new file must know. */
  readonly #open = new Map<string, IncidentEvent>();

  result(record: ResultRecord): void {
    this.results.push(record);
    // A tenth at once, so that a long outage does not shift the array at every result.
    if (this.results.length > resultsMost) this.dropped += this.results.splice(0, resultsMost / 10).length;
  }

  take(change: Pick<Transition, 'results' | 'incidentEvents' | 'states'>): void {
    for (const record of change.results ?? []) this.result(record);
    for (const event of change.incidentEvents ?? []) {
      this.events.push(event);
      this.#remember(event);
    }
    for (const state of change.states ?? []) this.states.set(state.endpoint, state);
  }

  /** Open incidents of the file that memory has no later word of. */
  load(incidents: readonly Incident[]): void {
    const heard = new Set(this.events.map((event) => event.incident.id));
    for (const incident of incidents) {
      if (this.#open.has(incident.id) || heard.has(incident.id)) continue;
      const id = `${incident.id}#${incident.sequence}`;
      this.#open.set(incident.id, { type: 'incident', id, at: incident.openedAt, kind: 'opened', incident });
    }
  }

  /** Before a transaction: less is tried while the file is unwell. */
  portion(well: boolean): void {
    this.bite = well ? wellBite : unwellBite;
  }

  firstResults(): readonly ResultRecord[] {
    return this.results.length <= this.bite ? this.results : this.results.slice(0, this.bite);
  }

  committed(): void {
    this.results = this.results.slice(this.bite);
    this.events = [];
    this.states.clear();
    this.meta.clear();
  }

  fileLost(): void {
    const waiting = new Set(this.events.map((event) => event.id));
    this.events.unshift(...this.#open.values().filter((event) => !waiting.has(event.id)));
  }

  facts(): number {
    return this.events.length + this.states.size + this.meta.size;
  }

  isEmpty(): boolean {
    return this.results.length === 0 && this.facts() === 0;
  }

  openIncidents(): readonly Incident[] {
    return this.#open
      .values()
      .map((event) => event.incident)
      .toArray();
  }

  resultsOf(query: ResultQuery): readonly ResultRecord[] {
    const until = query.until ?? Number.POSITIVE_INFINITY;
    return this.results.filter(
      ({ result }) => result.endpoint === query.endpoint && result.scheduledAt >= query.since && result.scheduledAt <= until,
    );
  }

  incident(id: string): Incident | undefined {
    return this.events.findLast((event) => event.incident.id === id)?.incident ?? this.#open.get(id)?.incident;
  }

  courseOf(incident: string): readonly CourseEvent[] {
    return this.events
      .filter((event) => event.incident.id === incident)
      .map(({ id, at, kind, incident: look }) => ({ id, at, kind, incident: look }));
  }

  /** The page as it will read once the waiting events are written; new incidents stand on the first page only. */
  overlay(page: IncidentPage, query: IncidentQuery): IncidentPage {
    if (this.events.length === 0) return page;
    const latest = new Map(this.events.map((event) => [event.incident.id, event.incident]));
    const known = page.incidents.map((incident) => latest.get(incident.id) ?? incident);
    const ids = new Set(known.map((incident) => incident.id));
    const fresh = query.cursor === undefined ? [...latest.values()].filter((incident) => !ids.has(incident.id)) : [];
    const incidents = [...fresh, ...known]
      .filter((incident) => query.state === undefined || incident.state === query.state)
      .filter((incident) => query.endpoint === undefined || incident.endpoint.id === query.endpoint)
      .toSorted((a, b) => b.openedAt - a.openedAt);
    return { ...page, incidents };
  }

  #remember(event: IncidentEvent): void {
    if (event.incident.state === 'open') this.#open.set(event.incident.id, event);
    else this.#open.delete(event.incident.id);
  }
}
