// The daemon as a process: first page, reload, end, and what a kill cannot take away.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Holter, holter, Pager, pause, Service, scratch, until } from './holter.ts';

let files: ReturnType<typeof scratch>;
let service: Service;
let pager: Pager;
const running: Holter[] = [];

beforeEach(async () => {
  files = scratch();
  service = await Service.start();
  pager = await Pager.start();
});

afterEach(async () => {
  for (const one of running.splice(0)) {
    if (!one.ended) one.kill('SIGKILL');
    await one.end();
  }
  await service.stop();
  await pager.stop();
  files.clean();
});

/** A restart of two seconds is forgiven; three failures in a row after that are "down". */
function configuration(extra = '', endpoint = '', name = 'portal'): string {
  return files.write(
    'holter.yaml',
    `
system: End to end
listen: 127.0.0.1:0
data: ${JSON.stringify(files.path('data'))}
paging: { false_pages: 1000 per year, grace: 2s }
services:
  ehr:
    name: Electronic health records
    features: [records, billing]
    endpoints:
      ${name}: { probe: http, url: ${JSON.stringify(service.url)}, every: 1s, timeout: 500ms }
${endpoint}
receivers:
  pager: { webhook: { url: ${JSON.stringify(pager.url)} } }
tokens:
  test: { sha256: ${sha256OfTest}, rights: [reload] }
${extra}
`,
  );
}

// SHA-256 of "test-token".
const sha256OfTest = '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e';

function start(config: string): Holter {
  const daemon = new Holter(['run', '-c', config, '--log-level', 'info']);
  running.push(daemon);
  return daemon;
}

async function metric(url: string, name: string, endpoint = ''): Promise<string | undefined> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  return text.split('\n').find((line) => line.startsWith(name) && line.includes(endpoint === '' ? '' : `endpoint="${endpoint}"`));
}

/**
 * At one probe a second the proof that a short outage is over takes over an hour: bursts with long gaps look the same. Taking the endpoint out of
 * the configuration ends its incident at once, by the same road to the receiver.
 */
function endIncident(daemon: Holter): void {
  configuration('', '', 'gate');
  daemon.kill('SIGHUP');
}

const events = (): readonly string[] => pager.received.map((one) => one.event);

describe('the daemon', () => {
  test('pages once when a service goes down, whatever it does then, and tells the end once', { timeout: 240_000 }, async () => {
    const daemon = start(configuration());
    const url = await daemon.url();
    await until('a few probes went well', () => service.requests >= 4);
    service.answer = () => 'ill';
    await until('the page', () => pager.received.length > 0);
    expect(events()).toEqual(['opened']);
    const incidents = (await (await fetch(new URL('/api/v1/incidents', url))).json()) as {
      readonly incidents: readonly { readonly endpoint: string }[];
    };
    expect(incidents.incidents.map((incident) => incident.endpoint)).toEqual(['ehr/portal']);
    service.answer = (request) => (request % 2 === 0 ? 'well' : 'ill');
    const { requests } = service;
    await until('ups and downs', () => service.requests > requests + 6);
    expect(events()).toEqual(['opened']);
    endIncident(daemon);
    await until('the resolve', () => events().includes('resolved'));
    expect(events()).toEqual(['opened', 'resolved']);
  });

  test('a good reload takes effect and keeps what was learned; a bad one keeps the old plan and says so', { timeout: 60_000 }, async () => {
    const config = configuration();
    const daemon = start(config);
    const url = await daemon.url();
    await until('a few probes went well', () => service.requests >= 3);
    configuration('', `      second: { probe: http, url: ${JSON.stringify(service.url)}, every: 1s, timeout: 500ms }`);
    daemon.kill('SIGHUP');
    await until('the second endpoint is probed', async () => (await metric(url, 'probe_success', 'second')) !== undefined);
    const before = await metric(url, 'holter_probe_results_total', 'portal');
    expect(Number(before?.split(' ').at(-1))).toBeGreaterThan(0);

    configuration('nonsense: true');
    const refused = await fetch(new URL('/-/reload', url), { method: 'POST', headers: { authorization: 'Bearer test-token' } });
    expect(refused.ok).toBe(false);
    expect(await refused.text()).toMatch(/holter\.yaml:\d+:1.*nonsense/);
    await until(
      'the metric tells the refusal',
      async () => (await metric(url, 'holter_config_last_reload_successful'))?.endsWith(' 0') === true,
    );
    const requests = service.requests;
    await until('probing goes on', () => service.requests > requests + 2);

    configuration();
    const taken = await fetch(new URL('/-/reload', url), { method: 'POST', headers: { authorization: 'Bearer test-token' } });
    expect(taken.ok).toBe(true);
    await until(
      'the metric tells the success',
      async () => (await metric(url, 'holter_config_last_reload_successful'))?.endsWith(' 1') === true,
    );
    expect(await metric(url, 'probe_success', 'second')).toBeUndefined();
    expect((await fetch(new URL('/-/reload', url), { method: 'POST' })).status).toBe(401);
  });

  test('SIGTERM ends it cleanly with status 0, and the next start goes on with the open incident', { timeout: 240_000 }, async () => {
    const config = configuration();
    const first = start(config);
    await first.url();
    await until('a probe went well', () => service.requests >= 2);
    service.answer = () => 'ill';
    await until('the page', () => pager.received.length > 0);
    first.kill('SIGTERM');
    expect(await first.end()).toMatchObject({ code: 0, signal: null });
    expect(first.stderr.trim().split('\n').at(-1)).toContain('"msg":"stopped"');

    const second = start(config);
    const url = await second.url();
    const incidents = (await (await fetch(new URL('/api/v1/incidents', url))).json()) as {
      readonly incidents: readonly { readonly state: string }[];
    };
    expect(incidents.incidents.map((incident) => incident.state)).toEqual(['open']);
    await pause(3000);
    expect(events()).toEqual(['opened']);
    endIncident(second);
    await until('the resolve', () => events().includes('resolved'));
    expect(events()).toEqual(['opened', 'resolved']);
  });

  test('two daemons on one store: the second is refused with a clear sentence', { timeout: 60_000 }, async () => {
    const config = configuration();
    await start(config).url();
    const second = await holter(['run', '-c', config]);
    expect(second.code).toBe(3);
    expect(second.stderr).toContain('store_in_use');
  });

  test('a configuration with mistakes: every one is told, status 3', async () => {
    const config = configuration('nonsense: true\nroutes: [{ to: [nobody] }]');
    const ended = await holter(['run', '-c', config]);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toMatch(/holter\.yaml:\d+:\d+ .*nonsense/);
    expect(ended.stderr).toMatch(/holter\.yaml:\d+:\d+ .*nobody/);
    expect(ended.stderr).toContain('2 mistakes');
  });
});
