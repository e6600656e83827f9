// What a receiver kind is: it sends one alert once, and says whether a failure is worth another try. Only delivery retries.
import type { Alert } from '#model/alert.ts';
import type { DurationMs, EpochMs } from '#model/time.ts';
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
  /** Alerts that are still open, told again every `resendEvery` (Alertmanager forgets what is not repeated). Absent: none needed. */
  readonly resend?: { readonly every: DurationMs; readonly resolvedFor: DurationMs };
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

/** What delivery needs of the store. Every call is one short synchronous transaction; a call that fails throws HolterError. */
export interface Outbox {
  /** The oldest undelivered rows of this receiver, in order of creation. */
  pending(receiver: string, limit: number): readonly OutboxRow[];
  settle(row: number, outcome: 'delivered' | 'refused', at: EpochMs): void;
  postpone(row: number, notBefore: EpochMs): void;
  /** Per receiver: how many wait, and since when the oldest. */
  backlog(): readonly { readonly receiver: string; readonly length: number; readonly oldest: EpochMs }[];
}
