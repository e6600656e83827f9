// Against the real Alertmanager: how often a person hears of an incident that is told again and again.
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Alert, AlertEvent } from '#model/alert.ts';
import { Owed } from '#sinks/store/owed.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../../../tests/support/peers.ts';
import type { Delivery } from '../contract.ts';
import { createDelivery } from '../delivery.ts';
import { alertmanager } from './receiver.ts';

interface Notification {
  readonly status: string;
  readonly alerts: readonly { readonly labels: Record<string, string>; readonly annotations: Record<string, string> }[];
}

const resendMs = 1000;
let folder: ReturnType<typeof temporaryFolder>;
let hook: Server;
let notifications: Notification[] = [];
let outcomes: string[] = [];
let running: RunningPeer[] = [];
let delivery: Delivery | undefined;
let owed: Owed;

beforeEach(async () => {
  folder = temporaryFolder('alertmanager');
  notifications = [];
  outcomes = [];
  running = [];
  owed = new Owed(() => undefined);
  hook = createServer((incoming, answer) => {
    let text = '';
    incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
    incoming.on('end', () => {
      notifications.push(JSON.parse(text) as Notification);
      answer.end();
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => hook.once('listening', resolve));
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  // As in life, a member's turn (peer-timeout, below) is shorter than the interval in which a group is looked at.
  const route = '{receiver: hook, group_by: ["..."], group_wait: 0s, group_interval: 3s, repeat_interval: 1h}';
  writeFileSync(
    join(folder.path, 'am.yml'),
    `route: ${route}\nreceivers: [{name: hook, webhook_configs: [{url: '${url}', send_resolved: true}]}]\n`,
  );
});

afterEach(async () => {
  await delivery?.stop(0);
  await Promise.all(running.map((peer) => peer.stop()));
  hook.close();
  folder.remove();
});

/** One member; `name` is its data folder, `cluster` its own gossip port and its peers'. */
async function member(name: string, port: number, cluster: readonly string[]): Promise<RunningPeer> {
  const started = await startPeer({
    program: 'prometheus-alertmanager',
    args: [
      `--config.file=${join(folder.path, 'am.yml')}`,
      `--storage.path=${join(folder.path, name)}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
      ...cluster,
    ],
    port,
  });
  running.push(started);
  return started;
}

function deliverTo(ports: readonly number[]): void {
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const receiver = alertmanager.open(alertmanager.options.parse({ urls, resend: `${resendMs}ms`, timeout: '1s' }));
  delivery = createDelivery({
    outbox: owed,
    clock: { monotonic: Date.now, wall: Date.now },
    timers: {
      after: (delay, run) => {
        const timer = setTimeout(run, delay);
        return () => clearTimeout(timer);
      },
    },
    random: Math.random,
    log: { debug() {}, info() {}, warn() {}, error() {}, isDebug: () => false },
    print: () => undefined,
    onOutcome: (_receiver, event, outcome) => outcomes.push(`${event} ${outcome}`),
  });
  delivery.configure(new Map([['am', receiver]]));
}

const onset = Date.now() - 60_000;
let sequence = 0;

function owe(event: AlertEvent, state: string): void {
  sequence += 1;
  const page = {
    title: `EHR ${state}`,
    lines: [`17 of the last 60 probes failed (${sequence}).`],
    service: 'ehr',
    serviceName: 'EHR',
    region: 'norcal',
    regionName: 'Northern California',
    state,
    severity: 'error',
    since: onset,
    rate: '28 %',
    reasons: '9 reset',
    pattern: '',
    features: [],
    downtime: '',
    runbook: '',
    links: [],
    strip: '',
  } as const;
  const labels = { service: 'ehr', region: 'norcal', endpoint: 'fhir', severity: 'error' };
  const alert: Alert = { id: `k@1#${sequence}`, key: 'k', incident: 'k@1', event, at: Date.now(), receivers: ['am'], page, labels };
  owed.add(alert, Date.now());
  delivery?.wake();
}

async function until(what: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await what())) {
    if (performance.now() > end) throw new Error(`waited too long: ${JSON.stringify({ outcomes, statuses: statuses() })}`);
    await pause(25);
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const statuses = () => notifications.map(({ status }) => status);
const told = (event: string) => () => outcomes.includes(`${event} delivered`);

describeWithPeers(['prometheus-alertmanager'], 'a real Alertmanager', () => {
  test('notifies once on open and once on resolve, over many resends and its own restart', { timeout: 60_000 }, async () => {
    const port = await freePort();
    const first = await member('one', port, ['--cluster.listen-address=']);
    deliverTo([port]);
    owe('opened', 'intermittent');
    await until(() => notifications.length > 0);
    // Resends and a quiet worsening of the text: the identity stays, so nobody is told again.
    owe('worsened', 'down');
    await until(told('worsened'));
    await pause(3 * resendMs);
    expect(statuses()).toEqual(['firing']);
    // Alertmanager keeps no alerts over a restart: the resend brings them back.
    await first.stop();
    await pause(2 * resendMs);
    await member('one', port, ['--cluster.listen-address=']);
    await pause(3 * resendMs);
    expect(await alertsOf(port)).toHaveLength(1);
    owe('resolved', 'up');
    await until(() => statuses().includes('resolved'));
    await pause(3 * resendMs);
    expect(statuses()).toEqual(['firing', 'resolved']);
    expect(new Set(notifications.map(({ alerts }) => JSON.stringify(alerts[0]?.labels)))).toHaveProperty('size', 1);
  });

  test('takes what was owed while it was down, in order', { timeout: 60_000 }, async () => {
    const port = await freePort();
    deliverTo([port]);
    owe('opened', 'intermittent');
    await until(() => outcomes.includes('opened retry'));
    await member('one', port, ['--cluster.listen-address=']);
    await until(told('opened'), 40_000);
    await until(() => statuses().includes('firing'));
    owe('resolved', 'up');
    await until(() => statuses().includes('resolved'));
    expect(statuses()).toEqual(['firing', 'resolved']);
  });

  test('of a cluster of two tells a person once', { timeout: 60_000 }, async () => {
    const [a, b, gossipA, gossipB] = [await freePort(), await freePort(), await freePort(), await freePort()];
    await member('a', a, gossip(gossipA, gossipB));
    await member('b', b, gossip(gossipB, gossipA));
    await until(() => ready(a, b));
    deliverTo([a, b]);
    owe('opened', 'intermittent');
    await until(() => notifications.length > 0);
    await pause(4 * resendMs);
    expect(await alertsOf(a)).toHaveLength(1);
    expect(await alertsOf(b)).toHaveLength(1);
    owe('resolved', 'up');
    await until(() => statuses().includes('resolved'));
    await pause(4 * resendMs);
    expect(statuses()).toEqual(['firing', 'resolved']);
  });
});

async function alertsOf(port: number): Promise<readonly unknown[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v2/alerts`);
  return (await answer.json()) as readonly unknown[];
}

/** Members wait for one another by position, so that the second hears of what the first has told. */
function gossip(own: number, peer: number): readonly string[] {
  return [
    `--cluster.listen-address=127.0.0.1:${own}`,
    `--cluster.peer=127.0.0.1:${peer}`,
    '--cluster.settle-timeout=1s',
    '--cluster.peer-timeout=1s',
    '--cluster.pushpull-interval=500ms',
    '--cluster.reconnect-interval=500ms',
  ];
}

/** Both see two members. */
async function ready(...ports: readonly number[]): Promise<boolean> {
  const answers = ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/api/v2/status`)).json() as Promise<Status>);
  return (await Promise.all(answers)).every(({ cluster }) => cluster.status === 'ready' && cluster.peers.length === ports.length);
}

interface Status {
  readonly cluster: { readonly status: string; readonly peers: readonly unknown[] };
}
