// The course of the trouble: for each transaction to come, whether it fails and how. Knows no clock: minutes are told to it.
import type { EndpointId } from '#model/endpoint.ts';
import type { EndpointReason } from '#model/reason.ts';
import { dice } from './chance.ts';
import type { Place, Scenario } from './scenarios.ts';

export class Course {
  readonly scenario: Scenario;
  readonly #chance;
  /** How many transactions each endpoint has had: every one meets its own throw. */
  readonly #thrown = new Map<EndpointId, number>();
  readonly #latest = new Map<EndpointId, EndpointReason | undefined>();
  /** What a person made of it; until then the scenario's own times hold. */
  #byHand: { readonly broken: boolean; readonly since: number } | undefined;

  constructor(scenario: Scenario, seed: number) {
    this.scenario = scenario;
    this.#chance = dice(seed);
  }

  /** Breaks it, or mends it. From here on only a person does either. */
  toggle(minute: number): void {
    this.#byHand = { broken: !this.isBroken(minute), since: minute };
  }

  /** For how many minutes it has been broken; undefined while it is not. */
  sinceBroken(minute: number): number | undefined {
    if (this.#byHand !== undefined) return this.#byHand.broken ? minute - this.#byHand.since : undefined;
    const { breaksAt, mendedAt } = this.scenario;
    return minute >= breaksAt && minute < mendedAt ? minute - breaksAt : undefined;
  }

  isBroken(minute: number): boolean {
    return this.sinceBroken(minute) !== undefined;
  }

  /** Whether the trouble, when it is there, concerns this endpoint. */
  isHit(place: Place): boolean {
    return this.scenario.hits(place) && this.#looks(place).length > 0;
  }

  /** The share of transactions of this endpoint that fail at this minute. */
  share(place: Place, minute: number): number {
    const since = this.sinceBroken(minute);
    if (since === undefined || !this.isHit(place)) return 0;
    return this.scenario.share({ place, minute: since, chance: this.#chance });
  }

  /** Throws the dice for the endpoint's next transaction: how it fails, or undefined where it goes well. */
  throwFor(place: Place, minute: number): EndpointReason | undefined {
    const number = (this.#thrown.get(place.id) ?? 0) + 1;
    this.#thrown.set(place.id, number);
    const fails = this.#chance('fails', place.id, number) < this.share(place, minute);
    const looks = this.#looks(place);
    const look = fails ? looks[Math.floor(this.#chance('looks', place.id, number) * looks.length)] : undefined;
    this.#latest.set(place.id, look);
    return look;
  }

  /** Whether the endpoint's present transaction is to fail. */
  isToFail(id: EndpointId): boolean {
    return this.#latest.get(id) !== undefined;
  }

  #looks({ shows }: Place): readonly EndpointReason[] {
    return this.scenario.looks.filter((look) => shows.has(look));
  }
}
