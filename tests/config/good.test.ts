// What good configurations mean.
import { expect, test } from 'vitest';
import { loadPlan } from '#config/load.ts';
import { printPlan, redactPlan } from '#config/print.ts';
import type { Plan } from '#model/plan.ts';
import { formatProblem } from '#schema/problem.ts';
import { loadOptions } from './kinds.ts';
import { memoryFiles } from './memory.ts';

const environment = { PAGER_KEY: 'hunter2-pager', WEB_TOKEN: 'hunter2-web-token-long', DEPLOY: 'hunter2-deploy-token' };

async function planOf(files: Readonly<Record<string, string>>, paths = Object.keys(files)): Promise<Plan> {
  const outcome = await loadPlan(paths, { ...loadOptions, environment, files: memoryFiles(files) });
  if ('problems' in outcome) throw new Error(outcome.problems.map(formatProblem).join('\n'));
  return outcome.plan;
}

const one = (endpoint: string, rest = '') =>
  planOf({ 'h.yaml': `system: S\nregions: { norcal: N, socal: S }\nservices: { web: { endpoints: { site: ${endpoint} } } }\n${rest}` });

test('a small configuration gets the documented defaults', async () => {
  const plan = await one('{ probe: web, url: "https://a.example.org/" }');
  expect(plan).toMatchObject({
    system: 'S',
    vantage: 'test-host',
    paging: { falsePagesPerYear: 12, grace: 60_000, remind: 14_400_000 },
    listen: { host: '127.0.0.1', port: 9715 },
    publicUrl: 'http://127.0.0.1:9715',
    data: './data',
    limits: { concurrency: 1000, hostConcurrency: 10, hostRate: 10 },
    receivers: [{ name: 'log', kind: 'log', options: {} }],
    routes: [{ services: [], regions: [], to: ['log'] }],
    maintenance: [],
    tokens: [],
  });
  expect(plan.endpoints).toMatchObject([
    {
      id: 'web/site',
      region: '',
      kind: 'web',
      host: 'a.example.org:443',
      timing: { kind: 'every', interval: 30_000 },
      timeout: 10_000,
      falsePagesPerYear: 6,
    },
  ]);
});

test('an endpoint is fanned out over regions, and half of the dial is shared in equal parts', async () => {
  const plan = await one('{ probe: web, url: "https://a.{region}.example.org/", regions: all }', 'paging: { false_pages: 1 per month }');
  expect(plan.endpoints.map(({ id, host, falsePagesPerYear }) => [id, host, falsePagesPerYear])).toEqual([
    ['web/site/norcal', 'a.norcal.example.org:443', 3],
    ['web/site/socal', 'a.socal.example.org:443', 3],
  ]);
});

test('a service with a number of its own takes it off the dial, and the others share the rest', async () => {
  const plan = await planOf({
    'h.yaml': `system: S
paging: { false_pages: 12 per year }
services:
  web: { false_pages: 4 per year, endpoints: { site: { probe: web, url: "https://a.example.org/" } } }
`,
    'more.yaml': 'services: { lab: { endpoints: { site: { probe: web, url: "https://b.example.org/" } } } }',
  });
  expect(plan.services.map(({ id, falsePagesPerYear }) => [id, falsePagesPerYear])).toEqual([
    ['web', 4],
    ['lab', undefined],
  ]);
  expect(plan.endpoints.map(({ id, falsePagesPerYear }) => [id, falsePagesPerYear])).toEqual([
    ['web/site', 4],
    ['lab/site', 4],
  ]);
});

