// What an endpoint weighs in the daemon, and what a scrape of many endpoints costs: 1,000 endpoints beside 5,000.
// Run: node tests/bench/scale.ts [--quick] [--rounds N] [--probes N] [--scrapes N] [--profile FOLDER]
import { parseArgs } from 'node:util';
import { type RunningDaemon, startDaemon } from './rig/installation.ts';
import { pause } from './rig/metered.ts';
import { atMost, isQuick, report } from './rig/report.ts';
import { startTarget } from './rig/target.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    rounds: { type: 'string', default: isQuick ? '1' : '2' },
    /** Of each endpoint, before anything is read. */
    probes: { type: 'string', default: isQuick ? '1' : '4' },
    scrapes: { type: 'string', default: isQuick ? '3' : '6' },
    /** Where to leave processor profiles of the daemons. */
    profile: { type: 'string' },
  },
});
const few = 1000;
const many = 5000;
const everySeconds = 30;
const rounds = Number(values.rounds);
const probes = Number(values.probes);
const scrapes = Number(values.scrapes);
/** Longer than a rendering is shared between scrapes. */
const betweenScrapesSeconds = 1.5;
const flags = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];

interface Weight {
  readonly rss: number;
  /** After a collection of garbage. */
  readonly rssCollected: number;
  readonly heap: number;
}

async function weigh({ process }: RunningDaemon): Promise<Weight> {
  const { rssBytes: rss } = await process.ask('read');
  const { rssBytes: rssCollected, heapBytes: heap } = await process.ask('collect');
  return { rss, rssCollected, heap };
}

/** Milliseconds of the whole answer, and the longest delay of the event loop in its time and in an equal time without a scrape. */
async function timeScrape(daemon: RunningDaemon) {
  const { process } = daemon;
  await pause(betweenScrapesSeconds);
  await process.ask('watch');
  const began = performance.now();
  const bytes = await daemon.scrape();
  const total = performance.now() - began;
  const { longestDelayMs: during } = await process.ask('watch');
  await pause(total / 1000);
  const { longestDelayMs: without } = await process.ask('read');
  return { total, during, without, bytes };
}

async function round(origin: string) {
  const small = await startDaemon({ endpoints: few, everySeconds, origin }, { flags });
  const large = await startDaemon({ endpoints: many, everySeconds, origin }, { flags });
  await pause(everySeconds * probes);
  // Dashboards scrape both while they run, and what that leaves behind belongs to their weight.
  for (const daemon of [small, large]) await daemon.scrape();
  const taken: Awaited<ReturnType<typeof timeScrape>>[] = [];
  for (let scrape = 0; scrape < scrapes; scrape += 1) taken.push(await timeScrape(large));
  const light = await weigh(small);
  const heavy = await weigh(large);
  await Promise.all([small.stop(), large.stop()]);
  const kilobytesEach = (member: keyof Weight) => (heavy[member] - light[member]) / (many - few) / 1024;
  return {
    taken,
    megabytes: heavy.rss / 1024 ** 2,
    rss: kilobytesEach('rss'),
    rssCollected: kilobytesEach('rssCollected'),
    heap: kilobytesEach('heap'),
  };
}

const target = await startTarget();
const done: Awaited<ReturnType<typeof round>>[] = [];
for (let index = 0; index < rounds; index += 1) done.push(await round(target.origin));
await target.stop();
const taken = done.flatMap((each) => each.taken);

report({
  bench: 'scale',
  method:
    `Two daemons with ${few} and ${many} http endpoints every ${everySeconds} s, read after ${probes} probes of each endpoint; ` +
    `${rounds} rounds, ${scrapes} scrapes of ${many} endpoints in each.`,
  figures: [
    { name: `resident memory of ${many} endpoints`, unit: 'MB', values: done.map((each) => each.megabytes) },
    { name: 'resident memory per endpoint', unit: 'KB', values: done.map((each) => each.rss), target: atMost(30) },
    { name: 'the same after a collection of garbage', unit: 'KB', values: done.map((each) => each.rssCollected) },
    { name: 'heap per endpoint after a collection', unit: 'KB', values: done.map((each) => each.heap) },
    { name: `/metrics with ${many} endpoints`, unit: 'ms', values: taken.map((scrape) => scrape.total), target: atMost(300) },
    { name: 'its size', unit: 'KB', values: taken.map((scrape) => scrape.bytes / 1024) },
    { name: 'longest block of the event loop meanwhile', unit: 'ms', values: taken.map((scrape) => scrape.during), target: atMost(50) },
    { name: 'the same without a scrape', unit: 'ms', values: taken.map((scrape) => scrape.without) },
  ],
});
