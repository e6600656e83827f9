// Histories from traces: the lines of `holter detect`, with when they began and which faults there were, where that is known.
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { type History, mostHistories, mostOutcomes, outcome } from '#backtest/history.ts';
import { HolterError } from '#model/error.ts';
import { secondMs } from '#model/time.ts';
import { eachTrace } from './detect.ts';
import { type LabelledTrace, readLabelledTrace } from './detecttogether.ts';

interface DatedTrace extends LabelledTrace {
  readonly start: number;
  readonly faults?: History['faults'];
}

const codes: Readonly<Record<string, number>> = { '0': outcome.ok, '1': outcome.failed };

/** The file's bytes; `-` is standard input, `.gz` is unpacked. Throws HolterError `history` where it cannot be read. */
export async function* traceBytes(path: string, stdin: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (path === '-') {
    yield* stdin;
    return;
  }
  const file = createReadStream(path);
  const unpacked = path.endsWith('.gz') ? createGunzip() : undefined;
  // A pipe hands no errors on: a file that is not there would leave the reader waiting.
  if (unpacked !== undefined) file.on('error', (error) => unpacked.destroy(error)).pipe(unpacked);
  try {
    yield* (unpacked ?? file) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new HolterError('history', `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      retryable: false,
      cause: error,
    });
  }
}

/** One history a line; bad lines are told by `complain` and left out. Throws HolterError `history` beyond the bounds of a backtest. */
export async function readTraces(
  input: AsyncIterable<Buffer>,
  complain: (line: number, message: string) => void,
): Promise<{ readonly histories: readonly History[]; readonly bad: number }> {
  const histories: History[] = [];
  const names = new Map<string, number>();
  let outcomes = 0;
  const bad = await eachTrace(input, readDatedTrace, complain, async (trace) => {
    const earlier = names.get(trace.id) ?? 0;
    names.set(trace.id, earlier + 1);
    outcomes += trace.outcomes.length;
    if (histories.length >= mostHistories) throw tooMuch(`${mostHistories} traces`);
    if (outcomes > mostOutcomes) throw tooMuch(`${mostOutcomes} outcomes`);
    histories.push(historyOf(trace, earlier === 0 ? trace.id : `${trace.id} (${earlier + 1})`));
  });
  return { histories, bad };
}

function tooMuch(bound: string): HolterError {
  return new HolterError('history', `the traces hold more than ${bound}, which is all that is judged together: give fewer of them`, {
    retryable: false,
  });
}

function historyOf({ outcomes, interval_s: interval, labels, start, faults }: DatedTrace, name: string): History {
  const bytes = new Uint8Array(outcomes.length);
  for (let i = 0; i < outcomes.length; i += 1) bytes[i] = codes[outcomes[i] ?? ''] ?? outcome.missing;
  return { name, labels, start, interval: interval * secondMs, outcomes: bytes, ...(faults !== undefined && { faults }) };
}

/** As `readLabelledTrace`, with `start` (a date, UTC) and `faults` where the line has them. */
function readDatedTrace(line: unknown): { readonly trace: DatedTrace } | { readonly error: string } {
  const read = readLabelledTrace(line);
  if ('error' in read) return read;
  const { start: date, faults } = line as Readonly<Record<string, unknown>>;
  const start = date === undefined || date === null ? 0 : typeof date === 'string' ? Date.parse(date) : Number.NaN;
  if (!Number.isFinite(start)) return { error: '"start" must be a date and time such as "2026-11-25T00:00:00Z"' };
  if (faults === undefined) return { trace: { ...read.trace, start } };
  return areFaults(faults, read.trace.outcomes.length)
    ? { trace: { ...read.trace, start, faults } }
    : { error: '"faults" must be [first, last] pairs of indices of "outcomes", in order, none inside another' };
}

function areFaults(faults: unknown, length: number): faults is readonly (readonly [number, number])[] {
  if (!Array.isArray(faults)) return false;
  let before = -1;
  for (const fault of faults as readonly unknown[]) {
    if (!Array.isArray(fault) || fault.length !== 2) return false;
    const [from, to] = fault as readonly unknown[];
    if (typeof from !== 'number' || typeof to !== 'number' || !Number.isSafeInteger(from) || !Number.isSafeInteger(to)) return false;
    if (!(from > before && from <= to && to < length)) return false;
    before = to;
  }
  return true;
}
