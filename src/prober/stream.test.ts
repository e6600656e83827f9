import { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually, type HostileEnd } from '../../tests/support/far-ends/listen.ts';
import {
  answer,
  type Behaviour,
  closeAtOnce,
  drip,
  endless,
  hang,
  hangUnread,
  resetAfterRequest,
  say,
  startHostile,
} from '../../tests/support/far-ends/stream.ts';
import { attemptRun, summary } from '../../tests/support/probing.ts';
import type { ProbeContext } from './contract.ts';
import { dial, secure } from './dial.ts';
import { issueCertificate } from './issue.ts';
import { selfwatch } from './selfwatch.ts';
import { openStream, type Stream } from './stream.ts';

const anywhere = { address: '127.0.0.1', family: 4 } as const;

let far: HostileEnd;
afterEach(async () => {
  await eventually(() => selfwatch.openSockets === 0, 'no socket is open');
  await far.close();
});

/** One attempt that opens a stream to such a far end and uses it. */
async function converse(
  behaviour: Behaviour,
  use: (stream: Stream, context: ProbeContext) => Promise<void>,
  timeoutMs = 15_000,
): Promise<string> {
  far = await startHostile(behaviour);
  const result = await attemptRun(
    async (context) => {
      await use(openStream(await dial({ host: '127.0.0.1', port: far.port }, context), context), context);
    },
    { timeoutMs },
  );
  return summary(result);
}

const upToLine = (bytes: Buffer) => {
  const end = bytes.indexOf(0x0a);
  return end < 0 ? undefined : end + 1;
};

describe('reading', () => {
  test('what was not asked for stays for the next read', async () => {
    const read: string[] = [];
    const said = await converse(say(Buffer.from('one\ntwo\nthree')), async (stream) => {
      read.push(String(await stream.readUntil(upToLine, 100)), String(await stream.read(2)), String(await stream.readUntil(upToLine, 100)));
      expect(stream.bytesRead()).toBe(13);
      stream.destroy();
    });
    expect([said, ...read]).toEqual(['ok', 'one\n', 'tw', 'o\n']);
  });

  test('to the end is all up to the FIN', async () => {
    let all = '';
    const said = await converse(answer(Buffer.from('everything'), 'close'), async (stream) => {
      await stream.write('go');
      all = String(await stream.readToEnd(10));
    });
    expect([said, all]).toEqual(['ok', 'everything']);
  });

  test.each([
    ['the wanted end comes first', say(Buffer.from('line\nmore')), 'ok', 'line\n'],
    ['the FIN comes first', answer(Buffer.from('half'), 'close'), 'ok', 'half'],
    ['the FIN comes before any byte', closeAtOnce, 'reset: ', ''],
    ['a reset comes first', answer(Buffer.from('half'), 'reset'), 'reset: ', ''],
  ])('up to the wanted end or to the end: %s', async (_, behaviour, expected, wanted) => {
    let taken = '';
    const said = await converse(behaviour, async (stream) => {
      await stream.write('go').catch(() => {});
      taken = String(await stream.readUntilOrEnd(upToLine, 100));
    });
    expect(said).toContain(expected);
    expect(taken).toBe(wanted);
  });

  test('a drip of single bytes is put together', async () => {
    let line = '';
    const said = await converse(drip(Buffer.from('slow and steady\n'), 1), async (stream) => {
      line = String(await stream.readUntil(upToLine, 100));
    });
    expect([said, line]).toEqual(['ok', 'slow and steady\n']);
  });

  test('more than the cap is content, and no more than that is taken from an endless far end', async () => {
    let taken = 0;
    const said = await converse(endless(Buffer.from('x'), Buffer.alloc(65_536, 'x')), async (stream) => {
      try {
        await stream.readUntil(upToLine, 4096);
      } finally {
        taken = stream.bytesRead();
      }
    });
    expect(said).toBe('content: more than 4096 bytes without the expected end');
    expect(taken).toBe(4096);
  });

  test('an endless far end is cut when it is read to its end', async () => {
    const said = await converse(endless(Buffer.from('x'), Buffer.alloc(65_536, 'x')), async (stream) => {
      await stream.readToEnd(10_000);
    });
    expect(said).toBe('content: the answer is larger than 10000 bytes');
  });

  test.each([
    ['before any byte', closeAtOnce, /^reset: accepted, then closed before any byte/],
    ['inside the answer', answer(Buffer.from('half'), 'close'), /^reset: the connection was closed inside the answer/],
    ['by a reset', resetAfterRequest, /^reset: accepted, then closed before any byte/],
  ])('a close %s is reset', async (_, behaviour, wanted) => {
    const said = await converse(behaviour, async (stream) => {
      await stream.write('hello').catch(() => {});
      await stream.readUntil(upToLine, 100);
    });
    expect(said).toMatch(wanted);
  });

  test('a reset is not taken for the end', async () => {
    const said = await converse(answer(Buffer.from('half'), 'reset'), async (stream) => {
      await stream.write('hello');
      await stream.readToEnd(100);
    });
    expect(said).toMatch(/^reset: /);
  });

  test.each([
    ['silence', hang, 'timeout: connected, but no answer in time'],
    ['a drip', drip(Buffer.from('never a line'), 5), 'timeout: the answer began and was not complete in time'],
  ])('%s ends at the deadline', async (_, behaviour, wanted) => {
    const said = await converse(behaviour, async (stream) => void (await stream.readUntil(upToLine, 100_000)), 100);
    expect(said).toBe(wanted);
  });

  test('a socket that is gone before the stream opens fails at once', async () => {
    const said = await converse(hang, async (stream, context) => {
      stream.destroy();
      await openStream({ ...anywhere, socket: stream.socket, clientCertificate: false }, context).read(1);
    });
    expect(said).toMatch(/^reset: /);
  });

  test('with a client certificate a close before the answer is auth', async () => {
    const said = await converse(closeAtOnce, async (stream, context) => {
      await openStream({ ...anywhere, socket: stream.socket, clientCertificate: true }, context).read(1);
    });
    expect(said).toBe('auth: the server refused or missed our client certificate');
  });
});