test.each([
  ['{ probe: slow, address: "a:1" }', '', 60_000, 30_000],
  ['{ probe: slow, address: "a:1" }', 'schedule: { every: 30s, timeout: 5s }', 60_000, 30_000],
  ['{ probe: line, address: "a:1" }', 'schedule: { every: 2m, timeout: 20s }', 120_000, 20_000],
  ['{ probe: line, address: "a:1" }', 'schedule: { every: 5s }', 5000, 4500],
  ['{ probe: line, address: "127.0.0.1:1" }', 'schedule: { every: 1s }', 1000, 900],
  ['{ probe: line, address: "a:1", every: 10s, timeout: 9s }', 'schedule: { every: 2m, timeout: 20s }', 10_000, 9000],
  ['{ probe: line, address: "a:1", cron: "*/5 * * * *", timezone: Europe/Berlin }', '', 300_000, 5000],
  ['{ probe: line, address: "a:1" }', 'schedule: { cron: "*/10 * * * * *" }', 10_000, 5000],
])('%s with "%s" is probed every %i ms for at most %i ms', async (endpoint, rest, interval, timeout) => {
  const { endpoints } = await one(endpoint, rest);
  expect(endpoints[0]).toMatchObject({ timing: { interval }, timeout });
});

test.each([
  ['{ probe: line, address: "a:1" }', '', { spacing: 10_000, least: 5000 }],
  ['{ probe: line, address: "a:1", every: 2m }', '', { spacing: 40_000, least: 5000 }],
  ['{ probe: line, address: "a:1", every: 15s }', '', { spacing: 10_000, least: 5000 }],
  ['{ probe: line, address: "127.0.0.1:1", every: 3s, timeout: 1s }', '', { spacing: 1000, least: 1000 }],
  ['{ probe: slow, address: "a:1", every: 2m }', '', { spacing: 60_000, least: 60_000 }],
  // No room between two probes: the kind or the interval asks for more.
  ['{ probe: line, address: "a:1", every: 10s, timeout: 5s }', '', undefined],
  ['{ probe: slow, address: "a:1" }', '', undefined],
  ['{ probe: slow, address: "a:1", every: 100s }', '', undefined],
  ['{ probe: line, address: "a:1", cron: "*/5 * * * *" }', '', undefined],
  ['{ probe: line, address: "a:1", reprobe: false }', '', undefined],
  ['{ probe: line, address: "a:1" }', 'schedule: { reprobe: false }', undefined],
  ['{ probe: line, address: "a:1", reprobe: true }', 'schedule: { reprobe: false }', { spacing: 10_000, least: 5000 }],
])('%s with "%s" is probed again after a failure: %o', async (endpoint, rest, reprobe) => {
  const { endpoints } = await one(endpoint, rest);
  expect(endpoints[0]?.reprobe).toEqual(reprobe);
});

const print = async (endpoint: string) => (await one(endpoint)).endpoints[0]?.fingerprint;

test('a fingerprint changes with what is probed and with its secrets, not with when, or with the order of keys', async () => {
  const first = await print('{ probe: web, url: "https://a.example.org/", headers: { A: !env WEB_TOKEN, B: x } }');
  expect(await print('{ every: 1m, headers: { B: x, A: !env WEB_TOKEN }, url: "https://a.example.org/", probe: web }')).toBe(first);
  expect(await print('{ probe: web, url: "https://b.example.org/", headers: { A: !env WEB_TOKEN, B: x } }')).not.toBe(first);
  expect(await print('{ probe: web, url: "https://a.example.org/", headers: { A: !env PAGER_KEY, B: x } }')).not.toBe(first);
});

test("facts keep the kind's bounds, and what is written changes one of them", async () => {
  const { endpoints } = await one(
    '{ probe: web, url: "https://a.example.org/", facts: { certificate_expiry_seconds: { warn: 864000 }, status_code: { warn: 300 } } }',
  );
  expect(endpoints[0]?.facts).toEqual([
    { fact: 'certificate_expiry_seconds', warn: 864_000, fail: 259_200, worse: 'below' },
    { fact: 'status_code', warn: 300, fail: Number.POSITIVE_INFINITY, worse: 'above' },
  ]);
});

