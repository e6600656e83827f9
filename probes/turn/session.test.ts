// What is asked in which order, and that nothing is left at the server, whatever it answers.
import { createSocket } from 'node:dgram';
import { afterEach, expect, test } from 'vitest';
import { type FarEnd, stunRequest } from '#prober/door.ts';
import { attempt, found, type RawOptions } from '../../tests/support/far-ends/attempt.ts';
import { startHostileDatagrams } from '../../tests/support/far-ends/datagram.ts';
import { eventually, type HostileEnd } from '../../tests/support/far-ends/listen.ts';
import { turn } from './probe.ts';
import { turnSimulator } from './simulate.ts';

const timeoutMs = 10_000;
/** For what hangs: long enough to come to the point where it does, on a machine that is busy. */
const shortMs = 1200;

interface Scene {
  readonly options: RawOptions;
  /** `Allocate` and `Refresh`, as they came; what was sent again counts once. */
  readonly asked: string[];
  /** Ports that they came from. */
  readonly ports: Set<number>;
}

const open: (HostileEnd | FarEnd)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

/** The simulated server in this mode, behind a listener that writes down what is asked and may swallow it. */
async function stage(mode: string, swallows: (asked: readonly string[]) => boolean = () => false): Promise<Scene> {
  const server = await turnSimulator.start();
  server.behave(mode);
  const port = Number(String(server.options['address']).split(':')[1]);
  const asked: string[] = [];
  const [ports, ids] = [new Set<number>(), new Set<string>()];
  const listener = await startHostileDatagrams((message, send, from) => {
    const id = message.toString('hex', 8, 20);
    if (!ids.has(id)) asked.push(message.readUInt16BE(0) === stunRequest.refresh ? 'Refresh' : 'Allocate');
    ids.add(id);
    ports.add(from.port);
    if (swallows(asked)) return;
    const way = createSocket('udp4');
    way.once('message', (answer) => {
      send(answer);
      way.close();
    });
    way.send(message, port, '127.0.0.1');
  });
  open.push(server, listener);
  return { options: { ...server.options, address: `127.0.0.1:${listener.port}` }, asked, ports };
}

const whole = 'Allocate Allocate Refresh';

test.each([
  ['well', whole, 1],
  ['well_by_sha256', whole, 1],
  ['renews_nonce', 'Allocate Allocate Allocate Refresh', 1],
  ['renews_nonce_at_the_end', 'Allocate Allocate Refresh Refresh', 1],
  // No allocation was made: there is nothing to give back.
  ['another_server', 'Allocate', undefined],
  ['unknown_algorithms', 'Allocate', undefined],
  ['not_turn', 'Allocate', undefined],
  ['always_stale', 'Allocate Allocate Allocate', undefined],
  ['wrong_credentials', 'Allocate Allocate', undefined],
  ['quota', 'Allocate Allocate', undefined],
  ['port_in_use', 'Allocate Allocate', undefined],
  // There is one, or there may be one, and something is wrong with the answer.
  ['relays_for_anybody', 'Allocate Refresh', 1],
  ['not_signed', whole, 1],
  ['wrong_signature', whole, 1],
  ['no_relayed_address', whole, 1],
  ['no_lifetime', whole, 1],
  ['indication', whole, 1],
  // The server does not let go, and is not asked again.
  ['keeps', whole, 0],
  ['forgets', whole, 0],
])('a server that is "%s" is asked for %s', async (mode, wanted, released) => {
  const { options, asked } = await stage(mode);
  const result = await attempt(turn, options, timeoutMs);
  expect(found(result)).toBe(turnSimulator.modes[mode]);
  expect(asked.join(' ')).toBe(wanted);
  expect(result.facts['released']).toBe(released);
});

test('each probe comes from a port of its own', async () => {
  const { options, ports } = await stage('well');
  for (const _ of [1, 2, 3]) expect(found(await attempt(turn, options, timeoutMs))).toBe('ok');
  expect(ports.size).toBe(3);
});

test('at the deadline an allocation that may have been made is given back without waiting', async () => {
  const { options, asked } = await stage('well', (so) => so.length > 1);
  const result = await attempt(turn, options, shortMs);
  expect(found(result)).toBe('timeout');
  expect(result.facts['released']).toBe(0);
  await eventually(() => asked.length === 3, 'the last word has come');
  expect(asked.join(' ')).toBe(whole);
});

test('a probe that is stopped gives back as well', async () => {
  const stop = new AbortController();
  const { options, asked } = await stage('well', (so) => {
    if (so.length > 1) stop.abort();
    return so.length > 1;
  });
  const result = await attempt(turn, options, timeoutMs, stop.signal);
  expect(result).toMatchObject({ outcome: 'fail', reason: 'internal', message: 'stopped' });
  await eventually(() => asked.length === 3, 'the last word has come');
  expect(asked.join(' ')).toBe(whole);
});

test('where nobody answers nothing is given back', async () => {
  const { options, asked } = await stage('well', () => true);
  expect(found(await attempt(turn, options, shortMs))).toBe('timeout');
  expect(asked.join(' ')).toBe('Allocate');
});
