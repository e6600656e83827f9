// What the server needs to be given.
import type { Log } from '#model/log.ts';
import type { TokenPlan } from '#model/plan.ts';
import type { Clock, DurationMs } from '#model/time.ts';
import type { Readiness, StatusSource } from './views.ts';

/** What a reload came to. Problems are whole sentences with file, line and column. */
export type ReloadOutcome = { readonly ok: true } | { readonly ok: false; readonly problems: readonly string[] };

/** Why an incident was paged, finished by whoever knows; or why it cannot be told, with ids that could be meant. */
export type Explained =
  | {
      readonly ok: true;
      readonly type: string;
      readonly body: string;
      /** The content of the one style element that the body may hold. */
      readonly style?: string;
    }
  | { readonly ok: false; readonly status: 404 | 503; readonly error: string; readonly nearest: readonly string[] };

export interface StatusServerOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly source: StatusSource;
  /** The body of `/metrics` for this Accept header. */
  metrics(accept: string | undefined): Promise<{ readonly type: string; readonly body: readonly Uint8Array[] }>;
  /** The conditions of `/readyz`: configuration loaded, schedule running, store writable ... */
  ready(): readonly Readiness[];
  reload(): Promise<ReloadOutcome>;
  /** `incident` as a person may write it: an id, the beginning of one, a key, `latest`. Bounded in time and size by the giver. */
  explain(incident: string, form: 'json' | 'svg'): Promise<Explained>;
  /** The tokens of the present plan. */
  tokens(): readonly TokenPlan[];
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly limits?: Partial<ServerLimits>;
}

/** What one client, or all of them together, may take. */
export interface ServerLimits {
  /** Connections open at once; more are closed at once. Enough for scrapers, dashboards and people. */
  readonly connections: number;
  /** From the start of a connection, or of the next request on it, to the end of the head. */
  readonly head: DurationMs;
  /** The same to the end of the whole request. */
  readonly request: DurationMs;
  /** A connection on which nothing moves. */
  readonly idle: DurationMs;
  /** One exchange in all, however slowly the answer is read. */
  readonly exchange: DurationMs;
}

export const defaultLimits: ServerLimits = { connections: 256, head: 5000, request: 10_000, idle: 30_000, exchange: 60_000 };