test('several files are one: maps merge, lists are joined in the order of the files, !file goes by its own file', async () => {
  const plan = await planOf(
    {
      'conf/10.yaml':
        'system: S\nservices:\n  ehr:\n    endpoints:\n      a: { probe: line, address: "a:1" }\nmaintenance:\n  - { cron: "0 4 * * *", for: 1h, why: first }\n',
      'conf/20.yaml':
        'services:\n  ehr:\n    name: Records\n    endpoints:\n      b: { probe: web, url: "https://b/", headers: { K: !file keys/k.txt } }\nmaintenance:\n  - { cron: "0 5 * * *", for: 1h, why: second }\n',
      'conf/30-comments.yaml': '# all of it is commented out\n',
      'conf/keys/k.txt': 'hunter2-file\r\n',
    },
    ['conf'],
  );
  expect(plan.services).toMatchObject([{ id: 'ehr', name: 'Records' }]);
  expect(plan.endpoints.map(({ id }) => id)).toEqual(['ehr/a', 'ehr/b']);
  expect(plan.maintenance.map(({ why }) => why)).toEqual(['first', 'second']);
  expect(plan.endpoints[1]?.options).toMatchObject({ headers: { K: expect.objectContaining({ reveal: expect.any(Function) }) } });
});

test('sections with all of their lines commented out count as not written', async () => {
  const plan = await one(
    '{ probe: line, address: "a:1" }',
    'schedule:\nlimits:\nreceivers:\n  ops: { log: }\nroutes:\nmaintenance:\ntokens:\n',
  );
  expect(plan.receivers).toEqual([{ name: 'ops', kind: 'log', options: {} }]);
  expect(plan.routes).toEqual([{ services: [], regions: [], to: ['ops'] }]);
});

test('a service without endpoints may stand for what others depend on', async () => {
  const plan = await planOf({
    'h.yaml':
      'system: S\nservices:\n  mainframe:\n  billing: { depends_on: [mainframe], endpoints: { a: { probe: line, address: "a:1" } } }\n',
  });
  expect(plan.services.map(({ id }) => id)).toEqual(['mainframe', 'billing']);
});

test('windows name full ids, and have the same id for the same content', async () => {
  const window = '{ endpoints: [web/site], from: "2026-03-02 04:00", until: "2026-03-02 05:00", timezone: America/Los_Angeles }';
  const rest = `maintenance: [ ${window}, { regions: [socal], cron: "0 4 * * SUN", for: 3h } ]`;
  const endpoint = '{ probe: line, address: "{region}:1", regions: all }';
  const plan = await one(endpoint, rest);
  expect(plan.maintenance).toMatchObject([
    { kind: 'once', endpoints: ['web/site/norcal', 'web/site/socal'], from: Date.UTC(2026, 2, 2, 12), until: Date.UTC(2026, 2, 2, 13) },
    { kind: 'cron', regions: ['socal'], expression: '0 4 * * SUN', timezone: 'UTC', length: 10_800_000 },
  ]);
  expect((await one(endpoint, rest)).maintenance).toEqual(plan.maintenance);
});

test('the plan is frozen all the way down', async () => {
  const plan = await one('{ probe: web, url: "https://a/", headers: { A: x } }');
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
  expect(frozen(plan)).toBe(true);
});

test('what the command line says stands in place of the file', async () => {
  const files = memoryFiles({
    'h.yaml': 'system: S\nlisten: 0.0.0.0:80\nservices: { a: { endpoints: { b: { probe: line, address: "a:1" } } } }\n',
  });
  const outcome = await loadPlan(['h.yaml'], { ...loadOptions, files, listen: '127.0.0.1:0', data: '/var/x' });
  expect(outcome).toMatchObject({ plan: { listen: { host: '127.0.0.1', port: 0 }, publicUrl: 'http://127.0.0.1:0', data: '/var/x' } });
  const bad = await loadPlan(['h.yaml'], { ...loadOptions, files, listen: '9715' });
  expect('problems' in bad && bad.problems.map(formatProblem)).toEqual([
    '--listen "9715" is not host:port (write for instance 127.0.0.1:9715) [wrong_value]',
  ]);
});

