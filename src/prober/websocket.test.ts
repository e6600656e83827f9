import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually, type HostileEnd } from '../../tests/support/far-ends/listen.ts';
import { type Behaviour, endless, hang, politely, resetAfterRequest, startHostile } from '../../tests/support/far-ends/stream.ts';
import { attemptRun, summary } from '../../tests/support/probing.ts';
import type { ProbeContext } from './contract.ts';
import { closeFrame, frame, opcode, serveWebSocket, upgradeAnswer } from './farend-websocket.ts';
import { issueCertificate } from './issue.ts';
import { selfwatch } from './selfwatch.ts';
import { openWebSocket } from './websocket.ts';
import { closeFailure } from './websocket-failure.ts';
import type { WebSocketConnection, WebSocketRequest } from './websocket-message.ts';

let far: HostileEnd | undefined;
afterEach(async () => {
  await eventually(() => selfwatch.openSockets === 0, 'no socket is open');
  await far?.close();
});

type Use = (socket: WebSocketConnection, context: ProbeContext) => Promise<void>;
const messageLimit = 1000;
const shortMs = 300;

/** One attempt that opens a WebSocket to such a far end and uses it. */
async function converse(behaviour: Behaviour, use: Use, wish: Partial<WebSocketRequest> = {}, timeoutMs = 15_000): Promise<string> {
  far = await startHostile(politely(behaviour));
  const url = new URL(`ws://127.0.0.1:${far.port}/chat?room=1`);
  const result = await attemptRun(
    async (context) => {
      await use(await openWebSocket({ url, headers: [], subprotocols: [], messageLimit, ...wish }, context), context);
    },
    { timeoutMs },
  );
  return summary(result);
}

const accept = (socket: Socket, request: Buffer) => socket.write(upgradeAnswer(request.toString('latin1')));
/** Upgrades, and closes the connection at the first frame. */
const cuts: Behaviour = (socket) => {
  socket.once('data', (request: Buffer) => {
    accept(socket, request);
    socket.once('data', () => socket.destroy());
  });
};
/** Upgrades, and reads no more. */
const deaf: Behaviour = (socket) => {
  socket.once('data', (request: Buffer) => {
    socket.pause();
    accept(socket, request);
  });
};
/** Upgrades, and answers no frame. */
const stays: Behaviour = (socket) => void socket.once('data', (request: Buffer) => accept(socket, request));
const pinged: Use = (socket) => socket.ping(Buffer.from('payload'));
const nothing: Use = async () => undefined;
const says = (answer: string): Behaviour => serveWebSocket({ upgrade: () => answer });

