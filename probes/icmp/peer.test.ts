// With the ping of this machine, which we did not write.
import { expect, test } from 'vitest';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { icmp } from './probe.ts';

const timeoutMs = 8000;

describeWithPeers(['/bin/ping'], 'icmp with ping', () => {
  test('this machine answers', async () => {
    const result = await attempt(icmp, { host: '127.0.0.1' }, timeoutMs);
    expect(summary(result)).toBe('ok');
    expect(result.facts['loss_ratio']).toBe(0);
    expect(result.facts['rtt_seconds']).toBeGreaterThan(0);
  });

  test('a name that cannot exist: longer than a label may be, so that nobody is asked', async () => {
    expect(summary(await attempt(icmp, { host: `${'a'.repeat(64)}.invalid` }, timeoutMs))).toBe('dns: the name was not resolved');
  });

  test('a program that is not there is our own trouble', async () => {
    expect(found(await attempt(icmp, { host: '127.0.0.1', program: '/no/such/ping' }, timeoutMs))).toBe('internal');
  });

  test('loss is told, also where all of it is lost', async () => {
    const result = await attempt(icmp, { host: '127.0.0.1', count: 1, max_loss: 0 }, timeoutMs);
    expect(summary(result)).toBe('ok');
  });
});
