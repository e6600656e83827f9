import { createHash } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HolterError } from '#model/error.ts';
import type { Log } from '#model/log.ts';
import type { TokenPlan } from '#model/plan.ts';
import { planOf } from '../../../tests/support/plan.ts';
import { epoch, failResult, incidentOf, okResult, resultEvent, verdictOf } from '../../../tests/support/results.ts';
import { Board } from './board.ts';
import type { ReloadOutcome, StatusServerOptions } from './contract.ts';
import { openStatusServer, type StatusServer } from './server.ts';
import type { Readiness } from './views.ts';

const markup = '<script>alert("x")</script>&\'';
const plan = planOf([
  { service: 'ehr', name: 'fhir', region: 'norcal' },
  { service: 'ehr', name: 'fhir', region: 'socal' },
  { service: 'names', name: 'zone', kind: 'dns' },
]);
const evil = {
  ...plan,
  system: `Example ${markup}`,
  services: plan.services.map((service) => ({ ...service, name: `${service.name} ${markup}` })),
  regions: plan.regions.map((region) => ({ ...region, name: `${region.name} ${markup}` })),
};
const [ehr] = plan.endpoints;
const secret = 'correct horse battery staple';

let now: number;
let board: Board;
let server: StatusServer;
let checks: Readiness[];
let logged: string[];
let reload: () => Promise<ReloadOutcome>;
let tokens: TokenPlan[];

let vantage: ReturnType<ConstructorParameters<typeof Board>[0]['vantage']>;

beforeEach(async () => {
  now = epoch;
  logged = [];
  checks = [
    { check: 'configuration', ok: true, why: '' },
    { check: 'schedule', ok: true, why: '' },
  ];
  reload = async () => ({ ok: true });
  tokens = [
    { name: 'deploy', sha256: sha256(secret), rights: ['reload'] },
    { name: 'desk', sha256: sha256('another secret'), rights: ['publish'] },
    { name: 'broken', sha256: 'not hexadecimal', rights: ['reload'] },
  ];
  vantage = { state: 'ok', since: null, why: '', targets: [], missing: {} };
  board = new Board({
    plan: evil,
    verdict: (id) => (id === 'names/zone' ? undefined : verdictOf(id, { state: 'intermittent' })),
    openIncidents: () => [],
    vantage: () => vantage,
  });
  server = await open();
});

afterEach(() => server.close(0));

function open(more: Partial<StatusServerOptions> = {}): Promise<StatusServer> {
  return openStatusServer({
    listen: { host: '127.0.0.1', port: 0 },
    source: board,
    metrics: async (accept) => ({ type: 'text/plain; version=0.0.4', body: [Buffer.from(`# for ${accept}\n`), Buffer.from('a 1\n')] }),
    ready: () => checks,
    reload: () => reload(),
    explain: async () => ({ ok: false, status: 404, error: 'none', nearest: [] }),
    tokens: () => tokens,
    clock: { monotonic: () => now, wall: () => now },
    log: recorder(),
    version: '1.2.3',
    ...more,
  });
}

function line(fields: object, message: string): void {
  logged.push(`${message} ${JSON.stringify(fields)}`);
}

