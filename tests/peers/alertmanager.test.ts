// The daemon and the real Alertmanager: how often a person hears of one incident that goes up and down a hundred times.
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfiguration } from '#app/configuration.ts';
import { type Daemon, startDaemon } from '#app/daemon.ts';
import type { AlertEvent } from '#model/alert.ts';
import type { Event } from '#model/event.ts';
import type { Log } from '#model/log.ts';
import type { State } from '#model/verdict.ts';
import { scaledTimers, systemTimers } from '#schedule/clock.ts';
import { pause, Service, until } from '../e2e/holter.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../support/peers.ts';

/**
 * The daemon's seconds for one of ours. Its monotonic clock and its timers run so fast; its wall clock is the true one, since Alertmanager
 * holds the end of an alert against its own. So an endpoint with `every: 1s` is probed five times a second.
 */
const pace = 5;
const hourMs = 3_600_000;
const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, isDebug: () => false };

/** One notification at Alertmanager's webhook: what a person would have got. */
interface Notification {
  readonly status: string;
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>> }[];
}

let folder: ReturnType<typeof temporaryFolder>;
let service: Service;
let person: Server;
let port: number;
let member: RunningPeer | undefined;
let daemon: Daemon | undefined;
let notifications: Notification[];
let alerts: AlertEvent[];
let shown: State[];
/** Times that a probe went well after one that failed. */
let swingsSeen: number;
let lastFailed: boolean;

beforeEach(async () => {
  folder = temporaryFolder('alertmanager');
  notifications = [];
  alerts = [];
  shown = [];
  swingsSeen = 0;
  lastFailed = false;
  service = await Service.start();
  person = createServer((request, response) => void hear(request, response)).listen(0, '127.0.0.1');
  await once(person, 'listening');
  port = await freePort();
});

afterEach(async () => {
  await daemon?.stop(1000);
  await member?.stop();
  daemon = undefined;
  member = undefined;
  await service.stop();
  person.closeAllConnections();
  person.close();
  await once(person, 'close');
  folder.remove();
});

describeWithPeers(['prometheus-alertmanager'], 'the daemon with a real Alertmanager', () => {
  test('a hundred ups and downs are one page and one resolve, also where Alertmanager ends or dies in between', {
    timeout: 400_000,
  }, async () => {
    await startMember();
    daemon = await startFast();
    await until('probes go well', () => service.requests >= 10);
    const well = service.requests;
    service.answer = (request) => (isDown(request - well) ? 'ill' : 'well');

    await until('the page', () => notifications.length > 0, 120_000);
    await until('a third of the swings', () => service.requests - well >= probesOfSwings(33), 120_000);
    // Its log of what it has notified is on disk: a kill must not cost that, or Alertmanager itself would tell again.
    await until('Alertmanager has saved what it told', () => savedNotifications() > 0);
    await restart('SIGKILL');
    await until('a resend brought the alert back', async () => (await activeAlerts()) === 1, 60_000);

    await until('two thirds of the swings', () => service.requests - well >= probesOfSwings(66), 120_000);
    await restart('SIGTERM');
    await until('a resend brought the alert back', async () => (await activeAlerts()) === 1, 60_000);

    await until('all swings', () => service.requests - well >= probesOfSwings(swings), 120_000);
    expect(statuses()).toEqual(['firing']);
    await until('the resolve', () => statuses().includes('resolved'), 120_000);
    // Resolves are repeated as well: nobody hears of that.
    const told = await posts();
    await until('the resolve was told again', async () => (await posts()) >= told + 3);

    expect(statuses()).toEqual(['firing', 'resolved']);
    expect(new Set(notifications.map((one) => JSON.stringify(one.alerts[0]?.labels))).size).toBe(1);
    expect(notifications.map((one) => one.alerts.length)).toEqual([1, 1]);
    expect(notifications[0]?.alerts[0]?.labels).toMatchObject({ alertname: 'HolterIncident', service: 'ehr', endpoint: 'portal' });
    expect(notifications[1]?.alerts[0]?.annotations['state']).toBe('up');
    // It was one incident, and it did go up and down: as the probes saw it, and now and then as people were shown it.
    expect(alerts.filter((event) => event === 'opened' || event === 'reopened')).toEqual(['opened']);
    expect(alerts.filter((event) => event === 'resolved')).toHaveLength(1);
    expect(swingsSeen).toBeGreaterThanOrEqual(swings);
    expect(shown).toContain('intermittent');
    expect(shown.at(-1)).toBe('up');
  });

  test('what was opened and resolved while Alertmanager was away is told when it comes back', { timeout: 400_000 }, async () => {
    daemon = await startFast();
    await until('probes go well', () => service.requests >= 10);
    service.answer = (request) => (request % 2 === 0 ? 'ill' : 'well');
    await until('an alert is owed', () => alerts.includes('opened'), 120_000);
    await startMember();
    await until('the page', () => statuses().includes('firing'), 120_000);
    await member?.stop();
    service.answer = () => 'well';
    await until('the resolve is owed', () => alerts.includes('resolved'), 120_000);
    await startMember();
    await until('the resolve', () => statuses().includes('resolved'), 120_000);
    expect(statuses()).toEqual(['firing', 'resolved']);
  });
});

