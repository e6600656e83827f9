// The webhook against the published vector, an independent verifier and servers of every temper.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Alert, Secret, type SendContext } from '../door.ts';
import { webhook } from './receiver.ts';
import { decodeSecret, signatures } from './sign.ts';

/** The example of the specification's reference libraries. */
const vector = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** Written from the specification's text, apart from the code under test. */
function verify(secret: string, headers: IncomingHttpHeaders, body: string): boolean {
  const key = Uint8Array.from(atob(secret.replace('whsec_', '')), (sign) => sign.charCodeAt(0));
  const signed = [headers['webhook-id'], headers['webhook-timestamp'], body].join('.');
  const wanted = createHmac('sha256', key).update(signed).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .some((part) => {
      const got = Buffer.from(part.slice(3), 'base64');
      return got.length === wanted.length && timingSafeEqual(got, wanted);
    });
}

const alert: Alert = {
  id: 'ehr/fhir/norcal@1#1',
  key: 'ehr/fhir/norcal',
  incident: 'ehr/fhir/norcal@1',
  event: 'opened',
  at: Date.UTC(2026, 5, 1, 12, 0, 0),
  receivers: ['hook'],
  labels: { service: 'ehr' },
  page: {
    title: 'EHR intermittent in Northern California',
    lines: ['17 of the last 60 probes failed.'],
    service: 'ehr',
    serviceName: 'EHR',
    region: 'norcal',
    regionName: 'Northern California',
    state: 'intermittent',
    severity: 'error',
    since: Date.UTC(2026, 5, 1, 11, 50, 0),
    rate: '28 %',
    reasons: '9 reset',
    pattern: 'bursts',
    features: ['records'],
    downtime: 'paper',
    runbook: 'https://runbooks.example.org/ehr',
    links: [],
    strip: '0010',
  },
};

interface Call {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let calls: Call[] = [];
let status = 202;
let url = '';
let close = () => {};
const context: SendContext = { signal: new AbortController().signal, now: Date.UTC(2026, 5, 1, 12, 0, 5), print: () => undefined };

beforeEach(async () => {
  calls = [];
  status = 202;
  const server = createServer((incoming, answer) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
    incoming.on('end', () => {
      calls.push({ headers: incoming.headers, body });
      answer.writeHead(status, status === 429 ? { 'retry-after': '30' } : {}).end('an answer that nobody may log');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/T0KEN`;
  close = () => server.close();
});
afterEach(() => close());

function open(options: object) {
  return webhook.open(webhook.options.parse({ url: new Secret(url), ...options }));
}

test('signs as the published vector has it', () => {
  const key = decodeSecret(vector.secret);
  expect(key).toHaveLength(24);
  expect(signatures(vector, key === undefined ? [] : [key])).toBe(vector.signature);
});

test('an independent verifier accepts what arrives, with either secret of a rotation, and nothing altered', async () => {
  const receiver = open({ secrets: [new Secret(vector.secret), new Secret(other)] });
  expect(await receiver.send(alert, context)).toEqual({ outcome: 'delivered' });
  const [call] = calls;
  if (call === undefined) throw new Error('nothing arrived');
  expect(verify(vector.secret, call.headers, call.body)).toBe(true);
  expect(verify(other, call.headers, call.body)).toBe(true);
  expect(verify(vector.secret, call.headers, `${call.body} `)).toBe(false);
  expect(verify(vector.secret, { ...call.headers, 'webhook-id': 'msg_other' }, call.body)).toBe(false);
  expect(verify(`whsec_${Buffer.alloc(32, 8).toString('base64')}`, call.headers, call.body)).toBe(false);
});

test('the id is the same on every try and another for another alert; the time is that of the try', async () => {
  const receiver = open({ secrets: [new Secret(other)] });
  await receiver.send(alert, context);
  await receiver.send(alert, { ...context, now: context.now + 60_000 });
  await receiver.send({ ...alert, id: 'ehr/fhir/norcal@1#2' }, context);
  const ids = calls.map((call) => call.headers['webhook-id']);
  expect(ids[0]).toMatch(/^msg_[A-Za-z0-9_-]{27}$/);
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).not.toBe(ids[0]);
  expect(Number(calls[1]?.headers['webhook-timestamp']) - Number(calls[0]?.headers['webhook-timestamp'])).toBe(60);
});

test('the body tells the whole alert, with its version and times as ISO 8601', async () => {
  await open({}).send(alert, context);
  expect(calls[0]?.headers['webhook-signature']).toBeUndefined();
  expect(JSON.parse(calls[0]?.body ?? '')).toEqual({
    version: 1,
    type: 'incident.opened',
    timestamp: '2026-06-01T12:00:00.000Z',
    data: {
      id: alert.id,
      key: alert.key,
      incident: alert.incident,
      event: 'opened',
      at: '2026-06-01T12:00:00.000Z',
      labels: { service: 'ehr' },
      page: { ...alert.page, since: '2026-06-01T11:50:00.000Z' },
    },
  });
});

test('configured headers go along, secret or not, and cannot take the place of ours', async () => {
  const headers = { Authorization: new Secret('Bearer abc'), 'X-Team': 'ehr', 'Webhook-Id': 'mine' };
  await open({ headers }).send(alert, context);
  expect(calls[0]?.headers).toMatchObject({ authorization: 'Bearer abc', 'x-team': 'ehr' });
  expect(calls[0]?.headers['webhook-id']).toMatch(/^msg_/);
});

test.each([
  [204, { outcome: 'delivered' }],
  [410, { outcome: 'refused', why: 'answered 410' }],
  [403, { outcome: 'refused', why: 'answered 403' }],
  [429, { outcome: 'retry', why: 'answered 429', after: 30_000 }],
  [500, { outcome: 'retry', why: 'answered 500' }],
])('an answer of %i', async (answer, outcome) => {
  status = answer;
  expect(await open({}).send(alert, context)).toEqual(outcome);
});

test('no outcome names the address, a header or a secret', async () => {
  const secrets = { secrets: [new Secret(other)], headers: { authorization: new Secret('Bearer abc') } };
  status = 400;
  const refused = await open(secrets).send(alert, context);
  close();
  const dead = await open({ ...secrets, url: new Secret('http://127.0.0.1:1/hooks/T0KEN') }).send(alert, context);
  const odd = await open({ headers: { authorization: new Secret('Bearer\nabc') } }).send(alert, context);
  expect(odd.outcome).toBe('refused');
  for (const outcome of [refused, dead, odd]) expect(JSON.stringify(outcome)).not.toMatch(/T0KEN|abc|whsec|127\.0/);
});

test.each([
  ['too short', `whsec_${Buffer.alloc(23).toString('base64')}`],
  ['too long', `whsec_${Buffer.alloc(65).toString('base64')}`],
  ['without its prefix', Buffer.alloc(32).toString('base64')],
  ['not base64', 'whsec_!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!'],
])('a secret that is %s is a mistake that does not show it', (_name, secret) => {
  const parsed = webhook.options.safeParse({ url: 'https://hooks.example.org/', secrets: [new Secret(secret)] });
  expect(parsed.success).toBe(false);
  expect(JSON.stringify(parsed.error?.issues)).not.toContain(secret);
});

test.each(['ftp://example.org/', 'https://user:pass@example.org/', 'example.org'])('%s is no address', (address) => {
  expect(webhook.options.safeParse({ url: address }).success).toBe(false);
});
