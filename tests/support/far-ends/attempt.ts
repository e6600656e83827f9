// One attempt with options as the configuration has them, for tests that have a far end and no daemon.
import type { ProbeResult } from '#model/result.ts';
import type { ProbeKind } from '#prober/contract.ts';
import { attemptKind } from '../probing.ts';

export type RawOptions = Readonly<Record<string, unknown>>;

/** When the test machine itself stood still, the result says nothing about the kind: the attempt is made again. */
export async function attempt(kind: ProbeKind, options: RawOptions, timeoutMs: number, stop?: AbortSignal): Promise<ProbeResult> {
  return (await attemptCounted(kind, options, timeoutMs, stop)).result;
}

/** The same, and how often it was made: a far end must have been met as often, and no more. */
export async function attemptCounted(
  kind: ProbeKind,
  options: RawOptions,
  timeoutMs: number,
  stop?: AbortSignal,
): Promise<{ readonly result: ProbeResult; readonly attempts: number }> {
  return attemptParsed(kind, kind.options.parse(options), timeoutMs, stop);
}

/** The same with options that are parsed already. */
export async function attemptParsed(
  kind: ProbeKind,
  options: unknown,
  timeoutMs: number,
  stop?: AbortSignal,
): Promise<{ readonly result: ProbeResult; readonly attempts: number }> {
  for (let attempts = 1; ; attempts += 1) {
    const result = await attemptKind(kind, { options, timeoutMs, ...(stop !== undefined && { stop }) });
    const stoodStill = result.outcome === 'fail' && result.reason === 'internal' && result.message.includes('stood still');
    if (!stoodStill || attempts === 6) return { result, attempts };
  }
}

/** `ok`, or the reason of the failure. */
export function found(result: ProbeResult): string {
  return result.outcome === 'ok' ? 'ok' : result.reason;
}
