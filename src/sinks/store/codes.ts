// How a result is written: one small number for outcome, reason and what the engine made of it; details of failures only.
import type { Reason } from '#model/reason.ts';
import { type FailResult, messageLimit, type ProbeResult } from '#model/result.ts';
import type { ResultRecord } from './contract.ts';

/** Numbers on disk: never change one, never use one again. */
const reasonCodes: Readonly<Record<Reason, number>> = {
  dns: 1,
  refused: 2,
  unreachable: 3,
  connect_timeout: 4,
  tls: 5,
  certificate: 6,
  reset: 7,
  timeout: 8,
  protocol: 9,
  rejected: 10,
  auth: 11,
  content: 12,
  internal: 13,
};
const reasonOf = new Map<number, Reason>(Object.entries(reasonCodes).map(([reason, code]) => [code, reason as Reason]));

const okCode = 0;
const reasonMask = 31;
const countedBit = 32;
const maintenanceBit = 64;
/** Longest detail of one failure, in UTF-16 units: beyond it only the message is kept. */
const detailLimit = 2000;

export function reasonCode(reason: Reason): number {
  return reasonCodes[reason];
}

/** A number of a newer Holter reads as `internal`. */
export function reasonOfCode(code: number): Reason {
  return reasonOf.get(code) ?? 'internal';
}

export function encodeOutcome(record: ResultRecord): number {
  const outcome = record.result.outcome === 'ok' ? okCode : reasonCodes[record.result.reason];
  return outcome | (record.counted ? countedBit : 0) | (record.maintenance ? maintenanceBit : 0);
}

/** What a code says without the rest of its row. Holter's own fault is nothing that is known of the endpoint. */
export function outcomeOf(code: number): { readonly failed: boolean; readonly known: boolean } {
  const outcome = code & reasonMask;
  const isOwn = outcome !== okCode && reasonOfCode(outcome) === 'internal';
  return { failed: outcome !== okCode, known: (code & countedBit) !== 0 && (code & maintenanceBit) === 0 && !isOwn };
}

/** Message, phases, facts and notes of a failure as JSON; null for a success. */
export function encodeDetail(result: ProbeResult): string | null {
  if (result.outcome === 'ok') return null;
  const message = result.message.slice(0, messageLimit);
  const text = JSON.stringify({ message, phases: result.phases, facts: result.facts, notes: result.notes });
  return text.length <= detailLimit ? text : JSON.stringify({ message });
}

/** A row of the table `result` with its endpoint's name. */
export interface ResultRow {
  readonly at: number;
  readonly code: number;
  readonly late: number;
  /** Microseconds. */
  readonly duration: number;
  readonly detail: string | null;
}

export function decodeResult(row: ResultRow, endpoint: string, vantage: string): ResultRecord {
  const attempt = {
    endpoint,
    vantage,
    scheduledAt: row.at,
    startedAt: row.at + row.late,
    duration: row.duration / 1000,
    phases: {},
    facts: {},
    notes: {},
  };
  const code = row.code & reasonMask;
  const result: ProbeResult =
    code === okCode
      ? { ...attempt, outcome: 'ok' }
      : { ...attempt, ...decodeDetail(row.detail), outcome: 'fail', reason: reasonOfCode(code) };
  return { result, counted: (row.code & countedBit) !== 0, maintenance: (row.code & maintenanceBit) !== 0 };
}

type Detail = Pick<FailResult, 'message'> & Partial<Pick<FailResult, 'phases' | 'facts' | 'notes'>>;

function decodeDetail(text: string | null): Detail {
  // Our own JSON of `encodeDetail`.
  return text === null ? { message: '' } : (JSON.parse(text) as Detail);
}
