// How a request is sent again, and from where, and what is said of a far end that answers late or not.
import * as fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { frame, opcode, serveWebSocket } from '#prober/farend-websocket.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { type DatagramBehaviour, startHostileDatagrams } from '../../tests/support/far-ends/datagram.ts';
import type { HostileEnd } from '../../tests/support/far-ends/listen.ts';
import { startHostile } from '../../tests/support/far-ends/stream.ts';
import { summary } from '../../tests/support/probing.ts';
import { sip } from './probe.ts';

let far: HostileEnd | undefined;
afterEach(async () => {
  await far?.close();
  far = undefined;
});

async function ask(behaviour: DatagramBehaviour, timeoutMs = 15_000, options: object = {}) {
  far = await startHostileDatagrams(behaviour);
  return attempt(sip, { address: `127.0.0.1:${far.port}`, ...options }, timeoutMs);
}

/** The request as an answer with this status: what it takes over stands in it already. */
function answer(request: Buffer, status: string): Buffer {
  return Buffer.from(String(request).replace(/^OPTIONS .*/, `SIP/2.0 ${status}`));
}

/** A good answer to a request that was never made. */
function other(request: Buffer): Buffer {
  return Buffer.from(String(answer(request, '200 OK')).replace('branch=z9hG4bK', 'branch=z9hG4bKx'));
}

test('what is sent again is the same, and how often is a fact', async () => {
  const heard: string[] = [];
  const result = await ask((message, send) => {
    heard.push(String(message));
    if (heard.length === 2) send(answer(message, '200 OK'));
  });
  expect(summary(result)).toBe('ok');
  expect(result.facts).toMatchObject({ retransmissions: 1, status_code: 200 });
  expect(new Set(heard).size).toBe(1);
});

test('after a provisional answer T2 lies between the sendings (RFC 3261 17.1.2.2)', async () => {
  const result = await ask((message, send) => send(answer(message, '100 Trying')), 4300);
  expect(summary(result)).toBe('timeout: a provisional answer came, and no final one in time');
  expect(result.facts['provisional_answers']).toBeGreaterThanOrEqual(2);
  // Two; a third where the machine stood still before the first answer was read. Without the rule there are four.
  expect(far?.accepted()).toBeLessThanOrEqual(3);
});

test('the port that is named is the one that the datagram came from', async () => {
  const named: string[] = [];
  await ask((message, send, from) => {
    const [, via, contact] = /^Via: SIP\/2\.0\/UDP (\S+?);[\s\S]*^Contact: <sip:holter@(\S+?)>/m.exec(String(message)) ?? [];
    named.push(`${via}`, `${contact}`, `${from.address}:${from.port}`);
    send(answer(message, '200 OK'));
  });
  expect(new Set(named).size).toBe(1);
});

test('answers to another request are passed over, and told when nothing else comes', async () => {
  const late = await ask((message, send) => {
    send(other(message));
    send(answer(message, '486 Busy Here'));
  });
  expect(summary(late)).toBe('ok');
  expect(late.facts).toMatchObject({ foreign_answers: 1, status_code: 486 });
  await far?.close();
  const never = await ask((message, send) => send(other(message)), 300);
  expect(summary(never)).toBe('timeout: answers to other requests came, and none to ours in time');
});

test('a WebSocket that is not closed is told as that, whatever came before', async () => {
  const serve = serveWebSocket({
    answer: ({ opcode: code, payload }) => {
      const statuses = code === opcode.text ? ['100 Trying', '200 OK'] : [];
      return Buffer.concat(statuses.map((status) => frame(opcode.text, answer(payload, status))));
    },
  });
  far = await startHostile((socket) => {
    socket.end = () => socket;
    serve(socket);
  });
  const result = await attempt(sip, { address: `127.0.0.1:${far.port}`, transport: 'ws' }, 1000);
  expect(summary(result)).toMatch(/^timeout: close: our Close frame was not answered/);
  expect(result.facts).toMatchObject({ provisional_answers: 1, status_code: 200 });
});

test("whatever pieces of answers come on a connection, it ends in one outcome that is the far end's", { timeout: 60_000 }, async () => {
  const pieces = [
    'SIP/2.0 200 OK\r\n',
    'SIP/2.0 100 Trying\r\n',
    'l: 0\r\n',
    'l: 5\r\n',
    'l: 99999\r\n',
    '\r\n',
    '\r\n\r\n',
    ' folded',
    '\r',
  ];
  const piece = fc.oneof(fc.constantFrom(...pieces), fc.constant(undefined), fc.string({ maxLength: 20 }));
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (said) => {
      const end = await startHostile((socket) => {
        // Undefined: what was asked, as an answer without its last lines.
        socket.once('data', (request: Buffer) => {
          const answers = said.map((text) => text ?? String(answer(request, '200 OK')).replace(/Content-Length[\s\S]*/, ''));
          socket.end(answers.join(''));
        });
      });
      const result = await attempt(sip, { address: `127.0.0.1:${end.port}`, transport: 'tcp' }, 5000);
      await end.close();
      expect(['ok', 'protocol', 'content', 'reset'], summary(result)).toContain(found(result));
    }),
    { numRuns: 150 },
  );
});

test('a 503 says when to come back', async () => {
  const result = await ask((message, send) =>
    send(Buffer.from(String(answer(message, '503 Busy')).replace('Accept:', 'Retry-After: 30;duration=5\r\nAccept:'))),
  );
  expect(found(result)).toBe('rejected');
  expect(result.facts).toMatchObject({ retry_after_seconds: 30, status_code: 503, retransmissions: 0 });
});

test.each([
  ['pbx', 'sip:127.0.0.1:PORT'],
  ['a trunk', 'sip:trunk@pbx.example.org'],
])('the request is for %s: %s', async (_, uri) => {
  const lines: string[] = [];
  await ask(
    (message, send) => {
      lines.push(String(message).split('\r\n', 1)[0] ?? '');
      send(answer(message, '200 OK'));
    },
    15_000,
    uri.includes('PORT') ? {} : { uri },
  );
  expect(lines).toEqual([`OPTIONS ${uri.replace('PORT', `${far?.port}`)} SIP/2.0`]);
});