const swings = 100;
/** Every tenth swing is a longer outage with a longer recovery, the others are one failure and one success. */
const ten = `${'10'.repeat(9)}1111000`;

function isDown(probe: number): boolean {
  return probe >= 1 && probe <= probesOfSwings(swings) && ten[(probe - 1) % ten.length] === '1';
}

function probesOfSwings(amount: number): number {
  return Math.ceil((amount / 10) * ten.length);
}

/** The daemon in this process, over real HTTP on both sides. Its clock begins an hour ago, so that at its pace it stays behind the wall. */
async function startFast(): Promise<Daemon> {
  const file = join(folder.path, 'holter.yaml');
  writeFileSync(
    file,
    `
system: Peers
listen: 127.0.0.1:0
data: ${JSON.stringify(join(folder.path, 'data'))}
schedule: { every: 1s, timeout: 900ms }
paging: { false_pages: 1000 per year, grace: 2s }
services:
  ehr: { name: Electronic health records, endpoints: { portal: { probe: http, url: ${JSON.stringify(service.url)} } } }
receivers:
  everyone: { alertmanager: { urls: ["http://127.0.0.1:${port}"], resend: 5s, timeout: 2s } }
`,
  );
  const began = Date.now() - hourMs;
  const origin = performance.now();
  const started = await startDaemon({
    load: () => loadConfiguration([file]),
    clock: { monotonic: () => began + (performance.now() - origin) * pace, wall: () => Date.now() },
    timers: scaledTimers(systemTimers(), pace),
    log: silent,
    print: () => {},
    sinks: [{ accept: notice, close: async () => {} }],
  });
  if ('problems' in started) throw new Error(JSON.stringify(started.problems));
  return started;
}

function notice(event: Event): void {
  if (event.type === 'alert') alerts.push(event.alert.event);
  if (event.type === 'state') shown.push(event.to);
  if (event.type !== 'result') return;
  const failed = event.result.outcome === 'fail';
  if (lastFailed && !failed) swingsSeen += 1;
  lastFailed = failed;
}

async function startMember(): Promise<void> {
  const hook = `http://127.0.0.1:${(person.address() as AddressInfo).port}/`;
  const file = join(folder.path, 'am.yml');
  writeFileSync(
    file,
    `route: {receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers: [{name: hook, webhook_configs: [{url: '${hook}', send_resolved: true}]}]
`,
  );
  member = await startPeer({
    program: 'prometheus-alertmanager',
    args: [
      `--config.file=${file}`,
      `--storage.path=${storage()}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
      '--data.maintenance-interval=1s',
      '--log.level=warn',
    ],
    port,
  });
  // It listens before it can answer.
  await until('Alertmanager is ready', async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok);
}

/** Ends Alertmanager so, lets the daemon speak to nobody for a few rounds, and starts it again on what it has saved. */
async function restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  member?.signal(signal);
  await member?.stop();
  await pause(3000);
  await startMember();
}

const storage = (): string => join(folder.path, 'alertmanager');
const statuses = (): readonly string[] => notifications.map(({ status }) => status);

/** Bytes of the log of notifications that Alertmanager has written to disk. */
function savedNotifications(): number {
  return statSync(join(storage(), 'nflog'), { throwIfNoEntry: false })?.size ?? 0;
}

async function activeAlerts(): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v2/alerts?active=true`);
  return ((await answer.json()) as readonly unknown[]).length;
}

/** Resolved alerts that this Alertmanager was sent since it started. */
async function posts(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith('alertmanager_alerts_received_total{status="resolved",version="v2"}'));
  return Number(line?.split(' ').at(-1) ?? 0);
}

async function hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  try {
    for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  } catch {
    // Alertmanager was killed while it was telling: it tells again.
    return;
  }
  notifications.push(JSON.parse(text) as Notification);
  response.end();
}
