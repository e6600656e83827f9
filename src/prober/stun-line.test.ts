import { afterEach, expect, test } from 'vitest';
import { startHostileDatagrams } from '../../tests/support/far-ends/datagram.ts';
import { eventually, type HostileEnd } from '../../tests/support/far-ends/listen.ts';
import { type Behaviour, startHostile } from '../../tests/support/far-ends/stream.ts';
import { attemptRun, summary } from '../../tests/support/probing.ts';
import { selfwatch } from './selfwatch.ts';
import { openStunLine, type StunTarget, stunFacts } from './stun-line.ts';
import { encodeStun, type StunMessage, stunRequest, successOf } from './stun-message.ts';

let far: HostileEnd | undefined;
afterEach(async () => {
  await far?.close();
  far = undefined;
  await eventually(() => selfwatch.openSockets === 0, 'no socket is open');
});

const request = (number: number) =>
  encodeStun({ type: stunRequest.binding, id: Buffer.alloc(12, number), attributes: [], fingerprint: false });
const answerTo = (asked: Buffer) =>
  encodeStun({ type: successOf(stunRequest.binding), id: asked.subarray(8, 20), attributes: [], fingerprint: true });

/** Asks so many questions one after the other; gives what came. */
async function converse(transport: StunTarget['transport'], questions: number, timeoutMs = 10_000) {
  const heard: StunMessage[] = [];
  const result = await attemptRun(
    async (context) => {
      const line = await openStunLine({ address: `127.0.0.1:${far?.port}`, transport }, context);
      try {
        for (let number = 1; number <= questions; number += 1) heard.push(await line.ask(request(number)));
        await line.end();
      } finally {
        line.destroy();
      }
    },
    { facts: stunFacts, timeoutMs },
  );
  return { said: summary(result), facts: result.facts, ids: heard.map(({ id }) => id[0]) };
}

const byStream = (answers: (asked: Buffer) => readonly Buffer[]): Behaviour => {
  return (socket) => void socket.on('data', (asked: Buffer) => answers(asked).forEach((piece) => socket.write(piece)));
};

test('by UDP each question has its answer, and those sent again are counted together', async () => {
  const times = new Map<string, number>();
  far = await startHostileDatagrams((asked, send) => {
    const id = asked.toString('hex', 8, 20);
    times.set(id, (times.get(id) ?? 0) + 1);
    if (times.get(id) === 2) send(answerTo(asked));
  });
  expect(await converse('udp', 2)).toEqual({ said: 'ok', facts: { retransmissions: 2 }, ids: [1, 2] });
});

test('by TCP answers come on one connection, in whatever pieces', async () => {
  far = await startHostile(byStream((asked) => [answerTo(asked).subarray(0, 3), answerTo(asked).subarray(3)]));
  expect(await converse('tcp', 3)).toEqual({ said: 'ok', facts: {}, ids: [1, 2, 3] });
  expect(far.accepted()).toBe(1);
});

test('by UDP an answer to another request is passed over, by TCP it is told', async () => {
  far = await startHostileDatagrams((asked, send) => {
    send(answerTo(request(99)));
    send(answerTo(asked));
  });
  expect((await converse('udp', 1)).ids).toEqual([1]);
  await far.close();
  far = await startHostile(byStream(() => [answerTo(request(99))]));
  expect((await converse('tcp', 1)).said).toBe('protocol: the answer is to another request');
});

test.each([
  ['udp', 'no STUN at all', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['tcp', 'no STUN at all', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['tcp', 'a message of 64 KB', Buffer.from('0101fffc2112a44201010101010101010101010101', 'hex')],
] as const)('by %s %s is protocol', async (transport, _, bytes) => {
  far = transport === 'udp' ? await startHostileDatagrams((_asked, send) => send(bytes)) : await startHostile(byStream(() => [bytes]));
  expect((await converse(transport, 1)).said).toBe('protocol: the answer is not STUN');
});
