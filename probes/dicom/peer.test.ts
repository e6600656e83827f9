// Against archives that we did not write: dcmtk's storescp, dcmqrscp and wlmscpfs, and Orthanc.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueCertificate } from '#prober/issue.ts';
import { Secret } from '#schema/secret.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { dicom } from './probe.ts';

const timeoutMs = 8000;
const shortMs = 1500;
const unknownTitle = 'rejected: the association was rejected for good: the called AE title is not known there';

/** One study that a test finds on purpose: its patient is as synthetic as ours. */
const study = `(0008,0016) UI =SecondaryCaptureImageStorage
(0008,0018) UI [1.2.826.0.1.3680043.10.999.1.1.1]
(0008,0020) DA [20260101]
(0008,0060) CS [OT]
(0010,0010) PN [ZZTEST^HOLTER]
(0010,0020) LO [HOLTER-1]
(0020,000d) UI [1.2.826.0.1.3680043.10.999.1]
(0020,000e) UI [1.2.826.0.1.3680043.10.999.1.1]
`;
const worklist = `(0008,0050) SH [ACC-WL-1]
(0010,0010) PN [ZZTEST^HOLTER]
(0010,0020) LO [HOLTER-WL]
(0020,000d) UI [1.2.826.0.1.3680043.10.999.77]
(0032,1060) LO [Canary exam]
(0040,0100) SQ
(fffe,e000) -
(0008,0060) CS [CT]
(0040,0001) AE [HOLTER]
(0040,0002) DA [20260101]
(0040,0003) TM [120000]
(fffe,e00d) -
(fffe,e0dd) -
(0040,1001) SH [RP1]
`;

const ask = (port: number, options: object, ms = timeoutMs) => attempt(dicom, { address: `127.0.0.1:${port}`, ...options }, ms);

describeWithPeers(['storescp'], 'dicom against storescp', () => {
  const folder = temporaryFolder('dicom-storescp');
  const peers: RunningPeer[] = [];
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    folder.remove();
  });
  const write = (name: string, text: string) => {
    const path = join(folder.path, name);
    writeFileSync(path, text);
    return path;
  };
  const start = async (args: readonly string[] = []) => {
    const port = await freePort();
    const peer = await startPeer({ program: 'storescp', args: ['-od', folder.path, ...args, String(port)], port });
    peers.push(peer);
    return { port, peer };
  };

  test('C-ECHO, and what it learns of the far end', async () => {
    const { port } = await start();
    const result = await ask(port, { called_ae: 'ANY' });
    expect(summary(result)).toBe('ok');
    expect(result.facts).toMatchObject({ status: 0, release_missing: 0 });
    expect(result.notes['implementation']).toContain('OFFIS_DCMTK');
    expect(Object.keys(result.phases)).toEqual(expect.arrayContaining(['connect', 'associate', 'echo', 'release']));
  });

  test('a service that it does not offer', async () => {
    const { port } = await start();
    expect(summary(await ask(port, { called_ae: 'ANY', operation: 'find' }))).toContain('this service is not offered');
  });

  test('associations refused, frozen, stopped', async () => {
    const refusing = await start(['--refuse']);
    expect(summary(await ask(refusing.port, { called_ae: 'ANY' }))).toContain('rejected: the association was rejected');
    const { port, peer } = await start();
    await peer.freeze();
    expect(found(await ask(port, { called_ae: 'ANY' }, shortMs))).toBe('timeout');
    peer.signal('SIGCONT');
    await peer.stop();
    expect(found(await ask(port, { called_ae: 'ANY' }))).toBe('refused');
  });

  test('mutual TLS: with our certificate, without, and in plain', async () => {
    const day = 86_400_000;
    const life = { notBefore: Date.now() - day, notAfter: Date.now() + 30 * day };
    const root = issueCertificate({ ...life, commonName: 'Root', authority: true });
    const [server, client] = ['Server', 'Client'].map((commonName) =>
      issueCertificate({ ...life, commonName, names: ['127.0.0.1'], issuer: root }),
    );
    if (server === undefined || client === undefined) throw new Error('no certificates');
    const files = [write('key.pem', server.key), write('cert.pem', server.certificate), write('ca.pem', root.certificate)] as const;
    const { port } = await start(['+tls', files[0], files[1], '+cf', files[2]]);
    const ca = root.certificate;
    const own = { cert: client.certificate, key: new Secret(client.key) };
    expect(summary(await ask(port, { called_ae: 'ANY', tls: { ca, ...own } }))).toBe('ok');
    expect(found(await ask(port, { called_ae: 'ANY', tls: { ca } }))).toBe('auth');
    expect(found(await ask(port, { called_ae: 'ANY', tls: true }))).toBe('certificate');
    expect(['reset', 'protocol', 'timeout']).toContain(found(await ask(port, { called_ae: 'ANY' }, shortMs)));
  });
});

