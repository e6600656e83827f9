// What the words of a page are made of.
import type { AlertEvent } from '#model/alert.ts';
import type { Incident, Trouble } from '#model/incident.ts';
import type { ServicePlan } from '#model/plan.ts';
import type { DurationMs, EpochMs } from '#model/time.ts';
import type { State } from '#model/verdict.ts';

/** A service that this one depends on, as it is now. */
export interface Need {
  readonly name: string;
  readonly state: State | 'not watched';
}

export interface Surroundings {
  readonly needs: readonly Need[];
  /** Names of the services that depend on this one. */
  readonly dependents: readonly string[];
  /** In the same region: other services, and other endpoints of this one. */
  readonly alsoUnwell: readonly string[];
  /** Names of the regions in which the same endpoint is well, and unwell. */
  readonly wellElsewhere: readonly string[];
  readonly unwellElsewhere: readonly string[];
}

/** The present stretch of trouble, counted since its onset. */
export interface SpellFacts {
  readonly onset: EpochMs;
  /** When the incident was last thought over; null when it never was. */
  readonly pausedAt: EpochMs | null;
  readonly attempts: number;
  readonly failures: number;
  readonly worstStretch: { readonly failures: number; readonly probes: number };
}

/** All that a page is made of. */
export interface Facts {
  readonly event: AlertEvent;
  readonly at: EpochMs;
  /** What the wall clock has moved by: texts show wall time. */
  readonly clockOffset: DurationMs;
  readonly incident: Incident;
  /** What the incident was opened for, whatever it is about now. */
  readonly openedFor: Trouble;
  /** The worst that people knew of before. */
  readonly known: Incident['worst'];
  readonly spell: SpellFacts;
  /** Probes since the latest failure that went well. */
  readonly okRun: number;
  /** Where credentials are refused: whether the account is locked, and when the endpoint is probed again. */
  readonly access: { readonly locked: boolean; readonly until: EpochMs | null };
  readonly notices: { readonly reminders: number; readonly remindAt: EpochMs | null };
  /** Why it ended, where it was not the fault that ended; else ''. */
  readonly why: string;
  readonly service: ServicePlan;
  readonly regionName: string;
  readonly falsePagesPerYear: number;
  /** No route matched. */
  readonly fallback: boolean;
  readonly surroundings: Surroundings;
  readonly publicUrl: string;
}
