// Conversations of the true far ends that are changed on their way by somebody in the middle, below TLS and inside it.
import { describe, expect, test } from 'vitest';
import type { FarEnd } from '#model/simulator.ts';
import { startHostilePair } from '../support/far-ends/datagram.ts';
import { type Ear, relay, relayDatagrams } from '../support/far-ends/middle.ts';
import { startHostile } from '../support/far-ends/stream.ts';
import { type Change, Changer, changes } from './changes.ts';
import { casesOf, datagramTimeoutMs, expectClassified, fuzzTimeoutMs, type Lane, patienceMs, playAll, quietMs } from './fuzz.ts';
import { attemptParsed, found, networked, retarget, type Subject, speaksTls } from './harness.ts';
import { hostileAuthority, hostileTls } from './hostile.ts';

/** Who stands in the middle of one conversation, and what was said there when nothing was changed. */
interface Middle {
  readonly far: FarEnd;
  /** It ends TLS on both sides. */
  readonly inside: boolean;
  /** Bytes that each connection or datagram brings, in their order. */
  readonly lengths: readonly number[];
}

describe.each(networked)('$name', (subject) => {
  const { simulator } = subject;
  const well = Object.keys(simulator.modes).filter((mode) => simulator.modes[mode] === 'ok');
  const layers = speaksTls(subject.options) ? [false, true] : [false];
  const ways = layers.flatMap((inside) => well.map((mode) => ({ mode, inside })));

  test.each(ways)('in mode $mode, changed inside TLS: $inside', { timeout: patienceMs }, async ({ mode, inside }) => {
    const far = await simulator.start();
    try {
      far.behave(mode);
      const lengths = await unchanged(subject, { far, inside, lengths: [] });
      // A kind that only shakes hands says nothing inside.
      if (inside && lengths.length === 0) return;
      await playAll(changes, casesOf(subject) / ways.length, () => laneOf(subject, { far, inside, lengths }));
    } finally {
      await far.close();
    }
  });
});

/** One attempt in which nothing is changed: it is well, and tells how much is said. */
async function unchanged(subject: Subject, middle: Middle): Promise<readonly number[]> {
  const heard: number[] = [];
  const lane = await openLane(subject, middle, () => {
    const mine = heard.push(0) - 1;
    const pass = (piece: Buffer) => {
      heard[mine] = (heard[mine] ?? 0) + piece.length;
      return { pieces: [piece] };
    };
    return { pass };
  });
  expect(found(await lane.attempt(10_000))).toBe('ok');
  await lane.close();
  expect(heard.length > 0 || middle.inside).toBe(true);
  return heard;
}

async function laneOf(subject: Subject, middle: Middle): Promise<Lane<readonly Change[]>> {
  let current: readonly Change[] = [];
  let connection = 0;
  const { lengths } = middle;
  const lane = await openLane(subject, middle, () => {
    const mine = current.filter((change) => change.connection % lengths.length === connection % lengths.length);
    const changer = new Changer(mine, lengths[connection % lengths.length] ?? 0, quietMs);
    connection += 1;
    return changer;
  });
  return {
    play: async (one) => {
      current = one;
      connection = 0;
      expectClassified(await lane.attempt(subject.simulator.way === 'datagram' ? datagramTimeoutMs : fuzzTimeoutMs), subject);
    },
    connections: () => lane.connections(),
    close: () => lane.close(),
  };
}

async function openLane(subject: Subject, { far, inside }: Middle, listen: () => Ear) {
  const [, port] = /127\.0\.0\.1:(\d+)/.exec(JSON.stringify(far.options)) ?? [];
  const { far: stream, datagrams } = await startHostilePair(
    () => startHostile(relay(Number(port), inside, listen), inside ? { tls: hostileTls() } : {}),
    relayDatagrams(Number(port), listen),
  );
  const elsewhere = { address: `127.0.0.1:${stream.port}`, ...(inside && { ca: hostileAuthority() }) };
  const options = subject.kind.options.parse(retarget(far.options, elsewhere));
  return {
    attempt: async (timeoutMs: number) => (await attemptParsed(subject.kind, options, timeoutMs)).result,
    connections: () => stream.connections(),
    close: async () => void (await Promise.all([stream.close(), datagrams.close()])),
  };
}
