// The real Nagios Core over the same results: it starts and stops flapping, and calls a problem hard, when our copy of its rules does.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nagios, nagiosFlapping, StateHistory } from '#backtest/rules/nagios.ts';
import { until } from '../e2e/holter.ts';
import { describeWithPeers, type RunningPeer, startPeer, temporaryFolder } from '../support/peers.ts';

const amount = 1500;
const folder = temporaryFolder('nagios');
const log = join(folder.path, 'var/nagios.log');
const pipe = join(folder.path, 'rw/nagios.cmd');
let running: RunningPeer | undefined;

/** Stretches of sixty checks that fail seldom, now and then, often, hardly ever, nearly always. */
function results(): string {
  let state = 7;
  const next = () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return (state / 65536) % 100;
  };
  return Array.from({ length: amount }, (_, i) => Number(next() < ([2, 30, 60, 5, 90][Math.floor(i / 60) % 5] ?? 0))).join('');
}

const outcomes = results();

const at = (path: string) => join(folder.path, path);

/** As its sample configuration has it, but for checks of its own: results come through the pipe. */
function configuration(): string {
  const files = {
    log_file: log,
    cfg_file: at('objects.cfg'),
    object_cache_file: at('var/objects.cache'),
    status_file: at('var/status.dat'),
    state_retention_file: at('var/retention.dat'),
    temp_file: at('var/tmp'),
    temp_path: at('var'),
    check_result_path: at('spool'),
    command_file: pipe,
    query_socket: at('rw/nagios.qh'),
    lock_file: at('var/nagios.pid'),
  };
  const on = ['check_external_commands', 'accept_passive_service_checks', 'log_passive_checks', 'enable_flap_detection'];
  const off = [
    'execute_service_checks',
    'execute_host_checks',
    'enable_notifications',
    'enable_event_handlers',
    'retain_state_information',
  ];
  const others = { check_for_updates: 0, use_syslog: 0, event_broker_options: 0, log_external_commands: 0 };
  const thresholds = {
    low_service_flap_threshold: '5.0',
    high_service_flap_threshold: '20.0',
    nagios_user: 'nagios',
    nagios_group: 'nagios',
  };
  const lines = {
    ...files,
    ...Object.fromEntries(on.map((key) => [key, 1])),
    ...Object.fromEntries(off.map((key) => [key, 0])),
    ...others,
    ...thresholds,
  };
  return Object.entries(lines)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function define(kind: string, members: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(members).map(([key, value]) => ` ${key} ${value}\n`);
  return `define ${kind} {\n${lines.join('')}}\n`;
}

function service(attempts: number): string {
  const always = { check_period: 'always', notification_period: 'always', contacts: 'none' };
  const intervals = { check_interval: 1, retry_interval: 1, notification_interval: 60 };
  return define('service', {
    host_name: 'h',
    service_description: `s${attempts}`,
    check_command: 'none',
    max_check_attempts: attempts,
    active_checks_enabled: 0,
    passive_checks_enabled: 1,
    flap_detection_enabled: 1,
    ...intervals,
    ...always,
  });
}

function objects(): string {
  const commands = { host_notification_commands: 'none', service_notification_commands: 'none' };
  const periods = { host_notification_period: 'always', service_notification_period: 'always' };
  return [
    define('command', { command_name: 'none', command_line: '/bin/true' }),
    define('timeperiod', { timeperiod_name: 'always', alias: 'always', monday: '00:00-24:00' }),
    define('contact', { contact_name: 'none', ...periods, ...commands }),
    define('host', { host_name: 'h', address: '127.0.0.1', max_check_attempts: 1, contacts: 'none', active_checks_enabled: 0 }),
    service(1),
    service(3),
  ].join('');
}

async function playAll(): Promise<void> {
  for (const name of ['var', 'spool', 'rw']) mkdirSync(join(folder.path, name));
  writeFileSync(join(folder.path, 'nagios.cfg'), configuration());
  writeFileSync(join(folder.path, 'objects.cfg'), objects());
  execFileSync('chown', ['-R', 'nagios:nagios', folder.path]);
  running = await startPeer({
    program: 'nagios4',
    args: [join(folder.path, 'nagios.cfg')],
    says: /Successfully launched command file worker/,
  });
  await until('the pipe is there', () => existsSync(pipe));
  const start = Math.floor(Date.now() / 1000);
  const line = (code: string, i: number, attempts: number) =>
    `[${start + i * 60}] PROCESS_SERVICE_CHECK_RESULT;h;s${attempts};${code === '1' ? 2 : 0};r${i}\n`;
  const commands = join(folder.path, 'commands');
  writeFileSync(
    commands,
    outcomes
      .split('')
      .map((code, i) => line(code, i, 1) + line(code, i, 3))
      .join(''),
  );
  // A pipe blocks who writes until it is read: a program that can be ended does it.
  execFileSync('dd', [`if=${commands}`, `of=${pipe}`, 'conv=notrunc', 'status=none'], { timeout: 30_000 });
  await until('the last result is in the log', () =>
    readFileSync(log, 'utf8').includes(`;s3;${outcomes.endsWith('1') ? 2 : 0};r${amount - 1}\n`),
  );
  await running.stop();
}

/** `STARTED 23.6`: in the order of the log, which does not say by which result. */
function theirFlapping(attempts: number): readonly string[] {
  const alert = new RegExp(`SERVICE FLAPPING ALERT: h;s${attempts};(\\w+);.*?\\(([\\d.]+)%`, 'g');
  return [...readFileSync(log, 'utf8').matchAll(alert)].map(([, what, percent]) => `${what} ${percent}`);
}

describeWithPeers(['nagios4'], 'rules of Nagios Core', () => {
  beforeAll(playAll, 90_000);

  afterAll(async () => {
    await running?.stop();
    folder.remove();
  });

  test('flapping starts and stops at the same changes, to the tenth of a percent', () => {
    const watcher = nagiosFlapping().start(60_000);
    const history = new StateHistory();
    const ours: string[] = [];
    let firing = false;
    for (const code of outcomes) {
      history.record(code === '1');
      const fires = watcher.observe(code === '1');
      if (fires !== firing) ours.push(`${fires ? 'STARTED' : 'STOPPED'} ${history.percentChange().toFixed(1)}`);
      firing = fires;
    }
    expect(ours).toEqual(theirFlapping(1));
    expect(ours.length).toBeGreaterThan(10);
  });

  test('a problem is hard at the same results, and the rule fires then and while it flaps', () => {
    const hard = new Set([...readFileSync(log, 'utf8').matchAll(/SERVICE ALERT: h;s3;CRITICAL;HARD;3;r(\d+)/g)].map(([, i]) => Number(i)));
    const watcher = nagios().start(60_000);
    const history = new StateHistory();
    const flapping: string[] = [];
    let [flaps, isHard] = [false, false];
    for (const [i, code] of outcomes.split('').entries()) {
      isHard = hard.has(i) || (isHard && code === '1');
      if (code === '0' || isHard) history.record(code === '1');
      const change = history.percentChange();
      const before = flaps;
      flaps = change >= 20 || (flaps && change > 5);
      if (flaps !== before) flapping.push(`${flaps ? 'STARTED' : 'STOPPED'} ${change.toFixed(1)}`);
      expect(watcher.observe(code === '1'), `result ${i}`).toBe(isHard || flaps);
    }
    expect(flapping).toEqual(theirFlapping(3));
    expect(hard.size).toBeGreaterThan(20);
  });
});
