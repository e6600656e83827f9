// What is sent, what is answered, and what a person is told of it: a server on loopback that answers as it is told.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { HolterError } from '#model/error.ts';
import type { Timers } from '#model/time.ts';
import { type Access, connectPrometheus, isLoopback } from './client.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: URLSearchParams;
}

type Reply = (response: ServerResponse, request: IncomingMessage) => void;

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Answers by these in turn, the last again and again. */
async function serve(...replies: readonly Reply[]) {
  const seen: Seen[] = [];
  const waits: number[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body: new URLSearchParams(Buffer.concat(chunks).toString()) });
      (replies[seen.length - 1] ?? replies.at(-1))?.(response, request);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const timers: Timers = {
    after: (delay, run) => {
      waits.push(delay);
      run();
      return () => undefined;
    },
  };
  const open = (access: Partial<Access> = {}, path = '') =>
    connectPrometheus({ url: new URL(`http://127.0.0.1:${port}${path}`), headers: {}, ...access }, timers);
  return { seen, waits, open };
}

const says =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply =>
  (response) =>
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

const hangUp: Reply = (_, request) => request.socket.destroy();

const range = { from: 1_000_000, to: 1_060_000, step: 30_000 };
const matrix = { status: 'success', data: { resultType: 'matrix', result: [{ metric: { a: 'b' }, values: [[1000, '1']] }] } };
const refusal = (error: string) => ({ status: 'error', errorType: 'bad_data', error });

describe('a question', () => {
  test('is posted as a form below the path that Prometheus has, with the headers that were given', async () => {
    const { seen, open } = await serve(says(200, { ...matrix, warnings: ['part\u0007ial'] }));
    const prometheus = open({ headers: { authorization: 'Bearer s3cret', 'X-Scope-OrgID': 'tenant' } }, '/prometheus/?tenant=1');
    expect(await prometheus.range('up == 1', range)).toEqual({ series: matrix.data.result, warnings: ['part ial'] });
    await prometheus.samples('up # all', 0, 90_000);
    prometheus.close();
    expect(seen.map(({ method, url }) => [method, url])).toEqual([
      ['POST', '/prometheus/api/v1/query_range?tenant=1'],
      ['POST', '/prometheus/api/v1/query?tenant=1'],
    ]);
    expect(Object.fromEntries(seen[0]?.body ?? [])).toEqual({ query: 'up == 1', start: '1000', end: '1060', step: '30' });
    expect(Object.fromEntries(seen[1]?.body ?? [])).toEqual({ query: 'up # all\n[90000ms]', time: '90' });
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer s3cret', 'x-scope-orgid': 'tenant', 'user-agent': 'holter' });
  });

  test('is asked by GET where POST is not allowed', async () => {
    const { seen, open } = await serve(says(405, 'no'), says(200, matrix));
    expect((await open().range('up', range)).series).toHaveLength(1);
    expect(seen[1]).toMatchObject({ method: 'GET', url: '/api/v1/query_range?query=up&start=1000&end=1060&step=30' });
  });

  test('is asked again, ever later, where the server is busy or hangs up, and as late as it says', async () => {
    const { seen, waits, open } = await serve(
      says(503, 'busy'),
      says(429, '', { 'retry-after': '7' }),
      says(502, '', { 'retry-after': '86400' }),
      hangUp,
      says(200, matrix),
    );
    expect((await open().range('up', range)).series).toHaveLength(1);
    expect([seen.length, waits]).toEqual([5, [1000, 7000, 60_000, 10_000]]);
  });

  test('is given up after five more tries', async () => {
    const { seen, open } = await serve(says(503, 'busy'));
    await expect(open().range('up', range)).rejects.toThrow(/answered 503, and not as Prometheus does/);
    expect(seen).toHaveLength(6);
  });
});

describe('a bad answer', () => {
  test.each<readonly [string, Reply, RegExp, boolean]>([
    [
      'a refusal',
      says(400, refusal('parse error:\n unexpected "}"')),
      /^Prometheus refuses the query: parse error: unexpected "}"$/,
      false,
    ],
    [
      'a query that took too long',
      says(503, refusal('query timed out in expression evaluation')),
      /refuses the query: query timed out/,
      true,
    ],
    ['too many samples', says(422, refusal('query processing would load too many samples into memory')), /too many samples/, true],
    ['no credentials', says(401, 'Unauthorized'), /answered 401: it wants credentials/, false],
    [
      'another server',
      says(404, '<html>nginx</html>'),
      /api\/v1\/query_range answered 404, and not as Prometheus does: is the address right\?/,
      false,
    ],
    ['a page in place of JSON', says(200, '<html>Grafana</html>'), /answered 200, and not as Prometheus does/, false],
    ['a redirect', says(302, '', { location: 'http://127.0.0.1:1/' }), /answered 302/, false],
    ['JSON of another kind', says(200, { status: 'success', data: { resultType: 'vector', result: [] } }), /not as Prometheus does/, false],
    [
      'histograms',
      says(200, { status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, histograms: [] }] } }),
      /not as/,
      false,
    ],
    [
      'values of another kind',
      says(200, { ...matrix, data: { ...matrix.data, result: [{ metric: {}, values: [['x', 1]] }] } }),
      /not as/,
      false,
    ],
    ['an array', says(200, []), /not as Prometheus does/, false],
  ])('%s is told in a sentence', async (_, reply, message, retryable) => {
    const { open } = await serve(reply);
    const error: unknown = await open({ headers: { authorization: 'Bearer s3cret' } })
      .range('up', range)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HolterError);
    expect(error).toMatchObject({ message: expect.stringMatching(message) as string, retryable });
    expect(String(error)).not.toContain('s3cret');
  });

  test('nobody there is told with the reason', async () => {
    const { open } = await serve(says(200, matrix));
    await new Promise((resolve) => server?.close(resolve));
    await expect(open().range('up', range)).rejects.toThrow(/http:\/\/127\.0\.0\.1:\d+ cannot be asked: .*ECONNREFUSED/);
  });

  test('an answer without end is read up to a bound', { timeout: 60_000 }, async () => {
    const chunk = Buffer.alloc(4 * 2 ** 20, ' ');
    const { open } = await serve((response) => {
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    const error: unknown = await open()
      .range('up', range)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringMatching(/larger than 192 MiB/) as string, retryable: true });
  });
});

test('loopback is known by its names', () => {
  expect(['localhost', 'a.localhost', '127.0.0.1', '127.9.9.9', '[::1]'].every(isLoopback)).toBe(true);
  expect(['127.0.0.1.example.org', 'localhost.example.org', '10.0.0.1', '::1x'].some(isLoopback)).toBe(false);
});
