// Clients that mean ill, or are merely slow: each is cut in bounded time and none keeps the others waiting.
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { planOf } from '../../../tests/support/plan.ts';
import { Board } from './board.ts';
import type { ServerLimits } from './contract.ts';
import { openStatusServer, type StatusServer } from './server.ts';

const large = Array.from({ length: 400 }, () => Buffer.alloc(65_536, 'a'));
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, isDebug: () => false };

let server: StatusServer;
let sockets: Socket[];

beforeEach(() => {
  sockets = [];
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await server.close(0);
});

async function open(limits: Partial<ServerLimits>): Promise<void> {
  const plan = planOf([{ service: 'ehr', name: 'fhir' }]);
  server = await openStatusServer({
    listen: { host: '127.0.0.1', port: 0 },
    source: new Board({
      plan,
      verdict: () => undefined,
      openIncidents: () => [],
      vantage: () => ({ state: 'ok', since: null, why: '', targets: [], missing: {} }),
    }),
    metrics: async () => ({ type: 'text/plain', body: large }),
    ready: () => [],
    reload: async () => ({ ok: true }),
    explain: async () => ({ ok: false, status: 404, error: 'none', nearest: [] }),
    tokens: () => [],
    clock: { monotonic: () => 0, wall: () => 0 },
    log: quiet,
    version: '1.2.3',
    limits,
  });
}

/** A raw connection, and what it has been told. */
async function dial(): Promise<{ socket: Socket; received(): string; ended: Promise<void> }> {
  const socket = connect({ host: server.host, port: server.port });
  sockets.push(socket);
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text = (text + chunk).slice(0, 2000);
  });
  // A reset is one of the ways in which a server may cut.
  socket.on('error', () => {});
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return { socket, received: () => text, ended };
}

async function isAlive(): Promise<boolean> {
  return (await fetch(`${server.url}/healthz`)).ok;
}

test('a head that never ends is cut, and others are answered meanwhile', async () => {
  await open({ head: 200 });
  const slow = await dial();
  slow.socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n');
  const drip = setInterval(() => slow.socket.write('x-a: b\r\n'), 50);
  expect(await isAlive()).toBe(true);
  await slow.ended;
  clearInterval(drip);
  expect(slow.received()).toMatch(/^HTTP\/1\.1 408 /);
});

test('a connection that says nothing is cut', async () => {
  await open({ head: 200 });
  const silent = await dial();
  await silent.ended;
});

test('a body that never ends is cut', async () => {
  await open({ head: 200, request: 300 });
  const slow = await dial();
  slow.socket.write('POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n');
  const drip = setInterval(() => slow.socket.write('x'), 50);
  await slow.ended;
  clearInterval(drip);
});

test('a body over the limit is refused', async () => {
  await open({});
  const response = await fetch(`${server.url}/-/reload`, { method: 'POST', body: 'x'.repeat(20_000) });
  expect(response.status).toBe(413);
  expect(await isAlive()).toBe(true);
});

test('a head over the limit is refused', async () => {
  await open({});
  const client = await dial();
  client.socket.write(`GET /healthz HTTP/1.1\r\nHost: a\r\nx-a: ${'b'.repeat(20_000)}\r\n\r\n`);
  await client.ended;
  expect(client.received()).toMatch(/^HTTP\/1\.1 431 /);
  expect(await isAlive()).toBe(true);
});

test('what is not HTTP is refused', async () => {
  await open({});
  const client = await dial();
  client.socket.write('\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n');
  await client.ended;
  expect(client.received()).toMatch(/^HTTP\/1\.1 400 /);
  expect(await isAlive()).toBe(true);
});

test('an answer that nobody reads is cut', async () => {
  await open({ exchange: 300 });
  const reader = await dial();
  reader.socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
  reader.socket.pause();
  expect(await isAlive()).toBe(true);
  // Still not reading: the cut is seen only when the rest is taken in.
  await new Promise((resolve) => setTimeout(resolve, 600));
  let rest = 0;
  reader.socket.on('data', (chunk: string) => {
    rest += chunk.length;
  });
  reader.socket.resume();
  await reader.ended;
  expect(rest).toBeLessThan(large.length * 65_536);
});

test('a client that hangs up in the middle of an answer harms nobody', async () => {
  await open({});
  const reader = await dial();
  reader.socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
  await new Promise<void>((resolve) => reader.socket.once('data', () => resolve()));
  reader.socket.resetAndDestroy();
  await reader.ended;
  expect(await isAlive()).toBe(true);
});

test('connections over the cap are closed at once, and the place of a silent one becomes free', async () => {
  await open({ connections: 4, head: 300 });
  const held = await Promise.all([dial(), dial(), dial(), dial()]);
  const fifth = await dial();
  await fifth.ended;
  await Promise.all(held.map((connection) => connection.ended));
  expect(await isAlive()).toBe(true);
});

test('closing waits for a slow reader no longer than the grace', async () => {
  await open({});
  const reader = await dial();
  reader.socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
  await new Promise<void>((resolve) => reader.socket.once('data', () => resolve()));
  reader.socket.pause();
  await server.close(100);
  reader.socket.resume();
  await reader.ended;
});

test('closing lets an exchange under way end, and then does not wait for the kept connection', async () => {
  await open({});
  const answer = fetch(`${server.url}/metrics`);
  const { body } = await answer;
  const closing = server.close(600_000);
  let length = 0;
  for await (const chunk of body ?? []) length += chunk.length;
  await closing;
  expect(length).toBe(large.length * 65_536);
});
