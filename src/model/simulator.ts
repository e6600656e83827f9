// A kind's far end on loopback, well or ill as told: for the contract suite and the demo.
import type { EndpointReason } from './reason.ts';

/** A far end that runs. */
export interface FarEnd {
  /** Options that make a probe of this kind reach it, as they would be written in the configuration. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Behave in this mode from the next connection on. Throws for a mode that is not in the simulator's list. */
  behave(mode: string): void;
  /** Connections open now: a probe that ended leaves none. */
  connections(): number;
  close(): Promise<void>;
}

export interface Simulator {
  readonly kind: string;
  /** What the usual options speak by. Default `stream`: TCP, with or without TLS. `process`: no network, a program of this machine. */
  readonly way?: 'stream' | 'datagram' | 'process';
  /** Merged into the options of a `datagram` far end, makes the kind speak over TCP. Absent: it cannot. */
  readonly overStream?: Readonly<Record<string, unknown>>;
  /** True beginnings of answers in this protocol, for random conversations. */
  readonly fragments?: readonly Uint8Array[];
  /** The options with this secret in every place that takes one. Absent: the kind takes none. */
  plant?(options: Readonly<Record<string, unknown>>, secret: object): Readonly<Record<string, unknown>>;
  /** Every mode, and what a probe must find in it. `well` is always there and gives `ok`. */
  readonly modes: Readonly<Record<string, 'ok' | EndpointReason>>;
  /** Starts on a free port of 127.0.0.1, in mode `well`. */
  start(): Promise<FarEnd>;
}
