// What a saved endpoint has learned of its own healthy rate, for whoever plans with it.
import type { DurationMs } from '#model/time.ts';
import { dailyRate, learnedOver } from './detect/estimate.ts';
import { restore } from './detect/state.ts';

export interface Learned {
  /** Share of its probes that fail while it is well, 1e-4 to 0.022. */
  readonly rate: number;
  /** How long it has been watched, as far as that still counts: about, at most 60 days. */
  readonly over: DurationMs;
}

/** From the text of `saveEndpoint`; undefined where it has learned nothing, or the text is damaged. Never throws. */
export function learnedOf(saved: string, interval: DurationMs): Learned | undefined {
  try {
    const record: unknown = JSON.parse(saved);
    if (typeof record !== 'object' || record === null || !('detector' in record)) return undefined;
    const detector = restore(record.detector);
    const over = learnedOver(detector, interval);
    return over > 0 ? { rate: dailyRate(detector), over } : undefined;
  } catch {
    // Not JSON: a torn or foreign text.
    return undefined;
  }
}
