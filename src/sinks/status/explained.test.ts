// What the server makes of explanations that it is handed: addresses, types, refusals.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StatusServerOptions } from './contract.ts';
import { openStatusServer, type StatusServer } from './server.ts';

let server: StatusServer;
let explain: StatusServerOptions['explain'];

function silent(): void {}

beforeEach(async () => {
  explain = async () => ({ ok: false, status: 404, error: 'none', nearest: [] });
  const source = {
    system: 'x',
    services: () => [],
    endpoints: () => [],
    endpoint: () => undefined,
    incidents: () => [],
    incident: () => undefined,
  };
  server = await openStatusServer({
    listen: { host: '127.0.0.1', port: 0 },
    source: source as unknown as StatusServerOptions['source'],
    metrics: async () => ({ type: 'text/plain', body: [] }),
    ready: () => [],
    reload: async () => ({ ok: true }),
    explain: (incident, form) => explain(incident, form),
    tokens: () => [],
    clock: { monotonic: () => 0, wall: () => 0 },
    log: { debug: silent, info: silent, warn: silent, error: silent, isDebug: () => false },
    version: '1.2.3',
  });
});
afterEach(() => server.close(0));

async function ask(path: string) {
  const response = await fetch(`${server.url}${path}`);
  const headers = Object.fromEntries(response.headers);
  return { status: response.status, headers, text: await response.text() };
}

async function json(path: string) {
  const { status, text } = await ask(path);
  return { status, body: JSON.parse(text) as unknown };
}

test('hands on what an explanation is asked of, whatever signs its id has, and sends what it is given', async () => {
  const asked: string[] = [];
  explain = async (incident, form) => {
    asked.push(`${form} ${incident}`);
    return {
      ok: true,
      type: form === 'svg' ? 'image/svg+xml' : 'application/json',
      body: '{"é":1}',
      ...(form === 'svg' && { style: 'a{}' }),
    };
  };
  const id = 'Example+Health/endpoint/ehr/50%25/nörd:1/failing@1800000000';
  const path = `/api/v1/incidents/${encodeURIComponent(id)}/explanation`;
  const { status, headers, text } = await ask(path);
  expect({ status, text, type: headers['content-type'] }).toEqual({ status: 200, text: '{"é":1}', type: 'application/json' });
  const picture = await ask(`${path}.svg`);
  expect(picture.headers['content-type']).toBe('image/svg+xml');
  expect(picture.headers['content-security-policy']).toContain(`style-src 'sha256-${createHash('sha256').update('a{}').digest('base64')}'`);
  expect(picture.headers['content-security-policy']).toContain("default-src 'none'");
  // Slashes may stand as they are.
  await ask('/api/v1/incidents/a/b@1/explanation');
  await ask('/api/v1/incidents/latest/explanation.svg');
  expect(asked).toEqual([`json ${id}`, `svg ${id}`, 'json a/b@1', 'svg latest']);
});

test('an explanation that cannot be had is refused with the ids that could be meant, or with when to ask again', async () => {
  explain = async () => ({ ok: false, status: 404, error: 'there is no incident "x"', nearest: ['a@1'] });
  expect(await json('/api/v1/incidents/x/explanation')).toEqual({
    status: 404,
    body: { error: 'there is no incident "x"', nearest: ['a@1'] },
  });
  explain = async () => ({ ok: false, status: 503, error: 'busy', nearest: [] });
  const busy = await ask('/api/v1/incidents/x/explanation');
  expect([busy.status, busy.headers['retry-after']]).toEqual([503, '1']);
  explain = async () => {
    throw new Error('swordfish');
  };
  const failed = await ask('/api/v1/incidents/x/explanation');
  expect(failed.status).toBe(500);
  expect(failed.text).not.toContain('swordfish');
});
