// `kill -9` ten times at random moments of an open incident, the receiver down half of the time: every alert that was owed arrives.
import { expect, test } from 'vitest';
import { systemClock } from '#schedule/clock.ts';
import { openStore } from '#sinks/store/store.ts';
import { Holter, Pager, pause, Service, scratch, until } from './holter.ts';

const kills = 10;
/** Printed by a failing run; set it to run the same moments again. */
const seed = Number(process.env['HOLTER_TEST_SEED'] ?? Date.now() % 1_000_000);
const told = new Set(['opened', 'worsened', 'reopened', 'resolved', 'reminder']);
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, isDebug: () => false };

test(`nothing that was owed is lost over ${kills} kills (seed ${seed})`, { timeout: 240_000 }, async () => {
  const files = scratch();
  const service = await Service.start();
  const pager = await Pager.start();
  const random = lehmer(seed);
  // Down half of the time, by turns of half a second.
  pager.isUp = () => Math.floor(Date.now() / 500) % 2 === 0;
  const configure = (name: string): string =>
    files.write(
      'holter.yaml',
      `
system: Killed
listen: 127.0.0.1:0
data: ${JSON.stringify(files.path('data'))}
paging: { false_pages: 1000 per year, grace: 2s }
services:
  ehr: { endpoints: { ${name}: { probe: http, url: ${JSON.stringify(service.url)}, every: 1s, timeout: 500ms } } }
  lab: { endpoints: { ${name}: { probe: http, url: ${JSON.stringify(service.url)}, every: 1s, timeout: 500ms } } }
receivers:
  pager: { webhook: { url: ${JSON.stringify(pager.url)} } }
`,
    );
  const config = configure('portal');
  try {
    for (let round = 0; round < kills; round += 1) {
      const daemon = new Holter(['run', '-c', config]);
      await daemon.url();
      // Some rounds well, most of them ill: incidents open, worsen and sometimes close.
      service.answer = round % 4 === 3 ? () => 'well' : (request) => (request % 3 === 0 ? 'well' : 'ill');
      await pause(1000 + random() * 4000);
      daemon.kill('SIGKILL');
      expect((await daemon.end()).signal).toBe('SIGKILL');
    }
    pager.isUp = () => true;
    service.answer = () => 'well';
    const last = new Holter(['run', '-c', config]);
    const url = await last.url();
    // At one probe a second the proof of recovery takes over an hour; endpoints that leave the configuration end their incidents at once.
    configure('gate');
    last.kill('SIGHUP');
    await until('no incident is open', async () => openIncidents(url).then((open) => open === 0));
    await until('nothing is owed any more', async () => owed(url).then((length) => length === 0));
    last.kill('SIGTERM');
    expect((await last.end()).code).toBe(0);

    const wanted = wantedAlerts(files.path('data'));
    const arrived = new Set(pager.received.map((one) => one.id));
    expect(wanted.length).toBeGreaterThanOrEqual(4);
    expect([...arrived].toSorted()).toEqual(wanted.toSorted());
    // One message id an alert, on every try.
    expect(new Set(pager.received.map((one) => one.message)).size).toBe(arrived.size);
  } finally {
    await service.stop();
    await pager.stop();
    files.clean();
  }
});

/** The ids of all events in the store that a receiver must hear of. */
function wantedAlerts(folder: string): string[] {
  const clock = systemClock();
  const day = 86_400_000;
  const store = openStore(folder, { clock, log: silent, vantage: 'test', retention: { results: day, hourly: day } });
  try {
    const { incidents } = store.incidents({ limit: 100 });
    return incidents.flatMap((incident) =>
      store
        .course(incident.id)
        .filter((event) => told.has(event.kind))
        .map((event) => event.id),
    );
  } finally {
    store.close();
  }
}

async function openIncidents(url: string): Promise<number> {
  const { incidents } = (await (await fetch(new URL('/api/v1/incidents', url))).json()) as {
    readonly incidents: readonly { readonly state: string }[];
  };
  return incidents.filter((incident) => incident.state === 'open').length;
}

async function owed(url: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  const line = text.split('\n').find((one) => one.startsWith('holter_alert_queue_length{')) ?? '';
  return Number(line.split(' ').at(-1));
}

/** Lehmer's generator (Park and Miller 1988): uniform in (0, 1), the same for the same seed. */
function lehmer(start: number): () => number {
  let state = (start % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
