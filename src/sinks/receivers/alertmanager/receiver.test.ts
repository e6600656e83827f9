// What Alertmanager is sent, and what its answers mean.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Alert, SendContext } from '../door.ts';
import { encodeAlert } from './encode.ts';
import { alertmanager } from './receiver.ts';

const now = Date.UTC(2026, 5, 1, 12, 0, 0);
const context: SendContext = { signal: new AbortController().signal, now, print: () => undefined };
const alert: Alert = {
  id: 'k@1#1',
  key: 'Example Health|ehr/fhir/norcal|failing',
  incident: 'k@1',
  event: 'opened',
  at: now,
  receivers: ['everyone'],
  labels: { service: 'ehr', region: '', 'end-point': 'fhir', severity: 'error' },
  page: {
    title: 'EHR intermittent',
    lines: ['one', 'two'],
    service: 'ehr',
    serviceName: 'EHR',
    region: '',
    regionName: '',
    state: 'intermittent',
    severity: 'critical',
    since: now - 600_000,
    rate: '28 %',
    reasons: '9 reset',
    pattern: '',
    features: ['records', 'billing'],
    downtime: 'x'.repeat(5000),
    runbook: 'https://runbooks.example.org/ehr',
    links: [{ name: 'Status', url: 'http://127.0.0.1:9715/' }],
    strip: '0010',
  },
};
const frame = { labels: {}, now, endsAt: now + 240_000 };

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function member(status: number): Promise<{ url: string; got: { path: string; body: unknown; type: string | undefined }[] }> {
  const got: { path: string; body: unknown; type: string | undefined }[] = [];
  const server = createServer((incoming, answer) => {
    let text = '';
    incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
    incoming.on('end', () => {
      got.push({ path: incoming.url ?? '', body: JSON.parse(text), type: incoming.headers['content-type'] });
      answer.writeHead(status).end();
    });
  }).listen(0, '127.0.0.1');
  closers.push(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix/`, got };
}

const dead = 'http://127.0.0.1:1';
const open = (urls: readonly string[], options = {}) => alertmanager.open(alertmanager.options.parse({ urls, ...options }));

test('labels are the identity: valid names, no empty value, nothing of the page', () => {
  const labels = { alertname: 'HolterIncident', service: 'ehr', end_point: 'fhir', severity: 'error', incident_key: alert.key };
  expect(encodeAlert(alert, frame).labels).toEqual(labels);
  const worse = { ...alert, event: 'worsened' as const, page: { ...alert.page, state: 'down', title: 'EHR down' } };
  expect(encodeAlert(worse, frame).labels).toEqual(labels);
  expect(encodeAlert(alert, { ...frame, labels: { team: 'ehr', service: 'mine' } }).labels).toEqual({ ...labels, team: 'ehr' });
});

test('what changes stands in the annotations, cut, and empty ones are left out', () => {
  const { annotations, generatorURL } = encodeAlert(alert, frame);
  expect(annotations).toMatchObject({ summary: 'EHR intermittent', description: 'one\ntwo', features: 'records, billing' });
  expect(annotations['downtime']).toHaveLength(4000);
  expect(annotations).not.toHaveProperty('pattern');
  expect(generatorURL).toBe('http://127.0.0.1:9715/');
});

test('an open alert holds for four resends, a resolved one ended when it ended, and no end comes before its start', () => {
  const start = '2026-06-01T11:50:00.000Z';
  expect(encodeAlert(alert, frame)).toMatchObject({ startsAt: start, endsAt: '2026-06-01T12:04:00.000Z' });
  expect(encodeAlert({ ...alert, event: 'resolved' }, frame)).toMatchObject({ startsAt: start, endsAt: '2026-06-01T12:00:00.000Z' });
  const stepped = encodeAlert({ ...alert, event: 'resolved', at: now - 900_000 }, frame);
  expect(Date.parse(stepped.endsAt)).toBeGreaterThanOrEqual(Date.parse(stepped.startsAt));
});

test('after the wall clock was set back a resolve still ends at once, and an open one has begun', () => {
  const ahead = { ...alert, at: now + 3_600_000, page: { ...alert.page, since: now + 1_800_000 } };
  const end = '2026-06-01T12:00:00.000Z';
  expect(encodeAlert({ ...ahead, event: 'resolved' }, frame)).toMatchObject({ startsAt: end, endsAt: end });
  expect(encodeAlert(ahead, frame)).toMatchObject({ startsAt: end, endsAt: '2026-06-01T12:04:00.000Z' });
});

test('every member is told, under its own path', async () => {
  const members = [await member(200), await member(200)];
  const receiver = open(
    members.map(({ url }) => url),
    { resend: '30s' },
  );
  expect(await receiver.send(alert, context)).toEqual({ outcome: 'delivered' });
  for (const { got } of members) {
    expect(got).toMatchObject([{ path: '/prefix/api/v2/alerts', type: 'application/json' }]);
    expect(got[0]?.body).toMatchObject([{ endsAt: '2026-06-01T12:02:00.000Z' }]);
  }
  expect(receiver.resend).toMatchObject({ every: 30_000, resolvedFor: 900_000 });
  await receiver.resend?.repeat([alert, { ...alert, key: 'other' }], context);
  expect(members[0]?.got[1]?.body).toHaveLength(2);
});

test('one member that took it is enough; without one, trouble is worth another try and a plain no is not', async () => {
  const [well, bad, ill] = [await member(200), await member(400), await member(503)];
  expect(await open([dead, bad.url, well.url]).send(alert, context)).toEqual({ outcome: 'delivered' });
  expect(await open([bad.url, ill.url]).send(alert, context)).toEqual({ outcome: 'retry', why: 'answered 503' });
  expect(await open([bad.url]).send(alert, context)).toEqual({ outcome: 'refused', why: 'answered 400' });
});
