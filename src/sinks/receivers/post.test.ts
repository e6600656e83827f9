// One POST against servers of every temper.
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { issueCertificate } from '#prober/issue.ts';
import { outcomeOf, parseRetryAfter, post } from './post.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  closers.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`;
}

const request = { headers: { 'x-a': 'b' }, body: '{"a":1}', timeout: 5000, signal: new AbortController().signal };
const now = Date.UTC(2026, 5, 1);

test('the body, the headers and the path arrive as given, and the answer comes back', async () => {
  let got = '';
  const url = await serve((incoming, answer) => {
    incoming.on('data', (chunk: Buffer) => (got += chunk.toString()));
    incoming.on('end', () =>
      answer.writeHead(202, { 'retry-after': '7' }).end(`${incoming.method} ${incoming.url} ${String(incoming.headers['x-a'])}`),
    );
  });
  expect(await post({ ...request, url })).toEqual({ kind: 'answer', status: 202, retryAfter: '7', text: 'POST /secret-path b' });
  expect(got).toBe(request.body);
});

test('an endless answer is read up to 64 KB', async () => {
  const url = await serve((_incoming, answer) => {
    const timer = setInterval(() => answer.write('x'.repeat(50_000)), 1);
    answer.on('close', () => clearInterval(timer));
  });
  const reply = await post({ ...request, url });
  expect(reply.kind === 'answer' && reply.text.length).toBe(65_536);
});

test.each<[string, RequestListener]>([
  ['never answers', () => undefined],
  ['answers without end', (_incoming, answer) => void answer.writeHead(200).write('x')],
])('a far end that %s is left at the deadline', async (_name, listener) => {
  expect(await post({ ...request, url: await serve(listener), timeout: 200 })).toEqual({ kind: 'trouble', why: 'no answer in time' });
});

test('a peer that accepts and never speaks TLS is left at the deadline', async () => {
  const server = createTcpServer(() => undefined).listen(0, '127.0.0.1');
  closers.push(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  expect(await post({ ...request, url, timeout: 200 })).toEqual({ kind: 'trouble', why: 'no answer in time' });
});

test('a stop ends it at once', async () => {
  const controller = new AbortController();
  const url = await serve(() => controller.abort());
  expect(await post({ ...request, url, signal: controller.signal })).toEqual({ kind: 'trouble', why: 'cut short' });
});

test('what went wrong is told without address, path or body', async () => {
  const closed = await serve((incoming) => incoming.socket.destroy());
  const refused = 'http://127.0.0.1:1/secret-path';
  const nameless = 'http://secret-name.invalid/secret-path';
  const plain = closed.replace('http:', 'https:');
  for (const [url, why] of [
    [closed, 'the connection was closed'],
    [refused, 'connection refused (ECONNREFUSED)'],
    [nameless, 'its name could not be resolved'],
    [plain, ''],
  ] as const) {
    const reply = await post({ ...request, url });
    expect(reply.kind).toBe('trouble');
    expect(JSON.stringify(reply)).toContain(why);
    expect(JSON.stringify(reply)).not.toMatch(/secret|127\.0\.0\.1/);
  }
});

test('what is beyond loopback goes through the proxy of the environment, loopback never does', async () => {
  const seen: string[] = [];
  const proxy = await serve((incoming, answer) => {
    seen.push(incoming.url ?? '');
    answer.writeHead(202).end();
  });
  const direct = await serve((_incoming, answer) => void answer.writeHead(204).end());
  vi.stubEnv('HTTP_PROXY', new URL(proxy).origin);
  vi.stubEnv('NO_PROXY', '');
  try {
    expect(await post({ ...request, url: 'http://hooks.example.invalid/x' })).toMatchObject({ kind: 'answer', status: 202 });
    expect(await post({ ...request, url: direct })).toMatchObject({ status: 204 });
  } finally {
    vi.unstubAllEnvs();
  }
  expect(seen).toEqual(['http://hooks.example.invalid/x']);
});

test('a certificate is trusted through its own authority only, and only under its own name', async () => {
  const valid = { notBefore: Date.now() - 3_600_000, notAfter: Date.now() + 3_600_000 };
  const authority = issueCertificate({ commonName: 'Example CA', authority: true, ...valid });
  const listen = async (names: readonly string[]) => {
    const { key, certificate } = issueCertificate({ commonName: names[0] ?? '', names, issuer: authority, ...valid });
    const server = createTlsServer({ key, cert: certificate }, (_incoming, answer) => void answer.writeHead(200).end());
    server.listen(0, '127.0.0.1');
    closers.push(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    return `https://localhost:${(server.address() as AddressInfo).port}/secret-path`;
  };
  const url = await listen(['localhost']);
  expect(await post({ ...request, url, ca: authority.certificate })).toMatchObject({ kind: 'answer', status: 200 });
  expect(await post({ ...request, url })).toMatchObject({
    kind: 'trouble',
    why: expect.stringMatching(/^TLS failed \([A-Z_]+\)$/) as string,
  });
  const wrongName = await post({ ...request, url: await listen(['hooks.example.org']), ca: authority.certificate });
  expect(wrongName).toEqual({ kind: 'trouble', why: 'TLS failed (ERR_TLS_CERT_ALTNAME_INVALID)' });
});

test('a redirect is not followed', async () => {
  let hits = 0;
  const url = await serve((_incoming, answer) => {
    hits += 1;
    answer.writeHead(302, { location: '/elsewhere' }).end();
  });
  expect(await post({ ...request, url })).toMatchObject({ status: 302 });
  expect(hits).toBe(1);
});

test.each([
  [200, 'delivered'],
  [202, 'delivered'],
  [302, 'retry'],
  [400, 'refused'],
  [401, 'refused'],
  [404, 'refused'],
  [408, 'retry'],
  [410, 'refused'],
  [425, 'retry'],
  [429, 'retry'],
  [500, 'retry'],
  [503, 'retry'],
] as const)('%i means %s', (status, outcome) => {
  expect(outcomeOf({ kind: 'answer', status, retryAfter: undefined, text: '' }, now).outcome).toBe(outcome);
});

test.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['Mon, 01 Jun 2026 00:01:30 GMT', 90_000],
  ['Sun, 31 May 2026 00:00:00 GMT', 0],
  ['999999', 3_600_000],
  ['Mon, 01 Jun 2099 00:00:00 GMT', 3_600_000],
  ['-5', undefined],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After %j is %j ms', (text, expected) => {
  expect(parseRetryAfter(text, now)).toBe(expected);
});

test('Retry-After goes along with a retry', () => {
  expect(outcomeOf({ kind: 'answer', status: 503, retryAfter: '3', text: '' }, now)).toEqual({
    outcome: 'retry',
    why: 'answered 503',
    after: 3000,
  });
});
