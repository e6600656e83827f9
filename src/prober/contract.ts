// What a probe kind is: data about itself, and one bounded attempt.
import type { EndpointReason, OwnTrouble } from '#model/reason.ts';
import type { DurationMs, EpochMs } from '#model/time.ts';
import type { Kind } from '#schema/kind.ts';
import type { s } from '#schema/kit.ts';
import type { Secret } from '#schema/secret.ts';
import type { Lent, Obtain } from './lend.ts';

/** A number that a kind learns on the way. */
export interface FactDeclaration {
  /** Snake case, unit last: `certificate_expiry_seconds`. */
  readonly name: string;
  readonly help: string;
  /** Name of the blackbox_exporter gauge that carries the same value, where there is one. */
  readonly metric?: string;
  /** Default bounds that open a quiet incident; absent where none makes sense. */
  readonly warn?: number;
  readonly fail?: number;
  /** On which side of a bound it is worse, also of bounds that only the configuration gives. Default: above. */
  readonly worse?: 'above' | 'below';
}

/** What an attempt is waiting for. At the deadline it decides the reason: resolve -> dns, connect -> connect_timeout, tls -> tls, else timeout. */
export type Stage = 'start' | 'resolve' | 'connect' | 'tls' | 'request' | 'reply';

/** What an attempt lends to the kind. Valid only until `run` settles. */
export interface ProbeContext {
  /** Wall time at which the attempt started: what certificates and clocks are compared with. */
  readonly startedAt: EpochMs;
  /** How Holter names itself to the far end: `Holter/1.2.3`. */
  readonly agent: string;
  /** Aborts at the deadline and at shutdown. Everything that waits must end on it. */
  readonly signal: AbortSignal;
  /** Milliseconds left until the deadline, never negative. */
  remaining(): DurationMs;
  /** Says what is waited for from here on. The dialer, streams, datagrams and http do it by themselves. */
  enter(stage: Stage): void;
  /** Adds to a phase (redirects sum up); a name of the kind's own is lower case with digits, `_` and `-`, at most 32 signs, 32 an attempt. */
  phase(name: string, duration: DurationMs): void;
  /** Notes a declared fact; undeclared names and non-finite numbers are a bug. */
  fact(name: string, value: number): void;
  /** Notes a bounded string (cut at 200 characters, control characters removed). */
  note(name: string, text: string): void;
  /**
   * A token that outlives the attempt: the one kept under `parts` while it holds beyond this attempt's deadline, else what `obtain`
   * gives. Kept in memory only; the note `token` says which it was.
   */
  lend(parts: readonly (string | Secret)[], obtain: Obtain): Promise<Lent>;
}

/** The endpoint is unwell. The one way a kind says so. */
export class ProbeFailure extends Error {
  readonly reason: EndpointReason;
  /** The far end said that the account is locked: one more attempt would do harm. */
  readonly locked: boolean;

  /** `message`: one sentence; may hold untrusted text, never a body, a secret or a patient datum. */
  constructor(reason: EndpointReason, message: string, options?: ErrorOptions & { readonly locked?: boolean }) {
    super(message, options);
    this.name = 'ProbeFailure';
    this.reason = reason;
    this.locked = options?.locked ?? false;
  }
}

/** Something of our own stood in the way. The prober says it; a kind lets it pass. */
export class OwnTroubleError extends Error {
  readonly trouble: OwnTrouble;

  /** `message`: one sentence. */
  constructor(trouble: OwnTrouble, message: string) {
    super(message);
    this.name = 'OwnTroubleError';
    this.trouble = trouble;
  }
}

interface KindDefinition extends Kind {
  /** What it does to the far end: nothing, reads, or opens a session and closes it. There is no write. */
  readonly effect: 'none' | 'read' | 'session';
  /** Least `every` outside of loopback. */
  readonly leastInterval: DurationMs;
  readonly defaultTimeout: DurationMs;
  /** The scheduler pauses an endpoint with credentials after two refusals in a row. */
  readonly pausesAfterAuth: boolean;
  /** Every reason that it can give; each has a test that provokes it. */
  readonly reasons: readonly EndpointReason[];
  readonly facts: readonly FactDeclaration[];
}

/** A kind, its option type hidden so that lists of kinds need no casts. */
export interface ProbeKind extends KindDefinition {
  /** `host:port` (or host) that the caps on concurrency and rate count by. */
  host(options: unknown): string;
  /** A floor of `every` that depends on options, above `leastInterval`. */
  leastIntervalFor(options: unknown): DurationMs;
  /** Every identifier or name of a patient that a probe sends: each must be on the configuration's synthetic list. */
  patients(options: unknown): readonly string[];
  /** One attempt: returns when the endpoint is well, throws `ProbeFailure` when not. Holds no state, retries nothing, logs nothing. */
  run(options: unknown, context: ProbeContext): Promise<void>;
}

interface Definition<O extends s.ZodObject> extends KindDefinition {
  readonly options: O;
  host(options: s.output<O>): string;
  leastIntervalFor?(options: s.output<O>): DurationMs;
  patients?(options: s.output<O>): readonly string[];
  run(options: s.output<O>, context: ProbeContext): Promise<void>;
}

export function defineProbe<O extends s.ZodObject>(definition: Definition<O>): ProbeKind {
  // The casts: config parsed these options with `definition.options`.
  return {
    ...definition,
    host: (options) => definition.host(options as s.output<O>),
    run: (options, context) => definition.run(options as s.output<O>, context),
    leastIntervalFor: (options) => definition.leastIntervalFor?.(options as s.output<O>) ?? definition.leastInterval,
    patients: (options) => definition.patients?.(options as s.output<O>) ?? [],
  };
}
