// Whatever a far end answers, an attempt ends in one classified result, with bounded memory, and is made once.
import { afterEach, describe, expect, test } from 'vitest';
import type { ProbeResult } from '#model/result.ts';
import { type DatagramBehaviour, echo, fromElsewhere, reply, silent, startHostilePair, storm } from '../support/far-ends/datagram.ts';
import { eventually, type HostileEnd } from '../support/far-ends/listen.ts';
import { type Behaviour, hang, politely, resetAtOnce, startHostile } from '../support/far-ends/stream.ts';
import { expectClassified } from './fuzz.ts';
import { attemptCounted, type Elsewhere, found, networked, retarget, type Subject, speaksTls, subjects } from './harness.ts';
import { hostileAuthority, hostileTls, hostilities } from './hostile.ts';

/** Enough for an answer to be looked at; an answer that hangs costs this much. */
const timeoutMs = 250;
/** More than any kind's cap and the kernel's buffers together, far less than what an endless answer would send. */
const mostTaken = 24 * 1024 * 1024;
const open: HostileEnd[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((far) => far.close()));
});

async function started(behaviour: Behaviour, behindTls: boolean): Promise<HostileEnd & { readonly elsewhere: Elsewhere }> {
  const far = await startHostile(politely(behaviour), behindTls ? { tls: hostileTls() } : {});
  open.push(far);
  return { ...far, elsewhere: { address: `127.0.0.1:${far.port}`, ...(behindTls && { ca: hostileAuthority() }) } };
}

describe.each(networked)('$name', (subject) => {
  const { kind, options } = subject;
  const layers = speaksTls(options) ? [false, true] : [false];
  const manners = layers.flatMap((behindTls) =>
    Object.entries(hostilities).map(([name, behaviour]) => ({ name: behindTls ? `${name}, behind TLS` : name, behaviour, behindTls })),
  );

  test.each(manners)('a far end that $name is met once, classified, and not listened to for ever', async ({ behaviour, behindTls }) => {
    const far = await started(behaviour, behindTls);
    const { result, attempts } = await attemptCounted(kind, retarget(options, far.elsewhere), timeoutMs * 2);
    expectClassified(result, subject);
    expect(far.accepted()).toBeLessThanOrEqual(attempts);
    await eventually(() => far.connections() === 0, 'no connection is open');
    expect(far.sent()).toBeLessThan(mostTaken * attempts);
  });
});

describe.each(subjects.filter(({ simulator }) => simulator.way === 'datagram'))('$name over datagrams', (subject) => {
  const { kind, options } = subject;
  const answers: Readonly<Record<string, DatagramBehaviour>> = {
    silence: silent,
    'its own question': echo,
    'an empty datagram': reply(Buffer.alloc(0)),
    'one byte': reply(Buffer.of(1)),
    'a header that announces 65,535 records': (message, send) =>
      send(Buffer.concat([message.subarray(0, 2), Buffer.from('8580ffffffffffffffff', 'hex')])),
    'a name that points at itself': (message, send) => send(Buffer.concat([header(message), Buffer.from('c00c00010001', 'hex')])),
    'a name that points in a circle': (message, send) => send(Buffer.concat([header(message), Buffer.from('01610161c00c00010001', 'hex')])),
    'the largest datagram there is': reply(Buffer.alloc(65_507, 1)),
    'a storm of garbage': storm(Buffer.from('storm'), 500),
    'the right answer from another port': fromElsewhere((message) => header(message)),
  };

  test.each(Object.entries(answers))('%s is one classified result, asked for once', async (_, behaviour) => {
    const { datagrams, result, attempts } = await ask(behaviour);
    expectClassified(result, subject);
    expect(found(result)).not.toBe('ok');
    expect(datagrams.accepted()).toBe(attempts);
  });

  async function ask(
    behaviour: DatagramBehaviour,
  ): Promise<{ readonly datagrams: HostileEnd; readonly result: ProbeResult; readonly attempts: number }> {
    const { far: stream, datagrams } = await startHostilePair(() => startHostile(politely(resetAtOnce)), behaviour);
    try {
      const counted = await attemptCounted(kind, retarget(options, { address: `127.0.0.1:${stream.port}` }), 120);
      return { datagrams, ...counted };
    } finally {
      await Promise.all([stream.close(), datagrams.close()]);
    }
  }
});

/** The header of an answer to this question, which announces one question and one record. */
function header(message: Buffer): Buffer {
  return Buffer.concat([message.subarray(0, 2), Buffer.from('85800001000100000000', 'hex')]);
}

test('a far end that never answers is asked once, however long the deadline', async () => {
  await Promise.all(networked.map((subject) => isAskedOnce(subject)));
});

async function isAskedOnce({ name, kind, options }: Subject): Promise<void> {
  const { far, datagrams } = await startHostilePair(() => startHostile(politely(hang)), silent);
  const { attempts } = await attemptCounted(kind, retarget(options, { address: `127.0.0.1:${far.port}` }), 2500);
  const asked = far.accepted() + datagrams.accepted();
  // What a protocol prescribes to be sent again is no retry, and a fact of the kind.
  if (kind.facts.some((fact) => fact.name === 'retransmissions')) expect(asked, name).toBeLessThanOrEqual(attempts * 3);
  else expect(asked, name).toBe(attempts);
  await Promise.all([far.close(), datagrams.close()]);
}