describe('writing', () => {
  test('a far end that takes nothing holds the writer back until the deadline', async () => {
    const said = await converse(
      hangUnread,
      async (stream) => {
        for (;;) await stream.write(Buffer.alloc(1_000_000));
      },
      200,
    );
    expect(said).toMatch(/^timeout: /);
  });

  test('writing to a far end that has gone is reset', async () => {
    const said = await converse(resetAfterRequest, async (stream) => {
      for (;;) await stream.write(Buffer.alloc(10_000));
    });
    expect(said).toMatch(/^reset: /);
  });

  test('end() settles when what was written has left', async () => {
    const said = await converse(
      (socket) => {
        socket.on('end', () => socket.end());
        socket.resume();
      },
      async (stream) => {
        await stream.write('bye');
        await stream.end();
        await stream.end();
      },
    );
    expect(said).toBe('ok');
    await eventually(() => far.connections() === 0, 'the far end saw the FIN');
    expect(far.received()).toBe(3);
  });
});

describe('giving the connection back for TLS', () => {
  const life = { commonName: 'far end', notBefore: Date.now() - 86_400_000, notAfter: Date.now() + 86_400_000 };
  const own = issueCertificate({ ...life, names: ['127.0.0.1'], authority: true });

  /** Answers STARTTLS in plain, then speaks TLS, then echoes. */
  const startTls =
    (more: string): Behaviour =>
    (socket) => {
      socket.on('end', () => socket.destroy());
      socket.write('220 ready\r\n');
      socket.once('data', () => {
        socket.write(`220 go ahead\r\n${more}`);
        const secured = new TLSSocket(socket, { isServer: true, key: own.key, cert: own.certificate });
        secured.on('error', () => socket.destroy());
        secured.on('end', () => socket.destroy());
        secured.on('data', (chunk: Buffer) => secured.write(chunk));
      });
    };

  const upgradeAndAsk = async (stream: Stream, context: ProbeContext) => {
    await stream.readUntil(upToLine, 100);
    await stream.write('STARTTLS\r\n');
    await stream.readUntil(upToLine, 100);
    const dialed = await secure(stream.release(), { host: '127.0.0.1', tls: { ca: own.certificate } }, context);
    expect(dialed.tls?.authorizationError).toBeUndefined();
    const next = openStream(dialed, context);
    await next.write('hello\r\n');
    expect((await next.readUntil(upToLine, 100)).toString()).toBe('hello\r\n');
    next.destroy();
  };

  test('what is said afterwards is said under TLS', async () => {
    expect(await converse(startTls(''), upgradeAndAsk)).toBe('ok');
    await eventually(() => far.connections() === 0, 'the far end has no connection');
  });

  test('plain bytes behind the answer are protocol, not an answer under TLS', async () => {
    expect(await converse(startTls('250 injected\r\n'), upgradeAndAsk)).toMatch(/^protocol: the far end went on in plain/);
    await eventually(() => far.connections() === 0, 'the far end has no connection');
  });

  test('a connection that has ended is told as one', async () => {
    const said = await converse(closeAtOnce, async (stream, context) => {
      await stream.read(1).catch(() => {});
      await secure(stream.release(), { host: '127.0.0.1', tls: {} }, context);
    });
    expect(said).toMatch(/^reset: /);
  });
});
