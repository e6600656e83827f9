// What a receiver kind is: it sends one alert once, and says whether a failure is worth another try. Only delivery retries.
import type { Alert, AlertEvent } from '#model/alert.ts';
import type { Log } from '#model/log.ts';
import type { Clock, DurationMs, EpochMs, Timers } from '#model/time.ts';
import type { Kind } from '#schema/kind.ts';
import type { s } from '#schema/kit.ts';

/** What became of one sending. */
export type SendOutcome =
  | { readonly outcome: 'delivered' }
  /** Worth another try; not before `after` milliseconds when the far end said so (Retry-After). */
  | { readonly outcome: 'retry'; readonly why: string; readonly after?: DurationMs }
  /** Permanently refused: told, counted, not tried again. */
  | { readonly outcome: 'refused'; readonly why: string };

export interface SendContext {
  /** Aborts at the sending's own deadline and at shutdown. */
  readonly signal: AbortSignal;
  /** Wall time now. */
  readonly now: EpochMs;
  /** Where the `log` receiver writes. */
  print(text: string): void;
}

/** A receiver with its options parsed. */
export interface Receiver {
  /** Never throws: everything that can happen is an outcome. */
  send(alert: Alert, context: SendContext): Promise<SendOutcome>;
  /** Alerts that are still open, told again every `every`, and resolved ones for `resolvedFor` (Alertmanager forgets what is not repeated). Absent: none needed. */
  readonly resend?: Resend;
}

/** How a receiver is told again what still stands. */
export interface Resend {
  readonly every: DurationMs;
  /** How long a resolve is repeated. */
  readonly resolvedFor: DurationMs;
  /** The latest delivered alert of each incident, at most 100 a call. Never throws. */
  repeat(alerts: readonly Alert[], context: SendContext): Promise<SendOutcome>;
}

export interface ReceiverKind extends Kind {
  open(options: unknown): Receiver;
}

interface Definition<O extends s.ZodObject> extends Kind {
  readonly options: O;
  open(options: s.output<O>): Receiver;
}

export function defineReceiver<O extends s.ZodObject>(definition: Definition<O>): ReceiverKind {
  // The one cast: config parsed these options with `definition.options`.
  return { ...definition, open: (options) => definition.open(options as s.output<O>) };
}

/** One alert owed to one receiver. */
export interface OutboxRow {
  readonly row: number;
  readonly receiver: string;
  readonly alert: Alert;
  readonly attempts: number;
  /** Wall time before which it is not tried. */
  readonly notBefore: EpochMs;
  readonly createdAt: EpochMs;
}

/**
 * What delivery needs of the store. Every call is short and synchronous and never throws: while the file is unwell the store answers from memory.
 * A settlement is on disk when the call returns and the store is well; a postponement is written with the next batch.
 */
export interface Outbox {
  /** The oldest undelivered rows of this receiver, in order of creation. */
  pending(receiver: string, limit: number): readonly OutboxRow[];
  /** `standing`: remember this alert, by its key, as what the receiver was last told; in the same transaction. */
  settle(row: number, outcome: 'delivered' | 'refused', at: EpochMs, options?: { readonly standing: boolean }): void;
  /** Counts an attempt. */
  postpone(row: number, notBefore: EpochMs): void;
  /** Per receiver: how many wait, and since when the oldest. */
  backlog(): readonly { readonly receiver: string; readonly length: number; readonly oldest: EpochMs }[];
  /** What this receiver was last told of each incident, oldest first, until it is dismissed. */
  standing(receiver: string): readonly Alert[];
  dismiss(receiver: string, key: string): void;
}

/** What delivery stands on. */
export interface DeliveryOptions {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly print: (text: string) => void;
  /** Bound on one sending; default 30 s. */
  readonly timeout?: DurationMs;
  /** Feeds `holter_alerts_total{receiver,event,outcome}`: `outcome` is delivered, retry or refused. */
  readonly onOutcome: (receiver: string, event: AlertEvent, outcome: SendOutcome['outcome']) => void;
}

/** Carries what is owed to the receivers, one lane each. */
export interface Delivery {
  /** Sets the receivers, at start and on reload. What is owed to a receiver that is gone is settled as refused, aloud. */
  configure(receivers: ReadonlyMap<string, Receiver>): void;
  /** Something new is owed. Cheap; call it after each transition with alerts. */
  wake(): void;
  /** For `holter_alert_queue_length` and `holter_alert_oldest_seconds`: every receiver; 0 where nothing is owed. */
  queues(): readonly { readonly receiver: string; readonly length: number; readonly oldestSeconds: number }[];
  /** Lets what is under way end for at most `grace`, then aborts it. What is not delivered stays owed. */
  stop(grace: DurationMs): Promise<void>;
}
