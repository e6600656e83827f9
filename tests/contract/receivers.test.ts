// Whatever a receiver's far end does, one sending is one bounded exchange with one outcome, and nothing secret is told of it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Alert } from '#model/alert.ts';
import { optionRows } from '#schema/reference.ts';
import { Secret } from '#schema/secret.ts';
import type { ReceiverKind, SendOutcome } from '#sinks/receivers/contract.ts';
import { receiverKinds } from '#sinks/receivers/index.ts';
import { eventually, type HostileEnd } from '../support/far-ends/listen.ts';
import { answer, type Behaviour, hang, politely, script, startHostile } from '../support/far-ends/stream.ts';
import { fragments, hostilities, marker } from './hostile.ts';

const folders = new URL('../../src/sinks/receivers/', import.meta.url);
const secret = 'Tr0ub4dor-and-3-horses';
const seed = Number(process.env['HOLTER_FUZZ_SEED'] ?? 20_261_123);
const cases = Number(process.env['HOLTER_FUZZ_CASES'] ?? 120);
const batch = 12;

/** Options that reach a far end on this port, with a secret in them; a kind that goes nowhere is listed without. */
const pointed: Readonly<Record<string, ((port: number) => object) | undefined>> = {
  webhook: (port) => ({
    url: `http://127.0.0.1:${port}/hook/${secret}`,
    headers: { authorization: new Secret(secret) },
    secrets: [signing],
    timeout: '1s',
  }),
  alertmanager: (port) => ({ urls: [`http://127.0.0.1:${port}`], headers: { authorization: new Secret(secret) }, timeout: '1s' }),
  log: undefined,
};
const signing = new Secret(`whsec_${Buffer.from(secret.repeat(2)).toString('base64')}`);

const alert: Alert = {
  id: 'example-health/pharmacy/claims/norcal@1#1',
  key: 'example-health/pharmacy/claims/norcal',
  incident: 'example-health/pharmacy/claims/norcal@1',
  event: 'opened',
  at: Date.UTC(2026, 5, 1, 12),
  receivers: ['everyone'],
  labels: { service: 'pharmacy', region: 'norcal', endpoint: 'claims', severity: 'error' },
  page: {
    title: 'Pharmacy is intermittent in Northern California',
    lines: ['17 of the last 60 probes failed.'],
    service: 'pharmacy',
    serviceName: 'Pharmacy',
    region: 'norcal',
    regionName: 'Northern California',
    state: 'intermittent',
    severity: 'error',
    since: Date.UTC(2026, 5, 1, 11, 50),
    rate: 'about 28 % (19 to 39 %)',
    reasons: '9 connect_timeout, 5 reset',
    pattern: '',
    features: [],
    downtime: '',
    runbook: '',
    links: [],
    strip: '0010',
  },
};

const open: HostileEnd[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((far) => far.close()));
});

async function started(behaviour: Behaviour): Promise<HostileEnd> {
  const far = await startHostile(politely(behaviour));
  open.push(far);
  return far;
}

function send(kind: ReceiverKind, options: object, signal = new AbortController().signal): Promise<SendOutcome> {
  return kind.open(kind.options.parse(options)).send(alert, { signal, now: Date.UTC(2026, 5, 1, 12), print: () => {} });
}

/** One of the three outcomes, told in words of our own. */
function expectHonest(outcome: SendOutcome): void {
  expect(['delivered', 'retry', 'refused']).toContain(outcome.outcome);
  const text = JSON.stringify(outcome);
  expect(text).not.toContain(marker);
  expect(text).not.toContain(secret);
  expect(text).not.toContain('whsec_');
  expect(text.length).toBeLessThan(400);
  expect(text).not.toMatch(/[\p{Cc}]/u);
}

