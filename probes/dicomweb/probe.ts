// Searches by QIDO-RS for the studies of a patient that nobody is.
import {
  askJson,
  certificateFacts,
  defineProbe,
  noteCertificate,
  type ProbeContext,
  ProbeFailure,
  reveal,
  statusFailure,
  streamReasons,
  tlsOptionsOf,
} from '#prober/door.ts';
import { judgeStudies } from './judge.ts';
import { type DicomwebOptions, Options } from './options.ts';

/** An answer without studies has two bytes; one study has a few thousand. */
const bodyLimit = 65_536;

export const dicomweb = defineProbe({
  kind: 'dicomweb',
  summary: 'Searches an archive by DICOMweb (QIDO-RS) for the studies of a patient that nobody is.',
  options: Options,
  effect: 'read',
  leastInterval: 30_000,
  defaultTimeout: 10_000,
  pausesAfterAuth: true,
  reasons: [...streamReasons, 'protocol', 'rejected', 'content'],
  facts: [{ name: 'status_code', help: 'HTTP status of the answer.' }, ...certificateFacts],
  host: ({ url }) => hostAndPort(new URL(url)),
  patients: (options) => [options.patient],
  run,
});

async function run(options: DicomwebOptions, context: ProbeContext): Promise<void> {
  const url = new URL(`studies?PatientID=${options.patient}&limit=1`, options.url.endsWith('/') ? options.url : `${options.url}/`);
  const credentials = authorization(options.auth);
  const headers = credentials === undefined ? [] : [{ name: 'authorization', value: credentials, secret: true }];
  const http = { bodyLimit, tls: tlsOptionsOf(options.tls), onTls: noteCertificate(context) };
  const reply = await askJson({ name: 'search', url, accept: 'application/dicom+json', headers }, http, context);
  context.fact('status_code', reply.status);
  if (reply.status === 204) return;
  if (reply.status !== 200) throw statusFailure('search', reply);
  const failure = judgeStudies(reply.body);
  if (failure !== undefined) throw new ProbeFailure(failure.reason, failure.message);
}

function authorization(auth: DicomwebOptions['auth']): string | undefined {
  if (auth?.bearer !== undefined) return `Bearer ${auth.bearer.reveal().trim()}`;
  if (auth?.basic === undefined) return undefined;
  return `Basic ${Buffer.from(`${reveal(auth.basic.username)}:${auth.basic.password.reveal()}`).toString('base64')}`;
}

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}
