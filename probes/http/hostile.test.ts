import { createSecureServer, type Http2SecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { issueCertificate } from '#prober/issue.ts';
import { selfwatch } from '#prober/selfwatch.ts';
import { eventually, type HostileEnd } from '../../tests/support/far-ends/listen.ts';
import { answer, type Behaviour, endless, startHostile } from '../../tests/support/far-ends/stream.ts';
import { attemptKind, summary } from '../../tests/support/probing.ts';
import { Options } from './options.ts';
import { http } from './probe.ts';

let far: HostileEnd | undefined;
afterEach(async () => {
  await eventually(() => selfwatch.openSockets === 0, 'no socket is open here');
  await far?.close();
  far = undefined;
});

async function probe(options: object, timeoutMs?: number) {
  for (let tries = 0; ; tries += 1) {
    const result = await attemptKind(http, { options: Options.parse(options), ...(timeoutMs !== undefined && { timeoutMs }) });
    const said = summary(result);
    // The far end runs in this very process: a machine that stood still says nothing about the probe.
    if (!said.includes('stood still') || tries === 5) return { result, said };
  }
}

async function against(behaviour: Behaviour, options: object = {}, timeoutMs?: number) {
  far = await startHostile(behaviour);
  return probe({ url: `http://127.0.0.1:${far.port}/`, ...options }, timeoutMs);
}

const head = 'HTTP/1.1 200 OK\r\n';
const text = (...parts: string[]) => Buffer.from(parts.join(''), 'latin1');

describe('HTTP/1.1: one classified result for', () => {
  test.each([
    [
      'a body shorter than content-length',
      text(head, 'content-length: 10\r\n\r\nshort'),
      'close',
      /^reset: the connection was closed inside/,
    ],
    ['two lengths that differ', text(head, 'content-length: 1\r\ncontent-length: 2\r\n\r\nab'), 'close', /^protocol: /],
    ['a length that is no number', text(head, 'content-length: many\r\n\r\nab'), 'close', /^protocol: /],
    ['a length beyond all numbers', text(head, `content-length: ${'9'.repeat(30)}\r\n\r\nab`), 'close', /^protocol: /],
    ['length and chunks at once', text(head, 'content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'), 'close', /^protocol: /],
    ['a chunk size beyond all numbers', text(head, 'transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n'), 'close', /^protocol: /],
    [
      'a huge chunk that never comes',
      text(head, 'transfer-encoding: chunked\r\n\r\nffffffff\r\nabc'),
      'close',
      /^reset: .*inside the answer/,
    ],
    ['a chunk size that is no number', text(head, 'transfer-encoding: chunked\r\n\r\nxyz\r\n'), 'close', /^protocol: /],
    ['chunks that are cut off', text(head, 'transfer-encoding: chunked\r\n\r\n5\r\nab'), 'close', /^reset: /],
    ['a header with a NUL in it', text(head, 'x-a: a\0b\r\n\r\n'), 'close', /^protocol: /],
    ['a header without a colon', text(head, 'no colon\r\n\r\n'), 'close', /^protocol: /],
    ['a status of four figures', text('HTTP/1.1 2000 OK\r\n\r\n'), 'close', /^protocol: /],
    ['a status below all', text('HTTP/1.1 099 No\r\ncontent-length: 0\r\n\r\n'), 'close', /^(protocol|content|timeout|reset): /],
    ['a version from nowhere', text('HTTP/7.7 200 OK\r\n\r\n'), 'close', /^protocol: /],
    [
      'an upgrade that nobody asked for',
      text('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      'close',
      /^(protocol|reset): /,
    ],
    ['a mail server', text('220 mail.example.org ESMTP\r\n'), 'keep', /^protocol: the answer is not HTTP/],
    ['TLS on a plain port', Buffer.from('15030100020228', 'hex'), 'close', /^protocol: the answer is not HTTP/],
    ['a reset inside the body', text(head, 'content-length: 100\r\n\r\nhalf'), 'reset', /^reset: /],
    ['a reset inside the headers', text(head, 'x-a: b'), 'reset', /^reset: /],
    [
      'redirects without an address',
      text('HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n'),
      'close',
      /^content: HTTP 302, expected is 2xx/,
    ],
  ] as const)('%s', async (_, bytes, then, wanted) => {
    expect((await against(answer(bytes, then), {}, 2000)).said).toMatch(wanted);
  });

  test.each([
    ['headers', head, `x-a: ${'y'.repeat(1000)}\r\n`.repeat(20), /^protocol: .*larger than allowed/],
    ['one header', head, 'x'.repeat(10_000), /^protocol: /],
    ['trailers', `${head}transfer-encoding: chunked\r\n\r\n0\r\n`, `x-a: ${'y'.repeat(1000)}\r\n`.repeat(20), /^protocol: /],
    ['body', `${head}\r\n`, 'x'.repeat(10_000), /^content: HTTP 200 with a body larger than 4096 bytes/],
    ['chunks', `${head}transfer-encoding: chunked\r\n\r\n`, '1\r\nx\r\n'.repeat(2000), /^content: HTTP 200 with a body larger/],
    ['interim replies', '', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(100), /^protocol: more than 16 interim/],
    ['unasked continues', '', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100), /^protocol: /],
  ])('endless %s, of which little is taken', async (_, first, wave, wanted) => {
    const { said } = await against(endless(Buffer.from(first), Buffer.from(wave)), { body_limit: 4096 }, 10_000);
    expect(said).toMatch(wanted);
    await eventually(() => far?.connections() === 0, 'the far end saw the end');
  });

  test.each([
    ['blank lines before the answer', '', '\r\n\r\n'.repeat(1000)],
    ['chunk extensions', `${head}transfer-encoding: chunked\r\n\r\n1`, `;${'x'.repeat(30_000)}`],
  ])('endless %s end at the deadline at the latest, in bounded memory', async (_, first, wave) => {
    const before = process.memoryUsage().rss;
    expect((await against(endless(Buffer.from(first), Buffer.from(wave)), {}, 400)).said).toMatch(/^(protocol|timeout): /);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  test('what comes after the announced length is not taken for part of the answer', async () => {
    const { result } = await against(answer(text(head, 'content-length: 2\r\n\r\nokHTTP/1.1 500 No\r\n\r\n'), 'close'));
    expect(result).toMatchObject({ outcome: 'ok', facts: { status_code: 200, response_bytes: 2 } });
  });

  test('a chain of redirects that never comes back to itself ends after ten', async () => {
    let hop = 0;
    const { said } = await against((socket) => {
      hop += 1;
      const location = `/${hop}`;
      socket.once('data', () => socket.end(`HTTP/1.1 302 Found\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`));
    });
    expect(said).toBe('content: more than 10 redirects');
    expect(far?.accepted()).toBe(11);
  });

  test('a redirect with an endless body is followed without reading it', async () => {
    let hop = 0;
    const { said } = await against((socket, later) => {
      hop += 1;
      if (hop === 1) endless(Buffer.from('HTTP/1.1 302 Found\r\nlocation: /next\r\n\r\n'), Buffer.alloc(10_000))(socket, later);
      else answer(text(head, 'content-length: 0\r\n\r\n'), 'close')(socket, later);
    });
    expect(said).toBe('ok');
  });

  test('random bytes, and bytes that begin well', async () => {
    let bytes: Uint8Array = new Uint8Array();
    far = await startHostile((socket) => void socket.once('data', () => socket.end(bytes)));
    const options = {
      url: `http://127.0.0.1:${far.port}/`,
      body_limit: 1024,
      expect: { json: [{ path: '$.a', exists: true }], contains: ['x'] },
    };
    const beginnings = [
      '',
      head,
      `${head}transfer-encoding: chunked\r\n\r\n`,
      `${head}content-encoding: gzip\r\n\r\n`,
      'HTTP/1.1 302 Found\r\nlocation: ',
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 300 }), async (beginning, rest) => {
        bytes = Buffer.concat([Buffer.from(beginning), rest]);
        const { result } = await probe(options);
        expect(result.outcome === 'fail' ? result.reason : 'ok').toMatch(/^(reset|protocol|content|rejected|auth|dns|refused|tls)$/);
      }),
      { numRuns: 150 },
    );
  });

  test('nothing of a body, and no secret that it echoes, comes into the result', async () => {
    process.env['HOLTER_TEST_TOKEN'] = 'token-4711-token';
    const { Secret } = await import('#schema/secret.ts');
    const body = 'patient Jane Doe, token-4711-token';
    const { result } = await against(
      answer(
        text(head, `server: token-4711-token\r\nx-request-id: Bearer token-4711-token\r\ncontent-length: ${body.length}\r\n\r\n${body}`),
        'close',
      ),
      { auth: { bearer: new Secret('token-4711-token') }, expect: { contains: ['Welcome'], not_contains: ['Jane'] } },
    );
    expect(result.notes['server']).toBe('***');
    expect(JSON.stringify(result)).not.toMatch(/Jane|4711/);
  });
});

