// With plug-ins that we did not write: Debian's monitoring-plugins, unchanged.
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers, freePort } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { exec } from './probe.ts';

const plugins = '/usr/lib/nagios/plugins';
const timeoutMs = 8000;

describeWithPeers([`${plugins}/check_tcp`, `${plugins}/check_dummy`], 'exec with monitoring-plugins', () => {
  test('check_tcp against a listener of this machine, its time as a fact', async () => {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const { port } = server.address() as { port: number };
    const command = [`${plugins}/check_tcp`, '-H', '127.0.0.1', '-p', String(port)];
    const result = await attempt(exec, { command, perfdata: { time: 'age_seconds' } }, timeoutMs);
    expect(summary(result)).toBe('ok');
    expect(result.facts['plugin_status']).toBe(0);
    expect(result.facts['age_seconds']).toBeGreaterThan(0);
    await new Promise((gone) => server.close(gone));
  });

  test('check_tcp where nobody listens is critical', async () => {
    const command = [`${plugins}/check_tcp`, '-H', '127.0.0.1', '-p', String(await freePort())];
    expect(summary(await attempt(exec, { command }, timeoutMs))).toMatch(/^rejected: critical: .*refused/i);
  });

  test.each([
    ['0', 'ok', 'ok'],
    ['1', 'ok', 'ok'],
    ['1', 'fail', 'rejected'],
    ['2', 'ok', 'rejected'],
    ['3', 'ok', 'internal'],
  ])('check_dummy with status %s where a warning is %s', async (status, warning, expected) => {
    const result = await attempt(exec, { command: [`${plugins}/check_dummy`, status, 'told by a test'], warning }, timeoutMs);
    expect(found(result)).toBe(expected);
    expect(result.facts['plugin_status']).toBe(Number(status));
  });
});
