// Archives and a worklist: dcmtk's storescp, dcmqrscp and wlmscpfs, and Orthanc by DICOMweb.
import { mkdirSync } from 'node:fs';
import { freePort, startPeer } from '../../support/peers.ts';
import type { Trial } from './trial.ts';

/** Becomes ill by its end. */
export const storescp: Trial = {
  programs: ['storescp'],
  start: async (place) => {
    const port = await freePort();
    const peer = await startPeer({ program: 'storescp', args: ['-od', place.folder, String(port)], port });
    const well = { probe: 'dicom', address: `127.0.0.1:${port}`, called_ae: 'ANY' };
    return { endpoints: { storescp: { well, tells: /^refused: / } }, makeIll: () => peer.stop(), stop: () => peer.stop() };
  },
};

/** Is called by another title. */
export const dcmqrscp: Trial = {
  programs: ['dcmqrscp'],
  start: async (place) => {
    const port = await freePort();
    mkdirSync(place.path('qr'));
    const config =
      `NetworkTCPPort = ${port}\nMaxPDUSize = 16384\nMaxAssociations = 4\nHostTable BEGIN\nHostTable END\nVendorTable BEGIN\nVendorTable END\n` +
      `AETable BEGIN\nQRSCP ${place.path('qr')} RW (200, 1024mb) ANY\nAETable END\n`;
    const peer = await startPeer({ program: 'dcmqrscp', args: ['-c', place.write('qr.cfg', config)], port });
    const well = { probe: 'dicom', address: `127.0.0.1:${port}`, called_ae: 'QRSCP', operation: 'find' };
    return {
      endpoints: { dcmqrscp: { well, ill: { ...well, called_ae: 'PACS' }, tells: /^rejected: .*called AE title is not known/ } },
      stop: () => peer.stop(),
    };
  },
};

/** Takes nobody any more. */
export const wlmscpfs: Trial = {
  programs: ['wlmscpfs'],
  start: async (place) => {
    const port = await freePort();
    mkdirSync(place.path('worklists/RADWL'), { recursive: true });
    place.write('worklists/RADWL/lockfile', '');
    const start = (...more: readonly string[]) =>
      startPeer({ program: 'wlmscpfs', args: ['-dfp', place.path('worklists'), '-dfr', ...more, String(port)], port });
    let peer = await start();
    const well = { probe: 'dicom', address: `127.0.0.1:${port}`, called_ae: 'RADWL', operation: 'worklist' };
    return {
      endpoints: { worklist: { well, tells: /^rejected: the association was rejected/ } },
      makeIll: async () => {
        await peer.stop();
        peer = await start('--refuse');
      },
      stop: () => peer.stop(),
    };
  },
};

/** Is given a wrong password. */
export const orthanc: Trial = {
  programs: ['Orthanc'],
  start: async (place) => {
    const port = await freePort();
    const settings = {
      StorageDirectory: place.path('orthanc'),
      IndexDirectory: place.path('orthanc'),
      HttpPort: port,
      DicomServerEnabled: false,
      AuthenticationEnabled: true,
      RegisteredUsers: { holter: 'right' },
      Plugins: ['/usr/share/orthanc/plugins/libOrthancDicomWeb.so'],
      DicomWeb: { Enable: true, Root: '/dicom-web/' },
    };
    const peer = await startPeer({ program: 'Orthanc', args: [place.write('orthanc.json', JSON.stringify(settings))], port });
    const password = (name: string) => ({ basic: { username: 'holter', password: `!file ${place.write(`orthanc-${name}`, name)}` } });
    const well = { probe: 'dicomweb', url: `http://127.0.0.1:${port}/dicom-web`, auth: password('right') };
    return {
      endpoints: { orthanc: { well, ill: { ...well, auth: password('wrong') }, tells: /^auth: search: HTTP status 401/ } },
      stop: async () => {
        peer.signal('SIGKILL');
        await peer.stop();
      },
    };
  },
};