describeWithPeers(['dcmqrscp', 'storescu', 'dump2dcm'], 'dicom against dcmqrscp', () => {
  const folder = temporaryFolder('dicom-dcmqrscp');
  let port: number;
  let server: RunningPeer;
  beforeAll(async () => {
    port = await freePort();
    const store = join(folder.path, 'store');
    mkdirSync(store);
    writeFileSync(
      join(folder.path, 'qr.cfg'),
      `NetworkTCPPort = ${port}\nMaxPDUSize = 16384\nMaxAssociations = 4\nHostTable BEGIN\nHostTable END\nVendorTable BEGIN\nVendorTable END\nAETable BEGIN\nQRSCP ${store} RW (200, 1024mb) ANY\nAETable END\n`,
    );
    writeFileSync(join(folder.path, 'study.dump'), study);
    server = await startPeer({ program: 'dcmqrscp', args: ['-c', join(folder.path, 'qr.cfg')], port });
    execFileSync('dump2dcm', [join(folder.path, 'study.dump'), join(folder.path, 'study.dcm')]);
    execFileSync('storescu', ['-aec', 'QRSCP', '127.0.0.1', String(port), join(folder.path, 'study.dcm')]);
  });
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });

  test('C-ECHO, and a C-FIND that finds nobody', async () => {
    expect(summary(await ask(port, { called_ae: 'QRSCP' }))).toBe('ok');
    const result = await ask(port, { called_ae: 'QRSCP', operation: 'find' });
    expect(summary(result)).toBe('ok');
    expect(result.phases['find']).toBeGreaterThan(0);
  });

  test('a study that is there is content, and nothing of it leaves', async () => {
    const result = await ask(port, { called_ae: 'QRSCP', operation: 'find', patient: 'HOLTER-1' });
    expect(summary(result)).toBe('content: patient data where none may be: 1 row');
    expect(JSON.stringify(result)).not.toContain('ZZTEST');
  });

  test('another title, and another service', async () => {
    expect(summary(await ask(port, { called_ae: 'WRONG' }))).toBe(unknownTitle);
    expect(found(await ask(port, { called_ae: 'QRSCP', operation: 'worklist' }))).toBe('rejected');
  });

  test('full: a transient rejection, told as such', async () => {
    const held = await Promise.all([0, 1, 2, 3, 4, 5].map(() => hold(port)));
    try {
      const result = await ask(port, { called_ae: 'QRSCP' }, shortMs);
      expect(['rejected', 'timeout']).toContain(found(result));
      if (result.outcome === 'fail' && result.reason === 'rejected') expect(result.message).toContain('for now');
    } finally {
      for (const socket of held) socket.destroy();
    }
  });
});

/** A connection that takes a place and says nothing. */
async function hold(port: number) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await new Promise<void>((ready) => socket.once('connect', () => ready()));
  return socket;
}

