// Against an archive that we did not write: Orthanc with its DICOMweb plug-in.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { dicomweb } from './probe.ts';

const timeoutMs = 8000;
const shortMs = 1500;
const basic = (password: string) => ({ basic: { username: 'holter', password: new Secret(password) } });

describeWithPeers(['Orthanc'], 'dicomweb against Orthanc', () => {
  const folder = temporaryFolder('dicomweb-orthanc');
  let url: string;
  let server: RunningPeer;
  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}/dicom-web`;
    const store = join(folder.path, 'store');
    const settings = {
      StorageDirectory: store,
      IndexDirectory: store,
      HttpPort: port,
      DicomServerEnabled: false,
      AuthenticationEnabled: true,
      RegisteredUsers: { holter: 'right' },
      Plugins: ['/usr/share/orthanc/plugins/libOrthancDicomWeb.so'],
      DicomWeb: { Enable: true, Root: '/dicom-web/' },
    };
    writeFileSync(join(folder.path, 'orthanc.json'), JSON.stringify(settings));
    server = await startPeer({ program: 'Orthanc', args: [join(folder.path, 'orthanc.json')], port });
  }, 30_000);
  afterAll(async () => {
    server.signal('SIGKILL');
    await server.stop();
    folder.remove();
  });

  test('nobody of that identifier is well', async () => {
    const result = await attempt(dicomweb, { url, auth: basic('right') }, timeoutMs);
    expect(summary(result)).toBe('ok');
    expect(result.facts['status_code']).toBe(200);
    expect(result.phases['search']).toBeGreaterThan(0);
  });

  test('ill: a wrong password, no password, another root, frozen', async () => {
    expect(found(await attempt(dicomweb, { url, auth: basic('wrong') }, timeoutMs))).toBe('auth');
    expect(found(await attempt(dicomweb, { url }, timeoutMs))).toBe('auth');
    expect(summary(await attempt(dicomweb, { url: `${url}/nowhere`, auth: basic('right') }, timeoutMs))).toContain(
      'rejected: search: HTTP status 404',
    );
    await server.freeze();
    expect(found(await attempt(dicomweb, { url, auth: basic('right') }, shortMs))).toBe('timeout');
    server.signal('SIGCONT');
    expect(found(await attempt(dicomweb, { url, auth: basic('right') }, timeoutMs))).toBe('ok');
  });
});
