// Whatever a far end answers, an attempt ends in one classified result, with bounded memory, and is made once.
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { messageLimit, type ProbeResult } from '#model/result.ts';
import { type DatagramBehaviour, echo, fromElsewhere, reply, silent, startHostilePair, storm } from '../support/far-ends/datagram.ts';
import { eventually, type HostileEnd } from '../support/far-ends/listen.ts';
import { type Behaviour, hang, politely, resetAtOnce, type Step, script, startHostile } from '../support/far-ends/stream.ts';
import { attemptCounted, type Elsewhere, found, networked, retarget, type Subject, speaksTls, subjects } from './harness.ts';
import { fragments, hostileAuthority, hostileTls, hostilities } from './hostile.ts';

/** Enough for an answer to be looked at; an answer that hangs costs this much. */
const timeoutMs = 250;
/** More than any kind's cap and the kernel's buffers together, far less than what an endless answer would send. */
const mostTaken = 24 * 1024 * 1024;
/** Random conversations a kind; `HOLTER_FUZZ_CASES` asks for more. */
const cases = Number(process.env['HOLTER_FUZZ_CASES'] ?? 240);
const seed = Number(process.env['HOLTER_FUZZ_SEED'] ?? 20_261_123);
/** Generous, and growing with what was asked for: never what a test is about. */
const patienceMs = 30_000 + cases * 250;
/** Conversations at once. */
const batch = 24;

const open: HostileEnd[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((far) => far.close()));
});

async function started(behaviour: Behaviour, behindTls: boolean): Promise<HostileEnd & { readonly elsewhere: Elsewhere }> {
  const far = await startHostile(politely(behaviour), behindTls ? { tls: hostileTls() } : {});
  open.push(far);
  return { ...far, elsewhere: { address: `127.0.0.1:${far.port}`, ...(behindTls && { ca: hostileAuthority() }) } };
}

/** One classified outcome that a person can be shown, never our own fault. */
function expectClassified(result: ProbeResult, subject: Subject): void {
  const { kind } = subject;
  const words = result.outcome === 'ok' ? '' : result.message;
  expect(kind.reasons.includes(found(result) as never) || found(result) === 'ok', `${found(result)}: ${words}`).toBe(true);
  expect(words.length).toBeLessThanOrEqual(messageLimit);
  expect(words).not.toMatch(/[\p{Cc}\p{Cs}]/u);
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

  test('random conversations', { timeout: patienceMs }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(conversation, fc.constantFrom(...layers)), { minLength: batch, maxLength: batch }),
        async (all) => {
          await Promise.all(all.map(([steps, behindTls]) => survives(subject, steps, behindTls)));
        },
      ),
      { seed, numRuns: Math.ceil(cases / batch), endOnFailure: true },
    );
  });
});

const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...fragments) },
  { weight: 2, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 300 }) },
  // A true beginning with one byte changed, or cut short.
  fc.tuple(fc.constantFrom(...fragments), fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
    const changed = Buffer.from(bytes);
    changed[at % Math.max(1, changed.length)] = byte;
    return changed;
  }),
  fc.tuple(fc.constantFrom(...fragments), fc.nat()).map(([bytes, at]) => bytes.subarray(0, 1 + (at % bytes.length))),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: piece.map((bytes): Step => ({ do: 'send', bytes })) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'await' }) },
  fc.constant<Step>({ do: 'close' }),
  fc.constant<Step>({ do: 'reset' }),
);
const conversation = fc.array(step, { minLength: 1, maxLength: 8 });

async function survives(subject: Subject, steps: readonly Step[], behindTls: boolean): Promise<void> {
  const far = await startHostile(politely(script(steps)), behindTls ? { tls: hostileTls() } : {});
  try {
    const elsewhere = { address: `127.0.0.1:${far.port}`, ...(behindTls && { ca: hostileAuthority() }) };
    const { result, attempts } = await attemptCounted(subject.kind, retarget(subject.options, elsewhere), timeoutMs);
    expectClassified(result, subject);
    expect(far.accepted()).toBeLessThanOrEqual(attempts);
    await eventually(() => far.connections() === 0, `no connection is open after ${JSON.stringify(steps)}`);
  } finally {
    await far.close();
  }
}

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

  test('random datagrams', { timeout: patienceMs }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), fc.boolean(), fc.nat(), fc.nat(255), async (bytes, keepQuestion, at, byte) => {
        // Half of them are a true answer to the question, with one byte changed and random records behind it.
        const { datagrams, result, attempts } = await ask((message, send) => {
          const answer = Buffer.concat([keepQuestion ? asAnswer(message) : message.subarray(0, 2), bytes]);
          if (keepQuestion) answer[2 + (at % (answer.length - 2))] = byte;
          send(answer);
        });
        expectClassified(result, subject);
        expect(datagrams.accepted()).toBe(attempts);
      }),
      { seed, numRuns: cases, endOnFailure: true },
    );
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

/** The message with its answer bits set and one record announced. */
function asAnswer(message: Buffer): Buffer {
  const question = message.subarray(12, message.length - 15);
  return Buffer.concat([header(message), question]);
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
