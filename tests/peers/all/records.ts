// A record system: fhir-works-on-aws with one synthetic patient.
import { createRequire } from 'node:module';
import { freePort, startPeer } from '../../support/peers.ts';
import type { Trial } from './trial.ts';

const path = (name: string) => JSON.stringify(createRequire(import.meta.url).resolve(name));
const patient = {
  resourceType: 'Patient',
  id: 'synthetic-001',
  meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' }] },
};

const server = (port: number) => `
const { generateServerlessRouter } = require(${path('fhir-works-on-aws-routing')});
const { stubs, ResourceNotFoundError } = require(${path('fhir-works-on-aws-interface')});
const search = { ...stubs.search, getCapabilities: async () => ({}) };
const persistence = { ...stubs.persistence, readResource: async ({ id, resourceType }) => {
  if (id !== '${patient.id}') throw new ResourceNotFoundError(resourceType, id);
  return { success: true, message: '', resource: ${JSON.stringify(patient)} };
} };
const authorization = { ...stubs.passThroughAuthz, getAllowedResourceTypesForOperation: async () => ['Patient'] };
generateServerlessRouter({ configVersion: 1, productInfo: { orgName: 'Test', productVersion: '1' },
  auth: { strategy: { service: 'SMART-on-FHIR', oauthPolicy: { authorizationEndpoint: 'http://127.0.0.1:${port}/no', tokenEndpoint: 'http://127.0.0.1:${port}/no' } }, authorization },
  server: { url: 'http://127.0.0.1:${port}' }, validators: [], profile: { fhirVersion: '4.0.1', systemOperations: [], systemSearch: search, systemHistory: stubs.history,
  bundle: stubs.bundle, genericResource: { operations: ['read'], fhirVersions: ['4.0.1'], persistence, typeHistory: stubs.history, typeSearch: search } } }, ['Patient'])
  .listen(${port}, '127.0.0.1');
`;

/** Has lost the patient. */
export const fhirWorks: Trial = {
  programs: [process.execPath],
  start: async (place) => {
    const port = await freePort();
    const peer = await startPeer({ program: process.execPath, args: [place.write('fhir.cjs', server(port))], port });
    const auth = { bearer: `!file ${place.write('fhir-token', 'right')}` };
    const well = { probe: 'fhir', url: `http://127.0.0.1:${port}`, auth, read: `Patient/${patient.id}` };
    return {
      endpoints: {
        patient: { well, ill: { ...well, read: 'Patient/synthetic-lost' }, tells: /^content: read: the synthetic patient is not there/ },
      },
      stop: () => peer.stop(),
    };
  },
};
