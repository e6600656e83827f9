// Whole visits to small sites of our own: the logout that is always taken, one reason and phase a step, cookies, and what stays secret.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { readSelfwatch } from '#prober/selfwatch.ts';
import { Secret } from '#schema/secret.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { eventually } from '../../tests/support/far-ends/listen.ts';
import { type Step as Move, politely, script, startHostile } from '../../tests/support/far-ends/stream.ts';
import { summary } from '../../tests/support/probing.ts';
import { journey } from './probe.ts';

const timeoutMs = 5000;

interface Asked {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Respond = (asked: Asked, response: ServerResponse) => void;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** A site that answers `respond`, or 200 with the path. Gives its address and what it was asked. */
async function site(respond: Readonly<Record<string, Respond>> = {}) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const one = { line: `${request.method} ${request.url}`, headers: request.headers, body };
      asked.push(one);
      const own = respond[one.line];
      if (own === undefined) response.end(one.line);
      else own(one, response);
    });
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((settle) => server.close(() => settle()));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, port, asked, lines: () => asked.map(({ line }) => line) };
}

const status =
  (code: number, body = ''): Respond =>
  (_, response) =>
    response.writeHead(code).end(body);
const silent: Respond = () => undefined;
const cut: Respond = (_, response) => response.destroy();
/** Repeats all that it was told, where Holter looks as well. */
const echo: Respond = ({ headers, body, line }, response) =>
  response.writeHead(404, { server: String(headers['x-key']), via: line }).end(`${line} ${body}`);
const login = { name: 'login', login: true, method: 'POST', url: '/login', json: { password: new Secret('x') } };
const logout = { url: '/logout' };

describe('the logout', () => {
  test('is the last step of a visit that went well, and its failure is one of the visit', async () => {
    const well = await site();
    const result = await attempt(journey, { url: well.url, steps: [login, { name: 'home', url: '/home' }], logout }, timeoutMs);
    expect(summary(result)).toBe('ok');
    expect(well.lines()).toEqual(['POST /login', 'GET /home', 'GET /logout']);
    expect(Object.keys(result.phases).filter((name) => ['login', 'home', 'logout'].includes(name))).toEqual(['login', 'home', 'logout']);
    expect(result.notes).not.toHaveProperty('logout');
    const ill = await site({ 'GET /logout': status(500) });
    expect(summary(await attempt(journey, { url: ill.url, steps: [login], logout }, timeoutMs))).toMatch(
      /^rejected: logout: HTTP status 500/,
    );
  });

  test.each<[string, Readonly<Record<string, Respond>>, RegExp]>([
    ['a step that fails', { 'GET /home': status(404) }, /^rejected: home: /],
    ['a login that was refused', { 'POST /login': status(401) }, /^auth: login: /],
    ['a login whose answer was cut', { 'POST /login': cut }, /^reset: login: /],
  ])('is taken after %s, and does not hide it', async (_, respond, wanted) => {
    const far = await site(respond);
    const result = await attempt(journey, { url: far.url, steps: [login, { name: 'home', url: '/home' }], logout }, timeoutMs);
    expect(summary(result)).toMatch(wanted);
    expect(far.lines().at(-1)).toBe('GET /logout');
    expect(far.lines().filter((line) => line === 'GET /logout').length).toBe(1);
    expect(result.notes['logout']).toBe('sent after the failure');
    expect(result.phases).toHaveProperty('logout');
  });

  test('that fails after a failure is a note', async () => {
    const far = await site({ 'GET /home': status(404), 'GET /logout': status(500) });
    const result = await attempt(journey, { url: far.url, steps: [login, { name: 'home', url: '/home' }], logout }, timeoutMs);
    expect(summary(result)).toMatch(/^rejected: home: /);
    expect(result.notes['logout']).toBe('failed as well (rejected)');
  });

  test('that needs what was never extracted is a note', async () => {
    const far = await site({ 'GET /home': status(404) });
    const steps = [login, { name: 'home', url: '/home', extract: { token: { header: 'x-token' } } }];
    const result = await attempt(journey, { url: far.url, steps, logout: { url: '/logout/${token}' } }, timeoutMs);
    expect(summary(result)).toMatch(/^rejected: home: /);
    expect(result.notes['logout']).toBe('failed as well (content)');
    expect(far.lines()).toEqual(['POST /login', 'GET /home']);
  });

  test('is not taken before a login was sent: nobody can be logged in', async () => {
    const far = await site({ 'GET /form': status(503) });
    const result = await attempt(journey, { url: far.url, steps: [{ name: 'form', url: '/form' }, login], logout }, timeoutMs);
    expect(summary(result)).toMatch(/^rejected: form: /);
    expect(far.lines()).toEqual(['GET /form']);
    expect(result.notes).not.toHaveProperty('logout');
  });

  test('is not taken when the login could not be sent', async () => {
    const far = await site();
    const steps = [{ ...login, url: `http://127.0.0.1:1/login` }];
    const result = await attempt(journey, { url: far.url, origins: ['http://127.0.0.1:1/'], steps, logout }, timeoutMs);
    expect(summary(result)).toBe('refused: login: the connection was refused');
    expect(far.lines()).toEqual([]);
  });

  test('without a step that logs in is taken once a step was answered', async () => {
    const far = await site({ 'GET /b': status(404) });
    const steps = [
      { name: 'a', url: '/a' },
      { name: 'b', url: '/b' },
    ];
    await attempt(journey, { url: far.url, steps, logout }, timeoutMs);
    expect(far.lines()).toEqual(['GET /a', 'GET /b', 'GET /logout']);
  });

  test('is not sent at the deadline, which cuts everything, and the note says so', async () => {
    const far = await site({ 'GET /home': silent });
    const result = await attempt(journey, { url: far.url, steps: [login, { name: 'home', url: '/home' }], logout }, 400);
    expect(summary(result)).toBe('timeout: home: connected, but no answer in time');
    expect(far.lines()).toEqual(['POST /login', 'GET /home']);
    expect(result.notes['logout']).toBe('not sent: the deadline had passed');
    await eventually(() => readSelfwatch().openSockets === 0, 'every socket is closed');
  });
});