describeWithPeers(['wlmscpfs', 'dump2dcm'], 'dicom against wlmscpfs', () => {
  const folder = temporaryFolder('dicom-wlmscpfs');
  const peers: RunningPeer[] = [];
  beforeAll(() => {
    const titles = join(folder.path, 'wl', 'RADWL');
    mkdirSync(titles, { recursive: true });
    writeFileSync(join(titles, 'lockfile'), '');
    writeFileSync(join(folder.path, 'wl.dump'), worklist);
    execFileSync('dump2dcm', ['-q', join(folder.path, 'wl.dump'), join(titles, 'canary.wl')]);
  });
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    folder.remove();
  });
  const start = async (args: readonly string[] = []) => {
    const port = await freePort();
    peers.push(await startPeer({ program: 'wlmscpfs', args: ['-dfp', join(folder.path, 'wl'), '-dfr', ...args, String(port)], port }));
    return port;
  };

  test('a worklist without our patient is well, and one with a patient is content', async () => {
    const port = await start();
    expect(summary(await ask(port, { called_ae: 'RADWL', operation: 'worklist' }))).toBe('ok');
    expect(summary(await ask(port, { called_ae: 'RADWL', operation: 'worklist', station: 'HOLTER' }))).toBe('ok');
    expect(found(await ask(port, { called_ae: 'RADWL', operation: 'worklist', patient: 'HOLTER-WL' }))).toBe('content');
    expect(summary(await ask(port, { called_ae: 'NOPE', operation: 'worklist' }))).toBe(unknownTitle);
  });

  test('slow, and refusing', async () => {
    const slow = await start(['--sleep-before', '20']);
    expect(found(await ask(slow, { called_ae: 'RADWL', operation: 'worklist' }, shortMs))).toBe('timeout');
    const refusing = await start(['--refuse']);
    expect(found(await ask(refusing, { called_ae: 'RADWL', operation: 'worklist' }))).toBe('rejected');
  });
});

describeWithPeers(['Orthanc'], 'dicom against Orthanc', () => {
  const folder = temporaryFolder('dicom-orthanc');
  let port: number;
  let server: RunningPeer;
  beforeAll(async () => {
    const http = await freePort();
    port = await freePort();
    const store = join(folder.path, 'store');
    const settings = {
      StorageDirectory: store,
      IndexDirectory: store,
      HttpPort: http,
      DicomAet: 'ORTHANC',
      DicomPort: port,
      DicomCheckCalledAet: true,
      DicomAlwaysAllowEcho: true,
      DicomAlwaysAllowFind: false,
      DicomModalities: { holter: ['HOLTER', '127.0.0.1', port] },
    };
    writeFileSync(join(folder.path, 'orthanc.json'), JSON.stringify(settings));
    server = await startPeer({ program: 'Orthanc', args: [join(folder.path, 'orthanc.json')], port });
  }, 30_000);
  afterAll(async () => {
    server.signal('SIGKILL');
    await server.stop();
    folder.remove();
  });

  test('well: C-ECHO and C-FIND as somebody it knows', async () => {
    expect(summary(await ask(port, { called_ae: 'ORTHANC' }))).toBe('ok');
    expect(summary(await ask(port, { called_ae: 'ORTHANC', operation: 'find' }))).toBe('ok');
  });

  test('a stranger may echo, and is not permitted to ask', async () => {
    expect(summary(await ask(port, { called_ae: 'ORTHANC', calling_ae: 'STRANGER' }))).toBe('ok');
    const refused = await ask(port, { called_ae: 'ORTHANC', calling_ae: 'STRANGER', operation: 'find' });
    expect(summary(refused)).toMatch(/^rejected: .*(permitted|not offered|user)/);
  });

  test('another title, and a worklist that it does not offer', async () => {
    expect(summary(await ask(port, { called_ae: 'PACS' }))).toBe(unknownTitle);
    expect(summary(await ask(port, { called_ae: 'ORTHANC', operation: 'worklist' }))).toContain('this service is not offered');
  });

  test('frozen', async () => {
    await server.freeze();
    expect(found(await ask(port, { called_ae: 'ORTHANC' }, shortMs))).toBe('timeout');
    server.signal('SIGCONT');
    expect(found(await ask(port, { called_ae: 'ORTHANC' }))).toBe('ok');
  });
});
