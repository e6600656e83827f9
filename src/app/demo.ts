// `holter demo`: the health system of config/holter.yaml on loopback, trouble that befalls it, and the daemon watching. The daemon is the
// very one of `holter run`, and the configuration the very file; only the far ends are simulated, and the clock runs faster.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPlan } from '#config/load.ts';
import { type Files, localFiles } from '#config/read.ts';
import { Course } from '#demo/course.ts';
import { Director } from '#demo/director.ts';
import { Narrator, type Tell } from '#demo/narrator.ts';
import { placesOf } from '#demo/places.ts';
import type { Scenario } from '#demo/scenarios.ts';
import { startWorld, type World } from '#demo/world.ts';
import { HolterError } from '#model/error.ts';
import type { Log } from '#model/log.ts';
import type { Plan } from '#model/plan.ts';
import { minuteMs, secondMs } from '#model/time.ts';
import { createProber } from '#prober/attempt.ts';
import { systemClock, systemTimers } from '#schedule/clock.ts';
import { cronRules } from '#schedule/cron.ts';
import { formatProblem, type Problem } from '#schema/problem.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { kinds } from './kinds.ts';
import { redirect } from './redirect.ts';
import { agent } from './version.ts';

export type { Tone } from '#demo/narrator.ts';
export { type Scenario, scenarios } from '#demo/scenarios.ts';

export interface DemoOptions {
  readonly scenario: Scenario;
  /** How much faster than life. Left out: `standardPace`, or what this machine can keep up with. */
  readonly pace?: number;
  /** The same seed throws the same dice. */
  readonly seed: number;
  /** host:port of pages, API and metrics. */
  readonly listen: string;
  /** A webhook that shall hear of it as well. */
  readonly webhook?: string;
  readonly log: Log;
  readonly tell: Tell;
}

export interface Demo {
  readonly url: string;
  readonly pace: number;
  readonly endpoints: number;
  readonly services: number;
  /** Breaks it, or mends it. */
  toggle(): void;
  /** Says what it came to so far. */
  sum(): void;
  end(): Promise<void>;
}

/** The whole story in about three minutes. */
export const standardPace = 30;

/** The configuration of the demo, beside the sources as beside the compiled program. */
export const demoFile = fileURLToPath(new URL('../../config/holter.yaml', import.meta.url));

/** The plan of that file as it stands, but for where it listens and where it keeps its store. */
export async function loadDemoPlan(settings: { readonly listen: string; readonly data: string }): Promise<Plan> {
  const secrets = { environment: anyVariable, files: anySecretFile };
  const outcome = await loadPlan([demoFile], { catalog: kinds, hostname: 'demo', ...secrets, ...cronRules, ...settings });
  if ('problems' in outcome) throw cannotStart(outcome.problems);
  return outcome.plan;
}

/** Starts the far ends, the daemon and the story. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'holter-demo-'));
  let world: World | undefined;
  const clean = async () => {
    await world?.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const plan = await loadDemoPlan({ listen: options.listen, data: folder });
    world = await startWorld(plan.endpoints);
    return await tellStory(options, { plan, world, clean });
  } catch (error) {
    await clean();
    throw error;
  }
}

interface Stage {
  readonly plan: Plan;
  readonly world: World;
  readonly clean: () => Promise<void>;
}

/** How often the narrator looks at the clock. */
const lookMs = 200;

async function tellStory(options: DemoOptions, { plan, world, clean }: Stage): Promise<Demo> {
  const { scenario, seed, log, tell, webhook } = options;
  const led = (pace: number) => redirect(plan, { options: (id) => world.options(id), pace, ...(webhook !== undefined && { webhook }) });
  const possible = await rehearse(led(1));
  const pace = options.pace ?? Math.min(standardPace, possible);
  const redirected = led(pace);
  const clock = systemClock();
  const began = clock.monotonic();
  const now = () => ((clock.monotonic() - began) * pace) / minuteMs;
  const places = placesOf(plan);
  const course = new Course(scenario, seed);
  const narrator = new Narrator({ places, course, now, every: linesEvery(pace), tell });
  const director = new Director({ plan, places, course, world, began });
  const daemon = await watch(redirected, { clock, pace, log, print: (text) => narrator.page(text), sinks: [narrator, director] });
  const looking = setInterval(() => narrator.look(), lookMs);
  return {
    url: daemon.url,
    pace,
    endpoints: plan.endpoints.length,
    services: plan.services.length,
    toggle() {
      course.toggle(now());
      director.settleAll(now());
      narrator.look();
    },
    sum: () => narrator.sum(),
    async end() {
      clearInterval(looking);
      await daemon.stop(secondMs);
      await clean();
    },
  };
}

async function watch(plan: Plan, options: Omit<Parameters<typeof startDaemon>[0], 'load' | 'timers'>): Promise<Daemon> {
  const daemon = await startDaemon({ ...options, load: () => Promise.resolve({ plan }), timers: systemTimers() });
  if ('problems' in daemon) throw cannotStart(daemon.problems);
  return daemon;
}

const rehearsalTimeoutMs = 10 * secondMs;
/** Share of its time that this process may spend on probing: on a busy machine answers else come too late, and nobody but we are to blame. */
const mostLoad = 0.5;
const leastPace = 15;

/**
 * Probes every far end three times, one after the other: whoever is ill before the story begins is no part of it, and what has run once runs
 * faster. Gives the pace that this machine can keep up with, by the better time of the last two rounds.
 */
async function rehearse(plan: Plan): Promise<number> {
  await probeAll(plan);
  const each = Math.min(await probeAll(plan), await probeAll(plan)) / plan.endpoints.length;
  const perMs = plan.endpoints.reduce((rate, { timing }) => rate + 1 / timing.interval, 0);
  return Math.max(leastPace, Math.floor(mostLoad / (each * perMs)));
}

/** One round, and how long it took, in milliseconds. */
async function probeAll(plan: Plan): Promise<number> {
  const began = performance.now();
  const prober = createProber({ clock: systemClock(), vantage: plan.vantage, agent });
  for (const endpoint of plan.endpoints) {
    const kind = kinds.probes.get(endpoint.kind);
    if (kind === undefined) continue;
    const result = await prober.attempt({ ...endpoint, timeout: rehearsalTimeoutMs }, kind, 0);
    if (result.outcome === 'ok') continue;
    const message = `the demo cannot start: the far end of ${endpoint.id} is not well: ${result.reason}, ${result.message}`;
    throw new HolterError('demo', message, { retryable: true });
  }
  return performance.now() - began;
}

/** Minutes of the daemon's time: a line about every six seconds of ours, and at life's own speed one a minute. */
function linesEvery(pace: number): number {
  return Math.max(1, pace / 10);
}

/** Whatever secret the file asks for: far ends on loopback take any, and nobody's own is read. */
const madeUp = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const anyVariable = new Proxy<Record<string, string>>({}, { get: () => madeUp });
const anySecretFile: Files = {
  look: (path) => (path === demoFile ? localFiles.look(path) : Promise.resolve({ size: madeUp.length })),
  read: (path, most) => (path === demoFile ? localFiles.read(path, most) : Promise.resolve(Buffer.from(madeUp))),
};

function cannotStart(problems: readonly Problem[]): HolterError {
  return new HolterError('demo', `the demo cannot start: ${problems.map(formatProblem).join('; ')}`, { retryable: false });
}
