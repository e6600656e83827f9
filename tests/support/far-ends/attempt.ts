// One attempt as the daemon makes it, for tests that have a far end and no daemon.
import type { ProbeResult } from '#model/result.ts';
import { createProber } from '#prober/attempt.ts';
import type { ProbeKind } from '#prober/contract.ts';
import { planOf } from '../plan.ts';

const clock = { monotonic: () => performance.timeOrigin + performance.now(), wall: () => Date.now() };
const prober = createProber({ clock, vantage: 'contract', agent: 'Holter/contract' });

export type RawOptions = Readonly<Record<string, unknown>>;

/** One attempt with options as the configuration has them. When the test machine stood still, it says nothing about the kind: it is made again. */
export async function attempt(kind: ProbeKind, options: RawOptions, timeoutMs: number, stop?: AbortSignal): Promise<ProbeResult> {
  const parsed = kind.options.parse(options);
  const [endpoint] = planOf([{ service: 'contract', name: 'subject', kind: kind.kind }]).endpoints;
  if (endpoint === undefined) throw new Error('no endpoint in the plan');
  for (let tries = 0; ; tries += 1) {
    const result = await prober.attempt({ ...endpoint, options: parsed, timeout: timeoutMs }, kind, clock.monotonic(), stop);
    const stoodStill = result.outcome === 'fail' && result.reason === 'internal' && result.message.includes('stood still');
    if (!stoodStill || tries === 5) return result;
  }
}

/** `ok`, or the reason of the failure. */
export function found(result: ProbeResult): string {
  return result.outcome === 'ok' ? 'ok' : result.reason;
}
