// However a far end hangs, an attempt ends at its deadline or when it is stopped, in one outcome, with every socket closed.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readSelfwatch } from '#prober/selfwatch.ts';
import { silent, startHostilePair } from '../support/far-ends/datagram.ts';
import { type FrozenListener, startFrozenListener } from '../support/far-ends/frozen.ts';
import { eventually, type HostileEnd } from '../support/far-ends/listen.ts';
import { type Behaviour, drip, endless, hang, hangUnread, politely, startHostile } from '../support/far-ends/stream.ts';
import { attempt, found, networked, retarget, speaksTls } from './harness.ts';
import { hostileAuthority, hostileTls } from './hostile.ts';

/** Nothing that hangs ends by itself before this. */
const timeoutMs = 150;

/** The places where a far end can leave an attempt hanging. */
const hangs: Readonly<Record<string, Behaviour>> = {
  'accepts and says nothing': hang,
  'accepts and reads nothing': hangUnread,
  'drips one byte at a time': drip(Buffer.from('HTTP/1.1 200 OK\r\nx: '), 15),
  'drips nothing but zeros': drip(Buffer.alloc(1), 15),
  'never stops sending zeros': endless(Buffer.alloc(0), Buffer.alloc(8192)),
};

let frozen: FrozenListener;
beforeAll(async () => {
  frozen = await startFrozenListener();
});
afterAll(() => frozen.close());

describe.each(networked)('$name', ({ kind, options }) => {
  let abandoned = 0;
  beforeEach(() => {
    abandoned = readSelfwatch().abandonedAttempts;
  });

  test('a connection that is never accepted', async () => {
    await endsAtDeadline({ address: `127.0.0.1:${frozen.port}` });
  });

  test.each(Object.entries(hangs))('a far end that %s', async (_, behaviour) => {
    await against(await startHostile(politely(behaviour)), {});
  });

  test.each(speaksTls(options) ? Object.entries(hangs) : [])('behind TLS, a far end that %s', async (_, behaviour) => {
    await against(await startHostile(politely(behaviour), { tls: hostileTls() }), { ca: hostileAuthority() });
  });

  test('datagrams that nobody answers, beside a silent listener', async () => {
    const { far, datagrams } = await startHostilePair(() => startHostile(politely(hang)), silent);
    await against(far, {});
    await datagrams.close();
  });

  test('an attempt that is stopped before it starts says so, and opens nothing', async () => {
    const far = await startHostile(politely(hang));
    const result = await attempt(kind, retarget(options, { address: `127.0.0.1:${far.port}` }), timeoutMs, AbortSignal.abort());
    expect(result).toMatchObject({ outcome: 'fail', reason: 'internal', message: 'stopped' });
    expect(far.accepted()).toBe(0);
    await far.close();
  });

  async function against(far: HostileEnd, elsewhere: { readonly ca?: string }): Promise<void> {
    await endsAtDeadline({ address: `127.0.0.1:${far.port}`, ...elsewhere });
    await eventually(() => far.connections() === 0, 'the far end has no connection');
    await endsWhenStopped({ address: `127.0.0.1:${far.port}`, ...elsewhere });
    await eventually(() => far.connections() === 0, 'the far end has no connection');
    await far.close();
  }

  async function endsAtDeadline(elsewhere: { readonly address: string; readonly ca?: string }): Promise<void> {
    const result = await attempt(kind, retarget(options, elsewhere), timeoutMs);
    expect([...kind.reasons, 'ok']).toContain(found(result));
    await nothingIsLeft();
  }

  async function endsWhenStopped(elsewhere: { readonly address: string; readonly ca?: string }): Promise<void> {
    const stop = new AbortController();
    const under = attempt(kind, retarget(options, elsewhere), 60_000, stop.signal);
    setTimeout(() => stop.abort(), 30);
    const result = await under;
    // Some answers end the attempt before it is stopped; one that hangs ends because it is.
    expect([...kind.reasons, 'ok', 'internal']).toContain(found(result));
    if (result.outcome === 'fail' && result.reason === 'internal') expect(result.message).toBe('stopped');
    await nothingIsLeft();
  }

  async function nothingIsLeft(): Promise<void> {
    expect(readSelfwatch().abandonedAttempts).toBe(abandoned);
    await eventually(() => readSelfwatch().openSockets === 0, 'every socket of the prober is closed');
  }
});

test('attempts leave no handle and no timer of the process behind', async () => {
  const far = await startHostile(politely(hang));
  const before = handles();
  for (const { kind, options } of networked) {
    for (const port of [far.port, frozen.port]) await attempt(kind, retarget(options, { address: `127.0.0.1:${port}` }), 100);
  }
  await eventually(() => far.connections() === 0, 'the far end has no connection');
  await eventually(() => handles() <= before, 'as many handles as before');
  await far.close();
});

/** Sockets, datagram sockets and timers that keep the process alive. */
function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => /^(TCPSocketWrap|TLSWrap|UDPWrap|Timeout|GetAddrInfoReqWrap)$/.test(name))
    .length;
}
