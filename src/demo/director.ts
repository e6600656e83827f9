// Brings the course of the trouble to the far ends: after each probe of an endpoint it is settled how the next one goes, so that every
// transaction meets a throw of its own, however slow or fast it is probed.
import type { EndpointId } from '#model/endpoint.ts';
import type { Event, Sink } from '#model/event.ts';
import type { Plan } from '#model/plan.ts';
import { type EpochMs, minuteMs } from '#model/time.ts';
import type { Course } from './course.ts';
import type { Place } from './scenarios.ts';
import type { World } from './world.ts';

export interface DirectorOptions {
  readonly plan: Pick<Plan, 'endpoints'>;
  readonly places: readonly Place[];
  readonly course: Course;
  readonly world: Pick<World, 'behave'>;
  /** When the daemon's time began: minute 0 of the course. */
  readonly began: EpochMs;
}

export class Director implements Sink {
  readonly #options: DirectorOptions;
  readonly #places: ReadonlyMap<EndpointId, Place>;
  readonly #intervals: ReadonlyMap<EndpointId, number>;

  constructor(options: DirectorOptions) {
    this.#options = options;
    this.#places = new Map(options.places.map((place) => [place.id, place]));
    this.#intervals = new Map(options.plan.endpoints.map(({ id, timing }) => [id, timing.interval]));
  }

  accept(event: Event): void {
    if (event.type !== 'result') return;
    const { endpoint, scheduledAt } = event.result;
    const place = this.#places.get(endpoint);
    const next = scheduledAt + (this.#intervals.get(endpoint) ?? 0);
    if (place !== undefined) this.#settle(place, (next - this.#options.began) / minuteMs);
  }

  async close(): Promise<void> {}

  /** For when a person turns the course: the probes that are due next meet it already. */
  settleAll(minute: number): void {
    for (const place of this.#places.values()) this.#settle(place, minute);
  }

  #settle(place: Place, minute: number): void {
    this.#options.world.behave(place.id, this.#options.course.throwFor(place, minute));
  }
}
