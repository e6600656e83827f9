// Conversations that are made up: true beginnings of many protocols, random bytes, waits and ends in any order.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { relay } from '../support/far-ends/middle.ts';
import { type Behaviour, endWhenQuiet, hang, politely, type Step, script, startHostile } from '../support/far-ends/stream.ts';
import { casesOf, expectClassified, fuzzTimeoutMs, type Lane, patienceMs, playAll, quietMs } from './fuzz.ts';
import { attempt, attemptParsed, networked, retarget, type Subject, speaksTls } from './harness.ts';
import { fragments, hostileAuthority, hostileTls } from './hostile.ts';

/** Datagrams are of another suite: a kind that speaks both is asked by a stream here. */
const streamed = networked.filter(({ simulator }) => simulator.way !== 'datagram' || simulator.overStream !== undefined);

describe.each(streamed)('$name', (subject) => {
  test.each(speaksTls(subject.options) ? [false, true] : [false])(
    'conversations made up, behind TLS: %s',
    { timeout: patienceMs },
    async (behindTls) => {
      // Without a handshake a kind that speaks TLS hears nothing of what follows.
      const count = casesOf(subject) / (speaksTls(subject.options) ? 2 : 1);
      const mostMet = await connectionsWhenWell(subject);
      await playAll(conversationsOf(subject), count, () => laneOf(subject, { behindTls, mostMet }));
    },
  );
});

function conversationsOf({ simulator }: Subject): fc.Arbitrary<readonly Step[]> {
  const own = simulator.fragments?.map((bytes) => Buffer.from(bytes)) ?? [];
  const beginning = fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...fragments) },
    ...(own.length > 0 ? [{ weight: 3, arbitrary: fc.constantFrom(...own) }] : []),
  );
  const piece = fc.oneof(
    { weight: 3, arbitrary: beginning },
    { weight: 2, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 300 }) },
    // A true beginning with one byte changed, or cut short.
    fc.tuple(beginning, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
      const changed = Buffer.from(bytes);
      changed[at % Math.max(1, changed.length)] = byte;
      return changed;
    }),
    fc.tuple(beginning, fc.nat()).map(([bytes, at]) => bytes.subarray(0, 1 + (at % bytes.length))),
  );
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: piece.map((bytes): Step => ({ do: 'send', bytes })) },
    { weight: 2, arbitrary: fc.constant<Step>({ do: 'await' }) },
  );
  const end = fc.constantFrom<Step>({ do: 'close' }, { do: 'close' }, { do: 'reset' });
  return fc.tuple(fc.array(step, { minLength: 1, maxLength: 8 }), end).map(([steps, last]) => [...steps, last]);
}

/** How often one attempt connects where all is well: more often where a kind asks several things. */
async function connectionsWhenWell({ kind, simulator }: Subject): Promise<number> {
  const well = await simulator.start();
  const [, port] = /127\.0\.0\.1:(\d+)/.exec(JSON.stringify(well.options)) ?? [];
  const middle = await startHostile(relay(Number(port), false, () => ({ pass: (piece) => ({ pieces: [piece] }) })));
  const options = retarget({ ...well.options, ...simulator.overStream }, { address: `127.0.0.1:${middle.port}` });
  await attempt(kind, options, fuzzTimeoutMs);
  await Promise.all([middle.close(), well.close()]);
  return Math.max(1, middle.accepted());
}

/** Redirects that a kind may follow, and come back by. */
const mostRedirects = 20;
const redirects = (steps: readonly Step[]) =>
  steps.some((one) => one.do === 'send' && /location/i.test(Buffer.from(one.bytes).toString('latin1')));

interface Manner {
  readonly behindTls: boolean;
  readonly mostMet: number;
}

async function laneOf(subject: Subject, { behindTls, mostMet }: Manner): Promise<Lane<readonly Step[]>> {
  let current: Behaviour = hang;
  const impatient: Behaviour = (socket, far) => {
    endWhenQuiet(socket, quietMs);
    current(socket, far);
  };
  const far = await startHostile(politely(impatient), behindTls ? { tls: hostileTls() } : {});
  const elsewhere = { address: `127.0.0.1:${far.port}`, ...(behindTls && { ca: hostileAuthority() }) };
  const options = subject.kind.options.parse(retarget({ ...subject.options, ...subject.simulator.overStream }, elsewhere));
  let made = 0;
  return {
    play: async (steps) => {
      current = script(steps);
      const { result, attempts } = await attemptParsed(subject.kind, options, fuzzTimeoutMs);
      made += attempts * mostMet * (redirects(steps) ? mostRedirects : 1);
      expectClassified(result, subject);
      // Of all cases so far: a connection of an attempt that met its deadline may be accepted after it.
      expect(far.accepted()).toBeLessThanOrEqual(made);
    },
    connections: () => far.connections(),
    close: () => far.close(),
  };
}
