// One attempt in a test: a kind made on the spot, or a real one, run as the daemon runs it.
import type { ProbeResult } from '#model/result.ts';
import { createProber } from '#prober/attempt.ts';
import { defineProbe, type FactDeclaration, type ProbeContext, type ProbeKind } from '#prober/contract.ts';
import { s } from '#schema/kit.ts';
import { planOf } from './plan.ts';

const clock = { monotonic: () => performance.timeOrigin + performance.now(), wall: () => Date.now() };
const house = { clock, vantage: 'test', agent: 'Holter/test' };
const prober = createProber(house);

export interface AttemptOptions {
  /** Default: so long that only a broken test reaches it. */
  readonly timeoutMs?: number;
  readonly options?: unknown;
  readonly facts?: readonly FactDeclaration[];
  readonly stop?: AbortSignal;
  /** Wall time of the far ends, where it is not ours. */
  readonly farWall?: number | (() => number);
}

/** One attempt of a kind that consists of this `run` alone. */
export function attemptRun(run: (context: ProbeContext) => Promise<void>, options: AttemptOptions = {}): Promise<ProbeResult> {
  return attemptKind(kindOf(run, options.facts ?? []), options);
}

/** One attempt of this kind, with options that are parsed already. */
export function attemptKind(kind: ProbeKind, { timeoutMs = 15_000, options = {}, stop, farWall }: AttemptOptions): Promise<ProbeResult> {
  const [endpoint] = planOf([{ service: 'test', name: 'subject', kind: kind.kind }]).endpoints;
  if (endpoint === undefined) throw new Error('no endpoint in the plan');
  const chosen =
    farWall === undefined
      ? prober
      : createProber({ ...house, farClock: { ...clock, wall: typeof farWall === 'number' ? () => farWall : farWall } });
  return chosen.attempt({ ...endpoint, options, timeout: timeoutMs }, kind, 1_000_000, stop);
}

function kindOf(run: (context: ProbeContext) => Promise<void>, facts: readonly FactDeclaration[]): ProbeKind {
  return defineProbe({
    kind: 'test',
    summary: 'Does what a test wants.',
    effect: 'none',
    leastInterval: 1000,
    defaultTimeout: 1000,
    pausesAfterAuth: false,
    reasons: [],
    facts,
    options: s.object({}),
    host: () => 'test',
    run: (_options, context) => run(context),
  });
}

/** `ok`, or `reason: message`. */
export function summary(result: ProbeResult): string {
  return result.outcome === 'ok' ? 'ok' : `${result.reason}: ${result.message}`;
}
