// Against a time server that we did not write: chrony, serving the clock of this machine.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { ntp } from './probe.ts';

const timeoutMs = 4000;
const shortMs = 600;

/** The daemon says that it starts before it answers. */
async function untilServing(address: string): Promise<void> {
  for (let time = 0; time < 40; time += 1) {
    if (['ok', 'content'].includes(found(await attempt(ntp, { address }, shortMs)))) return;
  }
  throw new Error('chronyd does not answer');
}

describeWithPeers(['chronyd'], 'ntp against chrony', () => {
  const folder = temporaryFolder('ntp-chrony');
  const peers: RunningPeer[] = [];
  const start = async (name: string, more: string): Promise<{ readonly address: string; readonly peer: RunningPeer }> => {
    const port = await freePort();
    const at = (file: string) => join(folder.path, `${name}-${file}`);
    writeFileSync(
      at('conf'),
      `port ${port}\ncmdport 0\nbindaddress 127.0.0.1\nbindcmdaddress /\npidfile ${at('pid')}\nallow 127.0.0.1\n${more}\n`,
    );
    const peer = await startPeer({ program: 'chronyd', args: ['-x', '-d', '-U', '-f', at('conf')], says: /starting/ });
    peers.push(peer);
    return { address: `127.0.0.1:${port}`, peer };
  };
  let well: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    well = await start('well', 'local stratum 8');
    await untilServing(well.address);
  });
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    folder.remove();
  });

  test('the same clock has hardly an offset', async () => {
    const result = await attempt(ntp, { address: well.address }, timeoutMs);
    expect(summary(result)).toBe('ok');
    expect(result.facts).toMatchObject({ stratum: 8 });
    expect(result.facts['clock_offset_seconds']).toBeLessThan(1);
    expect(result.facts['delay_seconds']).toBeLessThan(timeoutMs / 1000);
  });

  test('a server without a source says that it is not synchronised', async () => {
    const { address } = await start('lost', '');
    await untilServing(address);
    expect(summary(await attempt(ntp, { address }, timeoutMs))).toBe('content: the server is not synchronised: its time is a guess');
  });

  test('frozen, then stopped', async () => {
    await well.peer.freeze();
    expect(found(await attempt(ntp, { address: well.address }, shortMs))).toBe('timeout');
    well.peer.signal('SIGCONT');
    expect(found(await attempt(ntp, { address: well.address }, timeoutMs))).toBe('ok');
    await well.peer.stop();
    expect(found(await attempt(ntp, { address: well.address }, timeoutMs))).toBe('refused');
  });
});
