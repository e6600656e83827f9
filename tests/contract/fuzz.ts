// Thousands of random cases for each far end: how many, by which seed, in lanes that keep their far end from case to case.
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { messageLimit, type ProbeResult } from '#model/result.ts';
import { readSelfwatch } from '#prober/selfwatch.ts';
import { eventually } from '../support/far-ends/listen.ts';
import { found, networked, type Subject, speaksTls } from './harness.ts';

/** Random cases a kind and manner: made conversations, changed ones, datagrams, outputs of programs. `HOLTER_FUZZ_CASES` asks for more. */
const cases = Number(process.env['HOLTER_FUZZ_CASES'] ?? 1200);
const seed = Number(process.env['HOLTER_FUZZ_SEED'] ?? 20_261_123);
/** Of a far end behind TLS whose kind has one without: its cases go by the same codec, at ten times the price. */
const behindTlsShare = 0.08;
/** Generous: few cases hang, and a slow machine must not turn all of them into deadlines. */
export const fuzzTimeoutMs = 1000;
/** Nobody closes a datagram. */
export const datagramTimeoutMs = 100;
/** Far ends of the tests close a connection on which nothing was said for so long: hanging is what the suite of bounds is about. */
export const quietMs = 30;
/** Generous: never what a test is about. */
export const patienceMs = 60_000 + cases * 100;
/** Conversations at once. */
const laneCount = 16;

export function casesOf(subject: Subject): number {
  const hasPlain = networked.some(({ kind, options }) => kind === subject.kind && !speaksTls(options));
  return Math.ceil(speaksTls(subject.options) && hasPlain ? cases * behindTlsShare : cases);
}

/** What plays one case after the other. */
export interface Lane<T> {
  /** One attempt against this; throws where it breaks a promise. */
  play(one: T): Promise<void>;
  /** Connections to it that are open. */
  connections(): number;
  close(): Promise<void>;
}

/** Plays so many random cases over several lanes. A case that breaks a promise is told in full, with the seed. */
export async function playAll<T>(arbitrary: fc.Arbitrary<T>, count: number, open: () => Promise<Lane<T>>): Promise<void> {
  const left = fc.sample(arbitrary, { numRuns: count, seed });
  const lanes = await Promise.all(Array.from({ length: Math.min(laneCount, count) }, open));
  try {
    await Promise.all(
      lanes.map(async (lane) => {
        for (let one = left.pop(); one !== undefined; one = left.pop()) await told(one, lane.play(one));
      }),
    );
    await eventually(() => lanes.every((lane) => lane.connections() === 0), 'no connection is open');
    await eventually(() => readSelfwatch().openSockets === 0, 'every socket of the prober is closed');
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}

async function told(one: unknown, played: Promise<void>): Promise<void> {
  try {
    await played;
  } catch (error) {
    throw new Error(`seed ${seed}, case ${fc.stringify(one)}: ${String(error)}`, { cause: error });
  }
}

/**
 * One classified outcome that a person can be shown, never our own fault. Only a program of this machine may fail by its own word
 * (`internal`), and not by an error of ours.
 */
export function expectClassified(result: ProbeResult, { kind, simulator }: Subject): void {
  const words = result.outcome === 'ok' ? '' : result.message;
  const own = simulator.way === 'process' ? ['internal'] : [];
  expect([...kind.reasons, 'ok', ...own], `${found(result)}: ${words}`).toContain(found(result));
  expect(words).not.toMatch(/^(Type|Range|Reference|Syntax|Assertion)Error/);
  expect(words.length).toBeLessThanOrEqual(messageLimit);
  expect(words).not.toMatch(/[\p{Cc}\p{Cs}]/u);
}
