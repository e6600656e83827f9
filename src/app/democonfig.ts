// The configuration of `holter demo`, written as a person would write it: what is watched comes from the simulated world.
import type { Files } from '#config/read.ts';
import type { WorldEndpoint } from '#demo/world.ts';

export interface DemoSettings {
  readonly listen: string;
  readonly data: string;
  readonly webhook?: string;
}

const regions = { norcal: 'Northern California', socal: 'Southern California', midatl: 'Maryland', nw: 'Portland' };

const services = {
  network: { name: 'Network', criticality: 'critical' },
  identity: { name: 'Single sign-on', criticality: 'critical' },
  ehr: {
    name: 'Electronic health records',
    features: ['records', 'message center', 'e-visits', 'billing'],
    depends_on: ['identity', 'network'],
    criticality: 'critical',
    runbook: 'https://runbooks.example.org/ehr',
    downtime: 'Read-only EHR on the business-continuity PCs; orders on paper forms D-1 to D-4',
  },
  pharmacy: { name: 'Pharmacy', features: ['prescriptions', 'payment'], depends_on: ['network'], downtime: 'Pen and paper; cash only' },
  laboratory: { name: 'Laboratory', features: ['test results'], depends_on: ['network'] },
  radiology: { name: 'Radiology', features: ['images'], depends_on: ['network'] },
};

/** YAML (its JSON subset) for these far ends. */
export function demoConfiguration(endpoints: readonly WorldEndpoint[], settings: DemoSettings): string {
  const named = Object.entries(services).map(([id, service]) => [id, { ...service, endpoints: endpointsOf(id, endpoints) }]);
  return JSON.stringify({
    system: 'Example Health (simulated)',
    listen: settings.listen,
    data: settings.data,
    // Half a second of ours: far ends on loopback answer at once, and one that hangs must not hold up the story.
    schedule: { every: '30s', timeout: '500ms' },
    paging: { false_pages: '12 per year', grace: '60s' },
    regions,
    services: Object.fromEntries(named),
    receivers: { terminal: { log: {} }, ...(settings.webhook !== undefined && { webhook: { webhook: { url: settings.webhook } } }) },
  });
}

function endpointsOf(service: string, endpoints: readonly WorldEndpoint[]): Record<string, unknown> {
  const own = endpoints.filter((endpoint) => endpoint.service === service);
  return Object.fromEntries(own.map(({ name, region, kind, options }) => [name, { probe: kind, ...options, regions: [region] }]));
}

/** The file system of the demo: one file, in memory. */
export function oneFile(text: string): Files {
  const bytes = new TextEncoder().encode(text);
  return {
    look: async () => ({ size: bytes.length }),
    read: async (_path, most) => bytes.subarray(0, most),
  };
}
