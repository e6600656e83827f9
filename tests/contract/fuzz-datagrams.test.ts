// Datagrams that are made up: half of them a true answer to the question, with one byte changed and random records behind it.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DatagramBehaviour, silent, startHostilePair } from '../support/far-ends/datagram.ts';
import { politely, resetAtOnce, startHostile } from '../support/far-ends/stream.ts';
import { casesOf, datagramTimeoutMs, expectClassified, type Lane, patienceMs, playAll } from './fuzz.ts';
import { attemptParsed, networked, retarget, type Subject } from './harness.ts';

interface Datagram {
  readonly bytes: Uint8Array;
  readonly beginning: 'its id' | 'its question' | 'a true answer';
  readonly at: number;
  readonly byte: number;
}

const datagram: fc.Arbitrary<Datagram> = fc.record({
  bytes: fc.uint8Array({ maxLength: 600 }),
  beginning: fc.constantFrom('its id', 'its question', 'a true answer'),
  at: fc.nat(),
  byte: fc.nat(255),
});

describe.each(networked.filter(({ simulator }) => simulator.way === 'datagram'))('$name', (subject) => {
  test('datagrams made up', { timeout: patienceMs }, () => playAll(datagram, casesOf(subject), () => laneOf(subject)));
});

async function laneOf(subject: Subject): Promise<Lane<Datagram>> {
  let current: DatagramBehaviour = silent;
  const { far, datagrams } = await startHostilePair(
    () => startHostile(politely(resetAtOnce)),
    (...met) => current(...met),
  );
  const options = subject.kind.options.parse(retarget(subject.options, { address: `127.0.0.1:${far.port}` }));
  const fragments = subject.simulator.fragments ?? [];
  let made = 0;
  return {
    play: async ({ bytes, beginning, at, byte }) => {
      current = (message, send) => {
        const true_ = beginning === 'its question' ? asAnswer(message) : message.subarray(0, 2);
        const fragment = fragments[at % Math.max(1, fragments.length)];
        const answer = Buffer.concat([beginning === 'a true answer' && fragment !== undefined ? fragment : true_, bytes]);
        if (beginning !== 'its id') answer[2 + (at % (answer.length - 2))] = byte;
        send(answer);
      };
      const { result, attempts } = await attemptParsed(subject.kind, options, datagramTimeoutMs);
      made += attempts;
      expectClassified(result, subject);
      expect(datagrams.accepted()).toBeLessThanOrEqual(made);
    },
    connections: () => far.connections(),
    close: async () => void (await Promise.all([far.close(), datagrams.close()])),
  };
}

/** The message with the answer bits of DNS set and one record announced. */
function asAnswer(message: Buffer): Buffer {
  return Buffer.concat([message.subarray(0, 2), Buffer.from('85800001000100000000', 'hex'), message.subarray(12, message.length - 15)]);
}