describe('the upgrade', () => {
  test('sends path, headers and subprotocols, and gives what the server chose', async () => {
    let request = '';
    const behaviour = serveWebSocket({
      upgrade: (right, asked) => {
        request = asked;
        return right.replace('\r\n\r\n', '\r\nServer: test\r\n\r\n');
      },
    });
    const answers: unknown[] = [];
    const said = await converse(
      behaviour,
      async (socket) => {
        answers.push(socket.subprotocol, socket.headers['server'], socket.connection.address);
        expect(await socket.close(1000)).toBe(1000);
      },
      {
        headers: [{ name: 'X-Key', value: 'abc' }],
        subprotocols: ['sip', 'chat'],
        onAnswer: (status) => answers.push(status),
      },
    );
    expect([said, ...answers]).toEqual(['ok', 101, 'sip', 'test', '127.0.0.1']);
    expect(request).toMatch(/^GET \/chat\?room=1 HTTP\/1\.1\r\n/);
    expect(request).toMatch(/^x-key: abc\r$/im);
    expect(request).toMatch(/^sec-websocket-protocol: sip,chat\r$/im);
    expect(request).toMatch(/^sec-websocket-version: 13\r$/im);
    expect(request).not.toMatch(/extensions/i);
  });

  test.each([
    ['401 Unauthorized', 'auth: upgrade: HTTP status 401: the credentials were refused'],
    ['403 Forbidden', 'auth: upgrade: HTTP status 403: known, but not allowed to do this'],
    ['503 Busy\r\nRetry-After: 7', 'rejected: upgrade: HTTP status 503: alive, and turning requests away; it asks to wait 7 s'],
    ['502 Bad Gateway', 'rejected: upgrade: HTTP status 502: an error of the server'],
    ['426 Upgrade Required', 'rejected: upgrade: HTTP status 426: understood and refused (does a proxy drop the headers of the upgrade?)'],
    ['302 Found\r\nLocation: /login', 'content: upgrade: HTTP status 302: it redirects, where an answer was due'],
    ['200 OK', 'content: upgrade: HTTP status 200, which is not the one expected (due is 101)'],
    ['101 Switching', 'protocol: upgrade: the answer 101 lacks the headers of an upgrade'],
  ])('answered by %s', async (line, expected) => {
    const statuses: number[] = [];
    const wish: Partial<WebSocketRequest> = { onAnswer: (status) => statuses.push(status) };
    expect(await converse(says(`HTTP/1.1 ${line}\r\nContent-Length: 5\r\n\r\nhello`), nothing, wish)).toBe(expected);
    expect(statuses).toEqual([Number(line.slice(0, 3))]);
  });

  test.each<readonly [string, (right: string) => string, readonly string[], string]>([
    [
      'with a wrong key',
      (right) => right.replace(/Accept: ./, 'Accept: !'),
      [],
      'protocol: upgrade: the answer 101 is not to our key (Sec-WebSocket-Accept)',
    ],
    [
      'to something else',
      (right) => right.replace('Upgrade: websocket', 'Upgrade: h2c'),
      [],
      'protocol: upgrade: the answer 101 is an upgrade to something else',
    ],
    [
      'without a subprotocol',
      (right) => right.replace(/Sec-WebSocket-Protocol.*\r\n/, ''),
      ['a'],
      'content: upgrade: the server chose none of the subprotocols that were offered',
    ],
    [
      'with another subprotocol',
      (right) => right.replace('Protocol: a', 'Protocol: b'),
      ['a'],
      'protocol: upgrade: the server chose a subprotocol that was not offered',
    ],
    [
      'with a subprotocol, unasked',
      (right) => right.replace('\r\n\r\n', '\r\nSec-WebSocket-Protocol: b\r\n\r\n'),
      [],
      'protocol: upgrade: the server chose a subprotocol that was not offered',
    ],
    [
      'with an extension, unasked',
      (right) => right.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n'),
      [],
      'protocol: upgrade: the server chose an extension that was not offered',
    ],
  ])('answered %s', async (_, change, subprotocols, expected) => {
    expect(await converse(serveWebSocket({ upgrade: change }), nothing, { subprotocols })).toBe(expected);
  });

  test.each<readonly [string, Behaviour, string]>([
    ['other bytes', says('SSH-2.0-OpenSSH\r\n'), 'protocol: upgrade: the answer is not HTTP'],
    [
      'headers without end',
      endless(Buffer.from('HTTP/1.1 101 a\r\n'), Buffer.alloc(8192, 'a: b\r\n')),
      'protocol: upgrade: the headers of the answer are larger than allowed',
    ],
    [
      'interim answers without end',
      endless(Buffer.from('HTTP/1.1 103 a\r\n\r\n'), Buffer.from('HTTP/1.1 103 a\r\n\r\n')),
      'protocol: upgrade: more than 16 interim answers (1xx)',
    ],
    ['a reset', resetAfterRequest, 'reset: upgrade: accepted, then closed before any byte was answered'],
    [
      'a close',
      (socket) => void socket.once('data', () => socket.end()),
      'reset: upgrade: accepted, then closed before any byte was answered',
    ],
    [
      'half an answer',
      (socket) => void socket.once('data', () => socket.end('HTTP/1.1 101 a\r\nUpg')),
      'reset: upgrade: the connection was closed inside the answer',
    ],
  ])('met by %s', async (_, behaviour, expected) => {
    expect(await converse(behaviour, nothing)).toBe(expected);
  });

  test('never answered, and begun and never ended', async () => {
    expect(await converse(hang, nothing, {}, shortMs)).toBe('timeout: upgrade: connected, but no answer in time');
    await far?.close();
    expect(await converse(says('HTTP/1.1 101'), nothing, {}, shortMs)).toBe(
      'timeout: upgrade: the answer began and was not complete in time',
    );
  });
});