test('each step has its phase and its count; the connection has its own', async () => {
  const far = await site({ 'GET /moved': (_, response) => response.writeHead(302, { location: '/there' }).end('away') });
  const steps = [
    { name: 'one', url: '/moved' },
    { name: 'two', url: '/two' },
  ];
  const result = await attempt(journey, { url: far.url, steps }, timeoutMs);
  expect(Object.keys(result.phases)).toEqual(['connect', 'processing', 'transfer', 'one', 'two']);
  expect(result.facts).toMatchObject({ steps_completed: 2, redirects: 1, connections: 1, response_bytes: 4 + 10 + 8, status_code: 200 });
});

test('a locked account is told to the scheduler', async () => {
  const far = await site({ 'POST /login': status(200, 'Your account is locked.') });
  const steps = [{ ...login, locked: 'account is locked' }];
  expect(await attempt(journey, { url: far.url, steps }, timeoutMs)).toMatchObject({ reason: 'auth', locked: true });
});

describe('cookies', () => {
  test('are set and sent on each hop of a redirect, and each visit begins without any', async () => {
    const far = await site({
      'POST /login': (_, response) => response.writeHead(303, { location: '/a', 'set-cookie': ['sid=1; Path=/', 'once=1; Path=/a'] }).end(),
      'GET /a': (_, response) => response.writeHead(302, { location: '/b', 'set-cookie': 'sid=2; Path=/' }).end(),
    });
    for (let visit = 0; visit < 2; visit += 1) {
      far.asked.length = 0;
      expect(found(await attempt(journey, { url: far.url, steps: [login], logout }, timeoutMs))).toBe('ok');
      expect(far.asked.map(({ headers }) => headers.cookie)).toEqual([undefined, 'once=1; sid=1', 'sid=2', 'sid=2']);
    }
  });

  test('of one host are not sent to another', async () => {
    const far = await site();
    const first = await site({
      'GET /': (_, response) => response.writeHead(302, { location: `http://localhost:${far.port}/`, 'set-cookie': 'sid=1' }).end(),
    });
    expect(found(await attempt(journey, { url: first.url, family: 'ipv4', steps: [{ name: 'a' }] }, timeoutMs))).toBe('ok');
    expect(far.asked.map(({ headers }) => headers.cookie)).toEqual([undefined]);
  });
});