test('the folders of receivers are the list of receivers', () => {
  const names = readdirSync(folders, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(receiverKinds.map(({ kind }) => kind).toSorted()).toEqual(names.map(({ name }) => name).toSorted());
  expect(Object.keys(pointed).toSorted()).toEqual(receiverKinds.map(({ kind }) => kind).toSorted());
});

describe.each(receiverKinds)('$kind', (kind) => {
  test('says what it does, in its sentence and its README', () => {
    expect(kind.summary).toMatch(/^[A-Z][^\n]{20,200}\.$/);
    const readme = new URL(`${kind.kind}/README.md`, folders);
    const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
    expect(text).toMatch(new RegExp(`^# ${kind.kind}\n`, 'i'));
    expect(text).toMatch(/<!-- options -->\n[\s\S]*<!-- \/options -->/);
    expect(text).toMatch(/```yaml\n/);
  });

  test.each(optionRows(kind.options).map((row) => [row.key, row.description]))('describes the option %s', (_, description) => {
    expect(description.length).toBeGreaterThan(10);
  });
});

const remote = receiverKinds.flatMap((kind) => {
  const options = pointed[kind.kind];
  return options === undefined ? [] : [{ name: kind.kind, kind, options }];
});

describe.each(remote)('$name', ({ kind, options }) => {
  test.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [301, 'retry'],
    [400, 'refused'],
    [401, 'refused'],
    [404, 'refused'],
    [408, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
  ])('an answer %i is %s', async (status, expected) => {
    const far = await started(
      answer(Buffer.from(`HTTP/1.1 ${status} ${marker}\r\ncontent-length: 0\r\nlocation: /${marker}\r\n\r\n`), 'close'),
    );
    const outcome = await send(kind, options(far.port));
    expect(outcome.outcome).toBe(expected);
    expectHonest(outcome);
    expect(far.accepted()).toBe(1);
  });

  test('a wait that the far end asks for is told, and bounded', async () => {
    const far = await started(answer(Buffer.from('HTTP/1.1 503 Busy\r\nretry-after: 99999999\r\ncontent-length: 0\r\n\r\n'), 'close'));
    const outcome = await send(kind, options(far.port));
    expect(outcome.outcome === 'retry' && outcome.after !== undefined && outcome.after > 0 && outcome.after <= 86_400_000).toBe(true);
  });

  test.each(Object.entries(hostilities))('a far end that %s is met once and has one outcome', async (_, behaviour) => {
    const far = await started(behaviour);
    expectHonest(await send(kind, options(far.port)));
    expect(far.accepted()).toBe(1);
    await eventually(() => far.connections() === 0, 'no connection is open');
  });

  test('nobody there is worth another try', async () => {
    const far = await startHostile(hang);
    await far.close();
    const outcome = await send(kind, options(far.port));
    expect(outcome.outcome).toBe('retry');
    expectHonest(outcome);
  });

  test('a sending that is stopped ends, is not delivered, and leaves no connection', async () => {
    const far = await started(hang);
    const stop = new AbortController();
    const sending = send(kind, { ...options(far.port), timeout: '60s' }, stop.signal);
    await eventually(() => far.received() > 0, 'the request has come');
    stop.abort();
    expect((await sending).outcome).toBe('retry');
    await eventually(() => far.connections() === 0, 'no connection is open');
  });

  test('random conversations', { timeout: 30_000 + cases * 250 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(conversation, { minLength: batch, maxLength: batch }), async (all) => {
        await Promise.all(all.map((steps) => survives(steps)));
      }),
      { seed, numRuns: Math.ceil(cases / batch), endOnFailure: true },
    );
  });

  async function survives(steps: readonly Parameters<typeof script>[0][number][]): Promise<void> {
    const far = await startHostile(politely(script(steps)));
    try {
      expectHonest(await send(kind, options(far.port)));
      expect(far.accepted()).toBe(1);
      await eventually(() => far.connections() === 0, 'no connection is open');
    } finally {
      await far.close();
    }
  }
});

const conversation = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...fragments).map((bytes) => ({ do: 'send', bytes }) as const) },
    fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => ({ do: 'send', bytes }) as const),
    fc.constantFrom({ do: 'await' } as const, { do: 'close' } as const, { do: 'reset' } as const),
  ),
  { minLength: 1, maxLength: 6 },
);
