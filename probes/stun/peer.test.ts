// Against a server that we did not write: coturn by UDP, TCP and TLS.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueCertificate } from '#prober/issue.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { stun } from './probe.ts';

const timeoutMs = 8000;
const shortMs = 1200;
const life = { notBefore: Date.now() - 86_400_000, notAfter: Date.now() + 86_400_000 };
const own = issueCertificate({ ...life, commonName: 'Turn', names: ['127.0.0.1'], authority: true });

describeWithPeers(['turnserver'], 'stun against coturn', () => {
  const folder = temporaryFolder('stun-coturn');
  const at = (name: string) => join(folder.path, name);
  let ports: readonly [plain: number, tls: number];
  let server: RunningPeer;
  beforeAll(async () => {
    ports = [await freePort(), await freePort()];
    writeFileSync(at('cert.pem'), own.certificate);
    writeFileSync(at('key.pem'), own.key);
    writeFileSync(
      at('turn.conf'),
      `listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port=${ports[0]}\ntls-listening-port=${ports[1]}\ncert=${at('cert.pem')}\npkey=${at('key.pem')}\n` +
        `fingerprint\nno-cli\nno-multicast-peers\nlog-file=stdout\npidfile=${at('pid')}\nuserdb=${at('db')}\nrealm=test\nuser=holter:secret\nlt-cred-mech\n`,
    );
    server = await startPeer({ program: 'turnserver', args: ['-c', at('turn.conf')], port: ports[0], says: /Total General servers/ });
  });
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });
  const ask = (options: object, ms = timeoutMs) => attempt(stun, { address: `127.0.0.1:${ports[0]}`, ...options }, ms);

  test.each(['udp', 'tcp'])('by %s it says how it sees us', async (transport) => {
    const result = await ask({ transport });
    expect(summary(result)).toBe('ok');
    expect(result.notes['mapped_address']).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(result.notes['software']).toContain('Coturn');
  });

  test('by TLS, and with a certificate that is not trusted', async () => {
    const address = `127.0.0.1:${ports[1]}`;
    expect(summary(await ask({ address, transport: 'tls', tls: { ca: own.certificate } }))).toBe('ok');
    expect(found(await ask({ address, transport: 'tls' }))).toBe('certificate');
  });

  test('frozen, then stopped', async () => {
    await server.freeze();
    expect(found(await ask({}, shortMs))).toBe('timeout');
    expect(found(await ask({ transport: 'tcp' }, shortMs))).toBe('timeout');
    server.signal('SIGCONT');
    await server.stop();
    expect(found(await ask({}))).toBe('refused');
    expect(found(await ask({ transport: 'tcp' }))).toBe('refused');
  });
});
