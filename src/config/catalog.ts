// What the configuration must know of the probe and receiver kinds. The list itself is handed in: config imports no kind.

import type { EndpointReason } from '#model/reason.ts';
import type { DurationMs } from '#model/time.ts';
import type { Kind } from '#schema/kind.ts';

/** A number that a kind learns, with the bounds it proposes. */
export interface FactInfo {
  readonly name: string;
  readonly help: string;
  readonly warn?: number;
  readonly fail?: number;
  readonly worse?: 'above' | 'below';
}

/** The part of a probe kind that the configuration stands on. */
export interface ProbeInfo extends Kind {
  /** Least `every` outside of loopback. */
  readonly leastInterval: DurationMs;
  readonly defaultTimeout: DurationMs;
  /** An endpoint with credentials pauses after two refusals in a row. */
  readonly pausesAfterAuth: boolean;
  readonly effect: 'none' | 'read' | 'session';
  readonly reasons: readonly EndpointReason[];
  readonly facts: readonly FactInfo[];
  /** `host:port` or host of parsed options. */
  host(options: unknown): string;
  /** A floor of `every` that depends on parsed options, above `leastInterval`. */
  leastIntervalFor?(options: unknown): DurationMs;
  /** Every identifier or name of a patient that a probe with these options sends. */
  patients?(options: unknown): readonly string[];
}

export interface KindCatalog {
  readonly probes: ReadonlyMap<string, ProbeInfo>;
  readonly receivers: ReadonlyMap<string, Kind>;
}
