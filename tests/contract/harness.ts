// What the contract suite knows about kinds: all of them, by their schema, their far ends and one attempt; none by its protocol.
import type { Simulator } from '#model/simulator.ts';
import type { ProbeKind } from '#prober/contract.ts';
import { probeKinds } from '#probes/index.ts';
import { simulators } from '#probes/simulators.ts';
import { attempt, attemptCounted, attemptParsed, found, type RawOptions } from '../support/far-ends/attempt.ts';

export { attempt, attemptCounted, attemptParsed, found, type RawOptions };

/** A kind with one of its far ends: what most promises are asked of. */
export interface Subject {
  /** `tcp`, `tcp 2` where a kind has a second far end. */
  readonly name: string;
  readonly kind: ProbeKind;
  readonly simulator: Simulator;
  /** What reaches the far end, for tests that point it elsewhere. */
  readonly options: RawOptions;
}

export const subjects: readonly Subject[] = await Promise.all(simulators.map(subjectOf));

/** Those whose far end is met over the network. */
export const networked = subjects.filter(({ simulator }) => simulator.way !== 'process');

async function subjectOf(simulator: Simulator, index: number): Promise<Subject> {
  const kind = probeKinds.find((each) => each.kind === simulator.kind);
  if (kind === undefined) throw new Error(`the simulator ${simulator.kind} has no kind`);
  const place = simulators.slice(0, index).filter((each) => each.kind === simulator.kind).length + 1;
  const far = await simulator.start();
  await far.close();
  return { name: place === 1 ? simulator.kind : `${simulator.kind} ${place}`, kind, simulator, options: far.options };
}

export interface Elsewhere {
  /** `host:port` in the place of the simulator's. */
  readonly address: string;
  /** PEM in the place of the simulator's authority. */
  readonly ca?: string;
  /** Speaks plainly: `https:` becomes `http:`. */
  readonly plain?: boolean;
}

/** The simulator's options, pointed at another far end. */
export function retarget(options: RawOptions, elsewhere: Elsewhere): RawOptions {
  return rewrite(options, elsewhere) as RawOptions;
}

function rewrite(value: unknown, elsewhere: Elsewhere): unknown {
  if (typeof value === 'string') return rewriteText(value, elsewhere);
  if (Array.isArray(value)) return value.map((member) => rewrite(member, elsewhere));
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, rewrite(member, elsewhere)]));
}

function rewriteText(text: string, { address, ca, plain }: Elsewhere): string {
  if (ca !== undefined && text.startsWith('-----BEGIN CERTIFICATE')) return ca;
  const moved = text.replace(/127\.0\.0\.1:\d+/g, address);
  if (plain === true) return moved.replace(/^https:/, 'http:');
  // Beyond loopback credentials go over TLS alone: the configuration insists.
  return address.startsWith('127.') ? moved : moved.replace(/^http:/, 'https:');
}

/** Whether a probe with these options shakes hands by TLS: they name an authority. */
export function speaksTls(options: RawOptions): boolean {
  return JSON.stringify(options).includes('-----BEGIN CERTIFICATE');
}