function recorder(): Log {
  return { debug: line, info: line, warn: line, error: line, isDebug: () => false };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** Sends the path as it stands, which fetch would not. */
function ask(path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options;
    const sent = httpRequest({ host: server.host, port: server.port, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function json(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const { status, text } = await ask(path);
  return { status, body: JSON.parse(text) as Record<string, unknown> };
}

async function lastOfFirst(): Promise<unknown> {
  return ((await json('/api/v1/endpoints')).body as { endpoints: { last: unknown }[] }).endpoints[0]?.last;
}

function bearer(token: string) {
  return { method: 'POST', headers: { authorization: `Bearer ${token}` } };
}

describe('health', () => {
  test('/healthz answers as long as the process lives', async () => {
    expect(await json('/healthz')).toEqual({ status: 200, body: { status: 'alive', version: '1.2.3' } });
  });

  test('/readyz is 503 and says which condition fails and why', async () => {
    expect((await json('/readyz')).status).toBe(200);
    checks.push({ check: 'store', ok: false, why: 'the disk is full' });
    const { status, body } = await json('/readyz');
    expect(status).toBe(503);
    expect(body).toEqual({ ready: false, checks });
  });
});

describe('/metrics', () => {
  test('hands the Accept header on and sends the pieces in a row', async () => {
    const answer = await ask('/metrics', { headers: { accept: 'text/plain' } });
    expect(answer.text).toBe('# for text/plain\na 1\n');
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4');
    expect(answer.headers['content-length']).toBe('21');
  });
});

describe('the API', () => {
  test('lists services with the roll-up by region', async () => {
    const { status, body } = await json('/api/v1/services');
    expect(status).toBe(200);
    expect(body['system']).toBe(`Example ${markup}`);
    expect(body['at']).toBe('2027-01-15T08:00:00.000Z');
    expect(body['services']).toEqual([
      expect.objectContaining({
        id: 'ehr',
        state: 'intermittent',
        regions: [
          { region: 'norcal', name: `norcal ${markup}`, state: 'intermittent', slow: false, endpoints: 1 },
          { region: 'socal', name: `socal ${markup}`, state: 'intermittent', slow: false, endpoints: 1 },
        ],
      }),
      expect.objectContaining({
        id: 'names',
        state: 'unknown',
        regions: [{ region: '', name: '', state: 'unknown', slow: false, endpoints: 1 }],
      }),
    ]);
  });

  test('lists endpoints with their last result', async () => {
    board.accept(resultEvent(failResult('ehr/fhir/norcal', 'reset', { message: markup })));
    const { endpoints } = (await json('/api/v1/endpoints')).body as { endpoints: unknown[] };
    expect(endpoints).toHaveLength(3);
    expect(endpoints[0]).toEqual({
      id: 'ehr/fhir/norcal',
      service: 'ehr',
      endpoint: 'fhir',
      region: 'norcal',
      kind: 'http',
      state: 'intermittent',
      slow: false,
      since: '2027-01-15T08:00:00.000Z',
      failure_ratio: 0.28,
      evidence_ratio: 0.25,
      last: { at: '2027-01-15T08:00:00.001Z', outcome: 'fail', reason: 'reset', message: markup, duration_seconds: 0.0125, counted: true },
    });
    expect(endpoints[2]).toMatchObject({ id: 'names/zone', state: 'unknown', since: null, failure_ratio: null, last: null });
  });

  test('shows one endpoint in detail, with or without a region', async () => {
    board.accept(resultEvent(okResult('ehr/fhir/norcal', { facts: { status_code: 200 }, notes: { address: '192.0.2.1' } })));
    const { status, body } = await json('/api/v1/endpoints/ehr/fhir/norcal');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      interval_seconds: 30,
      timeout_seconds: 10,
      strip: '0',
      phases_seconds: { connect: 0.002 },
      facts: { status_code: 200 },
      notes: { address: '192.0.2.1' },
      incidents: [],
      verdict: { attempts: 60, failures: 17, pattern: null },
    });
    expect((await json('/api/v1/endpoints/names/zone')).body).toMatchObject({ verdict: null, strip: '', results: [] });
    expect((await json('/api/v1/endpoints/ehr/fhir/nowhere')).status).toBe(404);
  });

  test('lists incidents and shows one by its percent-encoded id', async () => {
    if (ehr === undefined) throw new Error('the plan has endpoints');
    const incident = incidentOf(ehr);
    board.accept({ type: 'incident', id: `${incident.id}#1`, at: epoch, kind: 'opened', incident });
    const { incidents } = (await json('/api/v1/incidents')).body as { incidents: { id: string }[] };
    expect(incidents).toHaveLength(1);
    const { status, body } = await json(`/api/v1/incidents/${encodeURIComponent(incident.id)}`);
    expect(status).toBe(200);
    expect(body).toEqual(incidents[0]);
    expect(body).toMatchObject({
      id: incident.id,
      state: 'open',
      endpoint: 'ehr/fhir/norcal',
      resolved_at: null,
      reasons: { reset: 5, connect_timeout: 9 },
      course: [{ at: '2027-01-15T08:00:00.000Z', event: 'opened', why: '' }],
    });
    expect((await json('/api/v1/incidents/none')).status).toBe(404);
  });

  test('answers within a second are shared, later ones are fresh', async () => {
    expect(await lastOfFirst()).toBeNull();
    board.accept(resultEvent(okResult('ehr/fhir/norcal')));
    expect(await lastOfFirst()).toBeNull();
    now += 1000;
    expect(await lastOfFirst()).not.toBeNull();
  });
});

describe('the page', () => {
  test('says states in words and lets no markup of others through', async () => {
    board.accept(resultEvent(failResult('ehr/fhir/norcal', 'reset', { message: markup })));
    if (ehr === undefined) throw new Error('the plan has endpoints');
    const incident = incidentOf(ehr, { samples: [{ at: epoch, reason: 'reset', message: markup }] });
    board.accept({ type: 'incident', id: `${incident.id}#1`, at: epoch, kind: 'opened', incident });
    const { text, headers, status } = await ask('/');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(text).not.toContain('<script');
    expect(text.split('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;').length).toBeGreaterThan(5);
    expect(text).toContain('<span class="intermittent">intermittent</span>');
    const style = /<style>(.*)<\/style>/s.exec(text)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
  });
});

describe('trouble of Holter itself', () => {
  const trouble = {
    state: 'trouble',
    since: '2027-01-15T08:00:00.000Z',
    why: `the self-check fails (gateway: ${markup})`,
    targets: [{ target: 'gateway', ok: false }],
    missing: { network: 12 },
  } as const;

  test('stands on top of the page, and only while it is there', async () => {
    expect((await ask('/')).text).not.toContain('trouble of its own');
    vantage = trouble;
    now += 5000;
    const { text } = await ask('/');
    expect(text).toContain(
      'The prober at oakland-dc has trouble of its own since 2027-01-15T08:00:00.000Z: the self-check fails (gateway: &lt;script',
    );
    expect(text).toContain('failures are missing, not failed');
    expect(text).not.toContain('<script');
  });

  test('is told to programs, with what it cost', async () => {
    vantage = trouble;
    expect((await json('/api/v1/vantage')).body).toMatchObject({ vantage: 'oakland-dc', ...trouble });
  });

  test('is an incident of its own where it lasts', async () => {
    const [planned] = plan.endpoints;
    if (planned === undefined) throw new Error('the plan has endpoints');
    const scope = { level: 'vantage', name: 'oakland-dc' } as const;
    const subject = { id: '*blind', service: '', name: '', region: '', kind: '' };
    const incident = {
      ...incidentOf(planned),
      scope,
      trouble: 'blind',
      endpoint: subject,
      members: [],
    } as const;
    board.accept({ type: 'incident', id: `${incident.id}#1`, at: epoch, kind: 'opened', incident });
    expect((await ask('/')).text).toContain('Holter itself, at oakland-dc');
    // A reload leaves it alone.
    board.replan(plan);
    expect(board.openIncidents()).toHaveLength(1);
  });
});

describe('every answer', () => {
  test.each(['/', '/metrics', '/healthz', '/readyz', '/api/v1/services', '/nothing', '/api/v1/endpoints/none'])(
    '%s carries the security headers',
    async (path) => {
      const { headers } = await ask(path);
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'.*frame-ancestors 'none'$/);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['strict-transport-security']).toBeUndefined();
    },
  );

  test.each(['/', '/metrics', '/healthz', '/readyz', '/api/v1/services', '/api/v1/endpoints', '/api/v1/incidents'])(
    'HEAD %s has the head of GET and no body',
    async (path) => {
      const [head, get] = [await ask(path, { method: 'HEAD' }), await ask(path)];
      expect([head.status, head.text]).toEqual([200, '']);
      expect(head.headers['content-type']).toBe(get.headers['content-type']);
      if (path !== '/metrics') expect(head.headers['content-length']).toBe(get.headers['content-length']);
    },
  );

  test('an unknown address says in JSON what there is', async () => {
    const { status, body } = await json('/nothing');
    expect(status).toBe(404);
    expect(body['error']).toBe('there is nothing at this address');
    expect(Object.keys(body['paths'] as object)).toContain('/api/v1/incidents');
  });

  test.each([
    ['DELETE', '/api/v1/services', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['GET', '/-/reload', 'POST'],
    ['PUT', '/api/v1/endpoints/ehr/fhir/norcal', 'GET, HEAD'],
  ])('%s %s is refused with what is allowed', async (method, path, allow) => {
    const { status, headers, text } = await ask(path, { method });
    expect([status, headers.allow]).toEqual([405, allow]);
    expect(JSON.parse(text)).toHaveProperty('error');
  });

  test.each(['/%', '/%ff', '/api/v1/endpoints/%E0%A4', '/api/v1/endpoints/../../etc', '//', '/api/v1/endpoints/', `/${'a'.repeat(600)}`])(
    'the odd address %s is an error of the client in JSON',
    async (path) => {
      const { status, text } = await ask(path);
      expect([400, 404, 414]).toContain(status);
      expect(JSON.parse(text)).toHaveProperty('error');
    },
  );

  test('an address over the limit is 414', async () => {
    expect((await ask(`/${'a'.repeat(3000)}`)).status).toBe(414);
  });

  test('a fault of our own is logged, and the client learns nothing of it', async () => {
    await server.close(0);
    server = await open({
      metrics: async () => {
        throw new Error('a secret detail');
      },
    });
    const { status, text } = await ask('/metrics');
    expect(status).toBe(500);
    expect(text).not.toContain('secret detail');
    expect(logged.some((entry) => entry.startsWith('answer failed'))).toBe(true);
  });
});

describe('POST /-/reload', () => {
  test('reloads for a token that has the right', async () => {
    const answer = await ask('/-/reload', bearer(secret.replaceAll(' ', '-')));
    expect(answer.status).toBe(401);
    tokens = [{ name: 'deploy', sha256: sha256('s3cret'), rights: ['reload'] }];
    const { status, text } = await ask('/-/reload', { ...bearer('s3cret'), body: '{"anything":"at all"}' });
    expect([status, JSON.parse(text)]).toEqual([200, { reloaded: true }]);
    expect(logged).toContain('reload asked for {"token":"deploy"}');
  });

  test.each([
    ['no header', {}, 401],
    ['another scheme', { authorization: 'Basic czNjcmV0' }, 401],
    ['an unknown token', { authorization: 'Bearer guess' }, 401],
    ['an empty token', { authorization: 'Bearer ' }, 401],
    ['a very long token', { authorization: `Bearer ${'x'.repeat(5000)}` }, 401],
    ['a token without the right', { authorization: 'Bearer desk-token' }, 403],
  ])('%s does not reload and is told so', async (_name, headers, expected) => {
    tokens.push({ name: 'desk', sha256: sha256('desk-token'), rights: ['publish'] });
    reload = () => Promise.reject(new Error('must not be called'));
    const answer = await ask('/-/reload', { method: 'POST', headers });
    expect(answer.status).toBe(expected);
    expect(JSON.parse(answer.text)).toHaveProperty('error');
    expect(answer.headers['www-authenticate']).toBe(expected === 401 ? 'Bearer realm="holter"' : undefined);
    expect(logged.join('\n')).not.toMatch(/guess|desk-token|xxxxx/);
  });

  test('a bad configuration is 422 with every problem', async () => {
    tokens.push({ name: 'ci', sha256: sha256('ci-token'), rights: ['reload'] });
    reload = async () => ({ ok: false, problems: ['holter.yaml:3:1 unknown key "servces"'] });
    const { status, text } = await ask('/-/reload', bearer('ci-token'));
    expect([status, JSON.parse(text)]).toEqual([422, { reloaded: false, problems: ['holter.yaml:3:1 unknown key "servces"'] }]);
  });

  test('a second reload while one is under way is 409', async () => {
    tokens.push({ name: 'ci', sha256: sha256('ci-token'), rights: ['reload'] });
    const started = Promise.withResolvers<void>();
    const outcome = Promise.withResolvers<ReloadOutcome>();
    reload = () => {
      started.resolve();
      return outcome.promise;
    };
    const first = ask('/-/reload', bearer('ci-token'));
    await started.promise;
    expect((await ask('/-/reload', bearer('ci-token'))).status).toBe(409);
    outcome.resolve({ ok: true });
    expect((await first).status).toBe(200);
    reload = async () => ({ ok: true });
    expect((await ask('/-/reload', bearer('ci-token'))).status).toBe(200);
  });
});

describe('listening', () => {
  test('a taken port is an error that says so', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const attempt = open({ listen: { host: '127.0.0.1', port } });
    await expect(attempt).rejects.toThrow(HolterError);
    await expect(attempt).rejects.toThrow(`cannot listen on 127.0.0.1:${port}: another program`);
    await new Promise((resolve) => other.close(resolve));
  });

  test('an address of another machine is an error that says so', async () => {
    await expect(open({ listen: { host: '192.0.2.1', port: 0 } })).rejects.toThrow('this machine has no such address');
  });

  test('closing twice is harmless, and nothing listens afterwards', async () => {
    await Promise.all([server.close(), server.close()]);
    await expect(ask('/healthz')).rejects.toThrow('ECONNREFUSED');
  });
});