function halfThen(stream: ServerHttp2Stream, then: () => void): void {
  stream.respond({ ':status': 200 });
  stream.write('half', () => setTimeout(then, 20));
}

describe('HTTP/2: one classified result for', () => {
  const now = Date.now();
  const own = issueCertificate({ commonName: 'h2', names: ['127.0.0.1'], notBefore: now - 86_400_000, notAfter: now + 86_400_000 });
  let server: Http2SecureServer | undefined;
  const sessions = new Set<ServerHttp2Session>();
  afterEach(async () => {
    for (const session of sessions) session.destroy();
    await new Promise<void>((settle) => (server === undefined ? settle() : server.close(() => settle())));
    server = undefined;
  });

  async function h2(serve: (stream: ServerHttp2Stream) => void, options: object = {}, timeoutMs?: number) {
    server = createSecureServer({ cert: own.certificate, key: own.key });
    server.on('stream', (stream) => {
      stream.on('error', () => {});
      serve(stream);
    });
    server.on('session', (session) => {
      sessions.add(session);
      session.on('error', () => {});
      session.on('close', () => sessions.delete(session));
    });
    await new Promise<void>((settle) => server?.listen(0, '127.0.0.1', settle));
    const { port } = server.address() as AddressInfo;
    return probe({ url: `https://127.0.0.1:${port}/`, http_version: 'http2', tls: { ca: own.certificate }, ...options }, timeoutMs);
  }

  test('a good answer', async () => {
    const { result } = await h2((stream) => {
      stream.respond({ ':status': 200, server: 'two' });
      stream.end('well');
    });
    expect(result).toMatchObject({
      outcome: 'ok',
      facts: { http_version: 2, status_code: 200, response_bytes: 4, ssl: 1 },
      notes: { server: 'two' },
    });
    expect(Object.keys(result.phases)).toEqual(['connect', 'tls', 'processing', 'transfer']);
  });

  test.each([
    ['a stream that is reset', (stream: ServerHttp2Stream) => stream.close(2), /^(protocol|reset): /],
    ['a stream that is refused', (stream: ServerHttp2Stream) => stream.close(7), /^rejected: .*shedding load/],
    ['a session that is destroyed', (stream: ServerHttp2Stream) => stream.session?.destroy(), /^(protocol|reset): /],
    ['a session that says goodbye', (stream: ServerHttp2Stream) => stream.session?.goaway(1), /^(protocol|reset): /],
    ['a session that asks for calm', (stream: ServerHttp2Stream) => stream.session?.goaway(11), /^rejected: .*shedding load/],
    [
      'a session that dies inside the body',
      (stream: ServerHttp2Stream) => halfThen(stream, () => stream.session?.destroy()),
      /^(reset|protocol): /,
    ],
    [
      'a connection that dies inside the body',
      (stream: ServerHttp2Stream) => halfThen(stream, () => stream.session?.socket.destroy()),
      /^(reset|protocol): /,
    ],
    ['silence', () => {}, /^timeout: connected, but no answer/],
    [
      'a body that stops',
      (stream: ServerHttp2Stream) => {
        stream.respond({ ':status': 200 });
        stream.write('half');
      },
      /^timeout: the answer began/,
    ],
    [
      'an endless body',
      (stream: ServerHttp2Stream) => {
        stream.respond({ ':status': 200 });
        const pour = () => {
          while (stream.writable && stream.write(Buffer.alloc(16_384)));
        };
        stream.on('drain', pour);
        pour();
      },
      /^content: HTTP 200 with a body larger/,
    ],
    ['a refusal', (stream: ServerHttp2Stream) => stream.respond({ ':status': 503 }, { endStream: true }), /^rejected: HTTP 503/],
  ])('%s', async (_, serve, wanted) => {
    expect((await h2(serve, {}, 1000)).said).toMatch(wanted);
  });

  test('a server that speaks HTTP/1.1 only', async () => {
    far = await startHostile(answer(text(head, 'content-length: 0\r\n\r\n'), 'close'), { tls: { cert: own.certificate, key: own.key } });
    const options = { url: `https://127.0.0.1:${far.port}/`, tls: { ca: own.certificate } };
    expect((await probe({ ...options, http_version: 'http2' })).said).toMatch(
      /^(protocol: the server does not speak HTTP\/2|tls: no common application)/,
    );
    expect((await probe({ ...options, http_version: 'auto' })).result).toMatchObject({ outcome: 'ok', facts: { http_version: 1.1 } });
  });

  test.each([
    ['noise', Buffer.alloc(2000, 0x41)],
    ['an HTTP/1.1 answer', text(head, 'content-length: 0\r\n\r\n')],
  ])('%s instead of frames', async (_, bytes) => {
    far = await startHostile(answer(bytes, 'close'), { tls: { cert: own.certificate, key: own.key, ALPNProtocols: ['h2'] } as TlsOptions });
    const options = { url: `https://127.0.0.1:${far.port}/`, tls: { ca: own.certificate }, http_version: 'http2' };
    expect((await probe(options, 2000)).said).toMatch(/^(protocol|reset): /);
  });
});