describe('an open connection', () => {
  test('messages are received in order, those that came early too, in pieces or whole', async () => {
    const greeting = Buffer.concat([
      frame(opcode.text, 'one'),
      frame(opcode.text, 'tw', 0x01),
      frame(opcode.ping, 'now'),
      frame(opcode.more, 'o'),
    ]);
    const got: string[] = [];
    const said = await converse(serveWebSocket({ greeting }), async (socket) => {
      await socket.ping(Buffer.from('payload'));
      await socket.send('three');
      await socket.send(Buffer.from('four'));
      for (let i = 0; i < 4; i += 1) {
        const { text, data } = await socket.receive();
        got.push(`${text ? 'text' : 'binary'} ${String(data)}`);
      }
      expect(await socket.close(1000)).toBe(1000);
    });
    expect([said, ...got]).toEqual(['ok', 'text one', 'text two', 'text three', 'binary four']);
  });

  test('a pong with another payload is passed over', async () => {
    const other = serveWebSocket({ answer: () => frame(opcode.pong, 'other') });
    expect(await converse(other, pinged, {}, shortMs)).toBe('timeout: ping: no pong in time');
    await far?.close();
    const both = serveWebSocket({
      answer: ({ opcode: code, payload }) => (code === 9 ? Buffer.concat([frame(10, 'other'), frame(10, payload)]) : undefined),
    });
    expect(await converse(both, pinged)).toBe('ok');
  });

  test.each([
    [1000, 'rejected: ping: the server closed the connection (close code 1000)'],
    [1011, 'rejected: ping: an error of the server (close code 1011)'],
    [1013, 'rejected: ping: alive, and turning connections away for now (close code 1013)'],
    [3000, 'auth: ping: the credentials were refused (close code 3000)'],
    [4321, 'rejected: ping: the server closed the connection (close code 4321)'],
  ])('closed with %i where a pong was due', async (code, expected) => {
    expect(await converse(serveWebSocket({ answer: () => closeFrame(code) }), pinged)).toBe(expected);
  });

  test('closed before it was used, and used after it was closed', async () => {
    const early = serveWebSocket({ greeting: closeFrame(1012) });
    const said = await converse(early, async (socket) => {
      await expect(socket.receive()).rejects.toMatchObject({ message: 'receive: alive, and restarting (close code 1012)' });
      await socket.send('late');
    });
    expect(said).toBe('rejected: send: alive, and restarting (close code 1012)');
  });

  test.each<readonly [string, Buffer, string]>([
    ['an opcode that does not exist', frame(3, 'x'), 'protocol: ping: a frame that breaks the protocol (WS_ERR_INVALID_OPCODE)'],
    ['a mask', Buffer.from('818161616161', 'hex'), 'protocol: ping: a frame that breaks the protocol (WS_ERR_UNEXPECTED_MASK)'],
    ['text that is none', frame(opcode.text, Buffer.of(0xff)), 'protocol: ping: a frame that breaks the protocol (WS_ERR_INVALID_UTF8)'],
    [
      'compression that was not agreed',
      frame(opcode.text, 'x', 0xc1),
      'protocol: ping: a frame that breaks the protocol (WS_ERR_UNEXPECTED_RSV_1)',
    ],
    ['a close code that does not exist', closeFrame(999), 'protocol: ping: a frame that breaks the protocol (WS_ERR_INVALID_CLOSE_CODE)'],
    ['a message above the limit', frame(opcode.text, Buffer.alloc(1001, 'x')), 'content: ping: a message larger than 1000 bytes'],
    [
      'a length that lies',
      Buffer.from('827f7fffffffffffffff', 'hex'),
      'protocol: ping: a frame that breaks the protocol (WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH)',
    ],
  ])('%s', async (_, bytes, expected) => {
    expect(await converse(serveWebSocket({ answer: () => bytes }), pinged)).toBe(expected);
  });

  test.each<readonly [string, Buffer, string]>([
    ['pings', frame(opcode.ping), 'content: ping: more than 50 pings and pongs of the server'],
    ['messages', frame(opcode.text), 'content: ping: more than 1000 messages that were not asked for'],
    ['bytes', frame(opcode.binary, Buffer.alloc(1000)), 'content: ping: more than 266144 bytes from the server'],
    ['pieces', frame(opcode.text, '', 0x00), 'content: ping: a message in too many pieces'],
  ])('%s without end', async (name, piece, expected) => {
    const pour: Behaviour = (socket) => {
      socket.once('data', (request: Buffer) => {
        accept(socket, request);
        if (name === 'pieces') socket.write(frame(opcode.text, '', 0x01));
        const many = Buffer.concat(Array.from({ length: 100 }, () => piece));
        const more = () => {
          while (!socket.destroyed && socket.write(many));
        };
        socket.on('drain', more);
        more();
      });
    };
    expect(await converse(pour, pinged)).toBe(expected);
    await eventually(() => far?.connections() === 0, 'no connection is open');
    expect(far?.sent()).toBeLessThan(16 * 1024 * 1024);
  });

  test('cut without a Close frame is reset', async () => {
    expect(await converse(cuts, pinged)).toBe('reset: ping: the connection was closed without a Close frame');
  });

  test('closing gives the code of the server, 1005 without one, 1006 without a Close frame', async () => {
    for (const [answer, code] of [
      [closeFrame(1011), 1011],
      [frame(opcode.close), 1005],
      [Buffer.alloc(0), 1006],
    ] as const) {
      const use: Use = async (socket) => expect(await socket.close(1000)).toBe(code);
      expect(await converse(serveWebSocket({ answer: () => answer }), use)).toBe('ok');
      await far?.close();
    }
  });

  test('a frame that is broken is told, and not the close that it leads to', async () => {
    const broken = serveWebSocket({
      answer: ({ opcode: code, payload }) => (code === opcode.ping ? Buffer.concat([frame(10, payload), frame(3)]) : undefined),
    });
    const said = await converse(broken, async (socket) => {
      await socket.ping(Buffer.from('payload'));
      await expect(socket.receive()).rejects.toMatchObject({ reason: 'protocol' });
      await socket.close(1000);
    });
    expect(said).toBe('protocol: close: a frame that breaks the protocol (WS_ERR_INVALID_OPCODE)');
  });

  test('a server that takes nothing, and one that does not close, are left at the deadline', async () => {
    const big = Buffer.alloc(16 * 1024 * 1024);
    expect(await converse(deaf, (socket) => socket.send(big), {}, shortMs)).toBe(
      'timeout: send: the far end took no more before the deadline',
    );
    await far?.close();
    expect(await converse(stays, async (socket) => void (await socket.close(1000)), {}, shortMs)).toContain(
      'timeout: close: our Close frame was not answered',
    );
  });
});

