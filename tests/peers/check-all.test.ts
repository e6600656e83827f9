// `holter check` over many real servers with one configuration: all well, then each ill in a way of its own, told apart.
// One more server is one more trial in the list.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holter } from '../e2e/holter.ts';
import { describeWithPeers, temporaryFolder } from '../support/peers.ts';
import { kamailio, slapd, turnserver, websockets } from './all/access.ts';
import { dcmqrscp, orthanc, storescp, wlmscpfs } from './all/dicom.ts';
import { hl7, oidcProvider, postfix } from './all/messages.ts';
import { bind, chrony, coturn, programs } from './all/network.ts';
import { claims, payments, prescriptions } from './all/pharmacy.ts';
import { fhirWorks } from './all/records.ts';
import { configurationOf, type EndpointTrial, Place, type Running, type Trial } from './all/trial.ts';
import { haproxy, nginx, nginxFor } from './all/web.ts';

const trials: readonly Trial[] = [
  storescp,
  dcmqrscp,
  wlmscpfs,
  orthanc,
  hl7,
  postfix,
  oidcProvider,
  fhirWorks,
  nginx,
  haproxy,
  coturn,
  bind,
  chrony,
  programs,
  slapd,
  turnserver,
  websockets,
  kamailio,
  payments,
  claims,
  prescriptions,
];

interface Report {
  readonly state: string;
  readonly endpoints: readonly { readonly endpoint: string; readonly state: string; readonly reason: string; readonly message: string }[];
}

describeWithPeers([...new Set(trials.flatMap((trial) => trial.programs))], 'holter check over everything at once', () => {
  const folder = temporaryFolder('check-all');
  const place = new Place(folder.path);
  let running: readonly Running[] = [];
  let endpoints: readonly (readonly [string, EndpointTrial])[] = [];
  beforeAll(async () => {
    const started = await Promise.allSettled(trials.map((trial) => trial.start(place)));
    running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = started.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    endpoints = running.flatMap((one) => Object.entries(one.endpoints));
  }, 120_000);
  afterAll(async () => {
    await Promise.all(running.map((one) => one.stop()));
    folder.remove();
  }, 60_000);

  const write = (state: 'well' | 'ill') =>
    place.write(`${state}.yaml`, configurationOf(Object.fromEntries(endpoints.map(([name, trial]) => [name, trial[state] ?? trial.well]))));

  test('everything is well: status 0', { timeout: 60_000 }, async () => {
    const { code, stderr, state, told } = await check(write('well'));
    expect(told).toEqual(Object.fromEntries(endpoints.map(([name]) => [name, 'ok'])));
    expect({ code, stderr, state }).toEqual({ code: 0, stderr: '', state: 'up' });
  });

  test('a name that the configuration does not have: status 3', { timeout: 60_000 }, async () => {
    const { code, stderr } = await check(write('well'), '--endpoint', 'orthank');
    expect(code).toBe(3);
    expect(stderr).toContain('orthanc');
  });

  test('a certificate that ends in ten days: status 1', { timeout: 60_000 }, async () => {
    const elsewhere = temporaryFolder('check-renewal');
    const renewal = await nginxFor(10).start(new Place(elsewhere.path));
    const { handshake, portal } = renewal.endpoints;
    const due = configurationOf({ handshake: handshake?.well ?? {}, portal: portal?.well ?? {} });
    const { code, state } = await check(place.write('renewal.yaml', due));
    await renewal.stop();
    elsewhere.remove();
    expect({ code, state }).toEqual({ code: 1, state: 'warning' });
  });

  test('each ill in its own way: status 2, and every one told apart', { timeout: 120_000 }, async () => {
    await Promise.all(running.map(async (one) => one.makeIll?.()));
    const { code, stderr, state, told } = await check(write('ill'));
    for (const [name, trial] of endpoints) expect(told[name], name).toMatch(trial.tells);
    const { balanced: _, ...certain } = told;
    expect(new Set(Object.values(certain)).size).toBe(Object.keys(certain).length);
    expect({ code, stderr, state }).toEqual({ code: 2, stderr: '', state: 'down' });
  });

  test('one of three members is broken: about a third of the checks find it', { timeout: 120_000 }, async () => {
    const codes: (number | null)[] = [];
    for (let time = 0; time < 9; time += 1) codes.push((await check(write('ill'), '--endpoint', 'balanced')).code);
    const failures = codes.filter((code) => code === 2).length;
    expect(failures + codes.filter((code) => code === 0).length).toBe(9);
    // The balancer takes them in turns; what else asked it meanwhile moves the turn by one.
    expect(failures).toBeGreaterThanOrEqual(2);
    expect(failures).toBeLessThanOrEqual(4);
  });
});

/** One run of the command: what it said of each endpoint, and how it ended. */
async function check(file: string, ...more: readonly string[]) {
  const ended = await holter(['check', '-c', file, '--format', 'json', ...more]);
  const report = (ended.stdout === '' ? { state: '', endpoints: [] } : JSON.parse(ended.stdout)) as Report;
  return { ...ended, state: report.state, told: Object.fromEntries(report.endpoints.map((one) => [one.endpoint, sentence(one)])) };
}

function sentence({ state, reason, message }: Report['endpoints'][number]): string {
  return state === 'up' ? 'ok' : `${reason}: ${message}`;
}
