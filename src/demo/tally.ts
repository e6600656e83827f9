// What common rules would have made of the very results that Holter judged: so that the comparison is counted, and not claimed.
import type { EndpointId } from '#model/endpoint.ts';

/** Pages of one rule. */
export interface RuleCount {
  readonly name: string;
  pages: number;
  /** Minute of the first page, if there was one. */
  first?: number;
  /** Endpoints that it has paged. */
  readonly endpoints: Set<EndpointId>;
}

/** A rule that pages at the n-th failure in a row, and takes it back at the first success. */
interface Rule extends RuleCount {
  readonly inARow: number;
}

export class Tally {
  probes = 0;
  failures = 0;
  readonly #rules: readonly Rule[] = [
    { name: 'three failures in a row', inARow: 3, pages: 0, endpoints: new Set() },
    { name: 'any failure', inARow: 1, pages: 0, endpoints: new Set() },
  ];
  readonly #inARow = new Map<EndpointId, number>();

  get rules(): readonly RuleCount[] {
    return this.#rules;
  }

  /** `isExtra`: only Holter probes again soon after a failure, so the rules do not hear of it. */
  add(id: EndpointId, failed: boolean, minute: number, isExtra: boolean): void {
    this.probes += 1;
    if (isExtra && failed) this.failures += 1;
    if (isExtra) return;
    const inARow = failed ? (this.#inARow.get(id) ?? 0) + 1 : 0;
    this.#inARow.set(id, inARow);
    if (!failed) return;
    this.failures += 1;
    for (const rule of this.#rules) {
      if (rule.inARow !== inARow) continue;
      rule.pages += 1;
      rule.first ??= minute;
      rule.endpoints.add(id);
    }
  }
}
