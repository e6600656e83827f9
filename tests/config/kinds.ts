// A small catalogue that stays as it is, so that expected messages do not move with the real kinds.
import type { KindCatalog, ProbeInfo } from '#config/catalog.ts';
import type { LoadOptions } from '#config/load.ts';
import { cronRules } from '#schedule/cron.ts';
import { address, duration, httpUrl, maybeSecret, s, secret } from '#schema/kit.ts';

const webOptions = s.strictObject({
  url: httpUrl().describe('Address.'),
  method: s.enum(['GET', 'HEAD', 'POST']).default('GET').describe('Method.'),
  headers: s.record(s.string(), maybeSecret()).default({}).describe('Headers.'),
  status: s.array(s.int().min(100).max(599)).min(1).default([200]).describe('Codes that are well.'),
  slow: duration({ least: '1ms', most: '1m' }).optional().describe('Slow from here.'),
  tls: s
    .union([s.boolean(), s.strictObject({ ca: s.string().optional().describe('Authority.'), key: secret().optional().describe('Key.') })])
    .default(false)
    .describe('TLS.'),
});

const web: ProbeInfo = {
  kind: 'web',
  summary: 'Asks for a page.',
  options: webOptions,
  leastInterval: 5000,
  defaultTimeout: 10_000,
  pausesAfterAuth: true,
  effect: 'read',
  reasons: ['dns', 'refused', 'rejected'],
  facts: [
    { name: 'certificate_expiry_seconds', help: 'Time left.', warn: 1_209_600, fail: 259_200, worse: 'below' },
    { name: 'status_code', help: 'Code.' },
  ],
  host: (options) => {
    const { hostname, port, protocol } = new URL(webOptions.parse(options).url);
    return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
  },
};

const lineOptions = s.strictObject({ address: address().describe('Host and port.') });

const line: ProbeInfo = {
  kind: 'line',
  summary: 'Opens a connection.',
  options: lineOptions,
  leastInterval: 5000,
  defaultTimeout: 5000,
  pausesAfterAuth: false,
  effect: 'none',
  reasons: ['refused'],
  facts: [],
  host: (options) => lineOptions.parse(options).address,
};

/** Needs longer than others: keeps its own timeout. */
const slow: ProbeInfo = { ...line, kind: 'slow', summary: 'Takes its time.', leastInterval: 60_000, defaultTimeout: 30_000 };

const recordOptions = s.strictObject({
  address: address().describe('Host and port.'),
  patient: s.string().describe('Identifier that is asked for.'),
  whole: s.boolean().default(false).describe('Ask for all of it.'),
});

/** Sends an identifier of a patient, and may be asked seldom for everything. */
const record: ProbeInfo = {
  ...line,
  kind: 'record',
  summary: 'Reads a record.',
  options: recordOptions,
  host: (options) => recordOptions.parse(options).address,
  leastIntervalFor: (options) => (recordOptions.parse(options).whole ? 300_000 : 0),
  patients: (options) => [recordOptions.parse(options).patient],
};

export const testKinds: KindCatalog = {
  probes: new Map([web, line, slow, record].map((kind) => [kind.kind, kind])),
  receivers: new Map(
    [
      { kind: 'log', summary: 'Prints.', options: s.strictObject({}) },
      {
        kind: 'webhook',
        summary: 'Posts.',
        options: s.strictObject({ url: httpUrl().describe('Address.'), secret: secret().optional().describe('Signs.') }),
      },
    ].map((kind) => [kind.kind, kind]),
  ),
};

export const loadOptions: LoadOptions = { catalog: testKinds, hostname: 'test-host', environment: {}, ...cronRules };
