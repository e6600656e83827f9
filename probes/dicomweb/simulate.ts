// An archive's DICOMweb root on loopback, well or ill as told.
import { type HttpAnswer, pour, type Simulator, type StreamFarEnd, serveHttp, streamSimulator, tlsSimulator } from '#prober/door.ts';

const json = (body: unknown, status = 200): HttpAnswer => ({
  status,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/dicom+json' },
});

const answers: Readonly<Record<string, readonly [Simulator['modes'][string], HttpAnswer | undefined]>> = {
  well: ['ok', json([])],
  no_content: ['ok', { status: 204, body: '' }],
  a_study: ['content', json([{ '00100010': { vr: 'PN', Value: [{ Alphabetic: 'ZZMARKER^HOLTER^19700101' }] } }])],
  partial: ['content', json([], 206)],
  page: ['content', { status: 200, body: '<h1>Maintenance</h1>' }],
  moved: ['content', { status: 302, body: '', headers: { location: '/login' } }],
  wrong_password: ['auth', json({}, 401)],
  forbidden: ['auth', json({}, 403)],
  too_broad: ['rejected', json({}, 413)],
  busy: ['rejected', { ...json({}, 503), headers: { 'retry-after': '30' } }],
  broken: ['rejected', json({}, 500)],
  silent_service: ['timeout', undefined],
};

const farEnd: StreamFarEnd = {
  kind: 'dicomweb',
  plant: (options, secret) => ({ ...options, auth: { basic: { username: secret, password: secret } } }),
  options: (address, ca) => ({
    url: `${ca === undefined ? 'http' : 'https'}://${address}/dicom-web`,
    ...(ca !== undefined && { tls: { ca } }),
  }),
  modes: {
    ...Object.fromEntries(Object.entries(answers).map(([mode, [expected, answer]]) => [mode, [expected, serveHttp(() => answer)]])),
    garbage: ['protocol', (socket) => void socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n')],
    endless: ['content', pour('HTTP/1.1 200 OK\r\n\r\n', Buffer.alloc(16_384, 'x'))],
  },
};

export const dicomwebSimulator: Simulator = streamSimulator(farEnd);

/** The same root behind TLS. */
export const dicomwebTlsSimulator: Simulator = tlsSimulator(farEnd);
