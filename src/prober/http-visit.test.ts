// Several exchanges on kept connections: nothing is sent twice, nothing adds up, nothing is left open.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../tests/support/far-ends/listen.ts';
import { attemptRun, summary } from '../../tests/support/probing.ts';
import { HttpVisit } from './http.ts';
import type { HttpReply } from './http-message.ts';
import { followHttp } from './redirect.ts';
import { readSelfwatch } from './selfwatch.ts';

interface Site {
  readonly url: URL;
  /** Paths in the order in which they were asked for. */
  readonly asked: string[];
  connections(): number;
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((settle) => server.close(settle));
  }
});

async function site(listener: RequestListener): Promise<Site> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    listener(request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  servers.push(server);
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    asked,
    connections: () => sockets.size,
  };
}

/** Asks for each of these addresses in turn; `between` is waited for before each but the first. */
async function walk(urls: readonly URL[], bodyLimit = 65_536, between = () => Promise.resolve()) {
  const visit = new HttpVisit();
  const replies: HttpReply[] = [];
  const result = await attemptRun(async (context) => {
    try {
      for (const url of urls) {
        if (replies.length > 0) await between();
        replies.push(await visit.exchange({ url, method: 'GET', headers: [] }, { bodyLimit }, context));
      }
    } finally {
      visit.close();
    }
  });
  await eventually(() => readSelfwatch().openSockets === 0, 'every socket is closed');
  return { said: summary(result), result, replies, dialed: visit.dialed };
}

test('one connection serves one origin, is timed once, and is closed at the end', async () => {
  const far = await site((_, response) => response.end('page'));
  const { said, result, replies, dialed } = await walk([far.url, far.url, far.url]);
  expect(said).toBe('ok');
  expect(replies.map(({ body }) => body.toString())).toEqual(['page', 'page', 'page']);
  expect(dialed).toBe(1);
  expect(Object.keys(result.phases)).toEqual(['connect', 'processing', 'transfer']);
  await eventually(() => far.connections() === 0, 'no connection is open');
});

test('a server that says that it closes is dialed again', async () => {
  const far = await site((_, response) => response.setHeader('connection', 'close').end('page'));
  expect(await walk([far.url, far.url])).toMatchObject({ said: 'ok', dialed: 2 });
});

test('one that closes between two exchanges without a word is dialed again, and hears each request once', async () => {
  const far = await site((request, response) => {
    response.end('page');
    response.once('finish', () => setImmediate(() => request.socket.end()));
  });
  const closed = () => eventually(() => far.connections() === 0, 'the server has closed');
  expect(await walk([new URL('/a', far.url), new URL('/b', far.url)], 65_536, closed)).toMatchObject({ said: 'ok', dialed: 2 });
  expect(far.asked).toEqual(['/a', '/b']);
});

test('one that closes in the moment of the next request is dialed again or is reset, and never hears a request twice', async () => {
  const far = await site((request, response) => {
    response.end('page');
    response.once('finish', () => request.socket.destroy());
  });
  for (let time = 0; time < 30; time += 1) {
    far.asked.length = 0;
    const { said } = await walk([new URL('/a', far.url), new URL('/b', far.url)]);
    expect(said).toMatch(/^(ok|reset: )/);
    expect(far.asked.filter((path) => path === '/b').length).toBeLessThanOrEqual(1);
  }
});

test('a request that was sent on a kept connection is not sent again when that closes', async () => {
  const far = await site((request, response) => {
    if (request.url === '/a') response.end('page');
    else request.socket.destroy();
  });
  const { said, dialed } = await walk([new URL('/a', far.url), new URL('/b', far.url)]);
  expect(said).toBe('reset: the kept connection was closed before any byte of this answer');
  expect(dialed).toBe(1);
  expect(far.asked).toEqual(['/a', '/b']);
});

test('the bounds are those of one exchange: several do not add up', async () => {
  const far = await site((_, response) => response.end(Buffer.alloc(1_000_000)));
  expect(
    await walk(
      Array.from({ length: 6 }, () => far.url),
      1_000_000,
    ),
  ).toMatchObject({ said: 'ok', dialed: 1 });
});

test('bytes without end around a later reply are cut as around the first', async () => {
  const far = await site((request, response) => {
    if (request.url === '/a') {
      response.end('page');
      return;
    }
    const extension = `1;${'x'.repeat(8000)}\r\ny\r\n`;
    const { socket } = request;
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    const pour = () => {
      while (!socket.destroyed && socket.write(extension));
    };
    socket.on('drain', pour);
    pour();
  });
  const { said } = await walk([new URL('/a', far.url), new URL('/b', far.url)], 1024);
  expect(said).toMatch(/^protocol: more than \d+ bytes around a body/);
});

test('of many origins the latest keep their connections', async () => {
  const sites = await Promise.all(Array.from({ length: 10 }, () => site((_, response) => response.end('page'))));
  let most = 0;
  const open = () => sites.reduce((sum, each) => sum + each.connections(), 0);
  const count = async () => {
    most = Math.max(most, open());
    await eventually(() => open() <= 8, 'at most eight are open');
  };
  expect(
    await walk(
      sites.map(({ url }) => url),
      65_536,
      count,
    ),
  ).toMatchObject({ said: 'ok', dialed: 10 });
  expect(most).toBeGreaterThan(4);
});

test('a redirect is followed on the same connection', async () => {
  const far = await site((request, response) => {
    if (request.url === '/') response.writeHead(302, { location: '/home' }).end('moved');
    else response.end('home');
  });
  const visit = new HttpVisit();
  const result = await attemptRun(async (context) => {
    const reply = await followHttp(
      { url: far.url, method: 'GET', headers: [] },
      {
        version: 'http1',
        bodyLimit: 1024,
        follow: true,
        allowDowngrade: false,
        exchange: (request, options) => visit.exchange(request, options, context),
      },
      context,
    );
    visit.close();
    expect(reply).toMatchObject({ redirects: 1, status: 200 });
  });
  expect(summary(result)).toBe('ok');
  expect(visit.dialed).toBe(1);
});
