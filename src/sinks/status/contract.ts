// What the server needs to be given.
import type { Log } from '#model/log.ts';
import type { TokenPlan } from '#model/plan.ts';
import type { Clock, DurationMs } from '#model/time.ts';
import type { Readiness, StatusSource } from './views.ts';

/** What a reload came to. Problems are whole sentences with file, line and column. */
export type ReloadOutcome = { readonly ok: true } | { readonly ok: false; readonly problems: readonly string[] };

export interface StatusServerOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly source: StatusSource;
  /** The body of `/metrics` for this Accept header. */
  metrics(accept: string | undefined): Promise<{ readonly type: string; readonly body: readonly Uint8Array[] }>;
  /** The conditions of `/readyz`: configuration loaded, schedule running, store writable ... */
  ready(): readonly Readiness[];
  reload(): Promise<ReloadOutcome>;
  /** The tokens of the present plan. */
  tokens(): readonly TokenPlan[];
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** How long one exchange may take in all, milliseconds; default one minute. */
  readonly exchangeTimeout?: DurationMs;
}