test('without a path the first default that exists is read, and both are named when there is none', async () => {
  const files = memoryFiles({
    '/etc/holter/holter.yaml': 'system: Etc\nservices: { a: { endpoints: { b: { probe: line, address: "a:1" } } } }\n',
  });
  expect(await loadPlan([], { ...loadOptions, files })).toMatchObject({ plan: { system: 'Etc' } });
  const none = await loadPlan([], { ...loadOptions, files: memoryFiles({}) });
  expect('problems' in none && none.problems.map(formatProblem)).toEqual([
    'config/holter.yaml does not exist, and neither does /etc/holter/holter.yaml (name a file with -c, or write one with "holter init") [unreadable]',
  ]);
});

test('no secret and no hash of a token is printed', async () => {
  const plan = await one(
    '{ probe: web, url: "https://a.example.org/", headers: { A: !env WEB_TOKEN }, tls: { key: !env PAGER_KEY } }',
    'receivers: { ops: { webhook: { url: "https://h/", secret: !env PAGER_KEY } } }\ntokens: { deploy: { secret: !env DEPLOY, rights: [reload] } }\n',
  );
  const texts = [printPlan(plan), JSON.stringify(plan), JSON.stringify(redactPlan(plan))];
  for (const text of texts) expect(text).not.toContain('hunter2');
  expect(printPlan(plan)).not.toContain(plan.tokens[0]?.sha256);
  expect(JSON.parse(printPlan(plan))).toMatchObject({
    endpoints: [{ options: { headers: { A: '***' }, tls: { key: '***' } } }],
    receivers: [{ options: { secret: '***' } }],
    tokens: [{ name: 'deploy', sha256: '***', rights: ['reload'] }],
  });
});

test('thousands of mistakes are counted, and the first thousand listed', async () => {
  const endpoints = Array.from({ length: 1500 }, (_, index) => `      e${index}: { probe: line, adress: "a:1" }`).join('\n');
  const files = memoryFiles({ 'h.yaml': `system: S\nservices:\n  a:\n    endpoints:\n${endpoints}\n` });
  const outcome = await loadPlan(['h.yaml'], { ...loadOptions, files });
  const lines = 'problems' in outcome ? outcome.problems.map(formatProblem) : [];
  expect(lines).toHaveLength(1001);
  expect(lines.at(-1)).toBe('h.yaml and 2000 more mistakes that are not listed [too_large]');
});

const ask = (patient: string, rest = '') => one(`{ probe: record, address: "a:1", patient: ${patient} }`, rest);
const interval = async (address: string) =>
  (await one(`{ probe: record, address: "${address}", patient: HOLTER-1, whole: true }`)).endpoints[0]?.timing.interval;

test('patients are synthetic by default patterns, or by the list that is configured', async () => {
  for (const patient of ['HOLTER-1', 'ZZTEST^HOLTER', 'synthetic-001']) await expect(ask(patient)).resolves.toBeDefined();
  await expect(ask('HOLTER-1', 'synthetic_patients: [CANARY-*]')).rejects.toThrow(/synthetic/);
  await expect(ask('CANARY-1', 'synthetic_patients: [CANARY-*]')).resolves.toBeDefined();
});

test('a floor that depends on options holds outside of loopback, and lifts what the schedule says for all', async () => {
  expect(await interval('a:1')).toBe(300_000);
  expect(await interval('127.0.0.1:1')).toBe(30_000);
});

test.each([
  ['{ probe: web, url: "https://a.example.org/", headers: { a: !env PAGER_KEY } }', true],
  ['{ probe: web, url: "https://a.example.org/", tls: { key: !env PAGER_KEY } }', false],
  ['{ probe: web, url: "https://a.example.org/", headers: { a: b } }', false],
])('%s pauses after auth: %s', async (endpoint, expected) => {
  expect((await one(endpoint)).endpoints[0]?.pausesAfterAuth).toBe(expected);
});