test('over TLS the certificate is told, and a refused one never hears our headers', async () => {
  const life = { notBefore: Date.now() - 86_400_000, notAfter: Date.now() + 86_400_000 };
  const own = issueCertificate({ ...life, commonName: 'Far end', names: ['127.0.0.1'], authority: true });
  far = await startHostile(politely(serveWebSocket()), { tls: { key: own.key, cert: own.certificate } });
  const url = new URL(`wss://127.0.0.1:${far.port}/`);
  const open = async (tls: object) => {
    let protocol = '';
    const result = await attemptRun(async (context) => {
      const socket = await openWebSocket(
        { url, headers: [], subprotocols: [], messageLimit, tls, onTls: (facts) => (protocol = facts.protocol) },
        context,
      );
      await socket.ping(Buffer.from('payload'));
      await socket.close(1000);
    });
    return { said: summary(result), protocol, phases: Object.keys(result.phases) };
  };
  expect(await open({ ca: own.certificate })).toEqual({
    said: 'ok',
    protocol: 'TLSv1.3',
    phases: ['connect', 'tls', 'upgrade'],
  });
  expect((await open({})).said).toContain('certificate: ');
  expect(far.received()).toBeLessThan(1000);
});

test('every close code that may come has its reason', () => {
  const reasons = [1000, 1001, 1002, 1003, 1005, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3003, 3008, 4000].map(
    (code) => closeFailure(code).reason,
  );
  expect(reasons.filter((reason) => reason === 'auth')).toHaveLength(2);
  expect(new Set(reasons)).toEqual(new Set(['rejected', 'auth']));
});