describe('what is secret', () => {
  const password = 'Tr0ub4dor-and-3-horses';
  const token = 'extracted-token-1234';

  test('is not taken along by a redirect to another origin', async () => {
    const stranger = await site();
    const far = await site({
      'POST /login': (_, response) => response.writeHead(307, { location: stranger.url }).end(),
      'GET /get': (_, response) => response.writeHead(302, { location: stranger.url }).end(),
    });
    const headers = { 'x-key': new Secret(password) };
    const steps = [{ ...login, json: { password: new Secret(password) } }];
    expect(summary(await attempt(journey, { url: far.url, steps }, timeoutMs))).toBe(
      'content: login: it redirects a request with a secret body to another origin',
    );
    expect(summary(await attempt(journey, { url: far.url, steps: [{ name: 'get', url: '/get', headers }] }, timeoutMs))).toBe('ok');
    expect(stranger.asked.length).toBe(1);
    expect(JSON.stringify(stranger.asked)).not.toContain(password);
  });

  test('is not taken away by a form that leads to another origin', async () => {
    const stranger = await site();
    const far = await site({
      'GET /': (_, response) => response.end(`<form action="${stranger.url}"><input type=password name=p></form>`),
    });
    const steps = [{ name: 'form' }, { ...login, url: undefined, json: undefined, form_from: 'form', form: { p: new Secret(password) } }];
    expect(summary(await attempt(journey, { url: far.url, steps }, timeoutMs))).toMatch(/^content: login: .* neither that of the site/);
    expect(stranger.asked).toEqual([]);
  });

  test('is not shown, whatever the site does with it', async () => {
    const far = await site({
      'GET /': (_, response) => response.end(token),
      [`GET /${token}`]: echo,
      [`GET /out/${token}`]: echo,
    });
    const steps = [
      { name: 'a', extract: { t: { pattern: '.+' } } },
      { name: 'b', url: '/${t}', headers: { 'x-key': new Secret(password) } },
    ];
    const result = await attempt(journey, { url: far.url, steps, logout: { url: '/out/${t}' } }, timeoutMs);
    expect(summary(result)).toMatch(/^rejected: b: HTTP status 404/);
    expect(JSON.stringify(result)).not.toContain(password);
    expect(JSON.stringify(result)).not.toContain(token);
  });
});

describe('a later answer of a hostile site', () => {
  const first = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\npage');
  const pieces = [
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello',
    'HTTP/1.1 200 OK\r\ncontent-length: 0\r\nkeep-alive: timeout=1\r\n\r\n',
    'HTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 99999999999999\r\n\r\n',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffff\r\n',
    'HTTP/1.1 302 Found\r\nlocation: /next\r\ncontent-length: 0\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n',
    'SSH-2.0-OpenSSH_9.2\r\n',
    '\r\n',
  ].map((text) => Buffer.from(text));
  const move = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...pieces).map((bytes): Move => ({ do: 'send', bytes })) },
    { weight: 2, arbitrary: fc.constant<Move>({ do: 'await' }) },
    fc.constantFrom<Move>({ do: 'close' }, { do: 'reset' }),
  );

  test('is one classified result, and no connection is left', { timeout: 60_000 }, async () => {
    const steps = ['a', 'b', 'c', 'd'].map((name) => ({ name, url: `/${name}`, expect: { status: '100-599' } }));
    const survives = async (moves: readonly Move[]) => {
      const far = await startHostile(politely(script([{ do: 'await' }, { do: 'send', bytes: first }, ...moves])));
      const result = await attempt(journey, { url: `http://127.0.0.1:${far.port}/`, steps, logout }, 200);
      expect([...journey.reasons, 'ok'], summary(result)).toContain(found(result));
      if (result.outcome === 'fail') expect(result.message).toMatch(/^([a-d]|logout): /);
      await eventually(() => far.connections() === 0, 'no connection is open');
      await far.close();
    };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(move, { maxLength: 6 }), { minLength: 24, maxLength: 24 }), async (all) => {
        await Promise.all(all.map(survives));
      }),
      { seed: 20_261_123, numRuns: 8, endOnFailure: true },
    );
  });
});
