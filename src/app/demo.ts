// `holter demo`: a few services on loopback, the daemon watching them, one of them made to fail now and then. The daemon is the very one of
// `holter run`; only its clock runs faster, so that half an hour of watching takes a minute.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPlan } from '#config/load.ts';
import { patient, startWorld, type World } from '#demo/world.ts';
import { HolterError } from '#model/error.ts';
import type { Event, Sink } from '#model/event.ts';
import type { Log } from '#model/log.ts';
import { systemClock, systemTimers } from '#schedule/clock.ts';
import { cronRules } from '#schedule/cron.ts';
import { formatProblem } from '#schema/problem.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { demoConfiguration, oneFile } from './democonfig.ts';
import { kinds } from './kinds.ts';

export interface DemoOptions {
  /** Seconds until the fault begins; Infinity: only when somebody asks for it. */
  readonly breakAfterS: number;
  /** Seconds until it is mended; counted from the start. Infinity: only when somebody asks for it. */
  readonly mendAfterS: number;
  /** Share of transactions that fail, 0 to 1. */
  readonly share: number;
  /** host:port of pages, API and metrics. */
  readonly listen: string;
  /** A webhook that shall hear of it as well. */
  readonly webhook?: string;
  readonly log: Log;
  readonly print: (text: string) => void;
}

export interface Demo {
  readonly url: string;
  /** Begins the fault, or mends it. */
  toggle(): void;
  /** What was seen: notices by kind, probes of the broken endpoint. */
  end(): Promise<void>;
}

/** The daemon's seconds for one of ours: `every: 30s` is probed once a second. */
export const pace = 30;

/** Starts the far ends, the daemon and the story. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'holter-demo-'));
  const world = await startWorld({ repeat, random: Math.random });
  const story = new Story(options, world);
  try {
    const daemon = await watch(options, world, folder, story);
    story.begin(daemon);
    return {
      url: daemon.url,
      toggle: () => story.toggle(),
      async end() {
        await story.close();
        await daemon.stop(1000);
        await world.close();
        await rm(folder, { recursive: true, force: true });
        story.sum();
      },
    };
  } catch (error) {
    await world.close();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function watch(options: DemoOptions, world: World, folder: string, story: Sink): Promise<Daemon> {
  const text = demoConfiguration(world.endpoints, {
    listen: options.listen,
    data: folder,
    ...(options.webhook !== undefined && { webhook: options.webhook }),
  });
  const daemon = await startDaemon({
    load: () => loadPlan(['demo.yaml'], { catalog: kinds, hostname: 'demo', environment: {}, files: oneFile(text), ...cronRules }),
    clock: systemClock(),
    timers: systemTimers(),
    pace,
    log: options.log,
    print: options.print,
    sinks: [story],
  });
  if ('problems' in daemon)
    throw new HolterError('demo', `the demo cannot start: ${daemon.problems.map(formatProblem).join('; ')}`, { retryable: false });
  return daemon;
}

function repeat(ms: number, beat: () => void): { stop(): void } {
  const timer = setInterval(beat, ms);
  return { stop: () => clearInterval(timer) };
}

/** Tells what happens, as it happens. */
class Story implements Sink {
  readonly #options: DemoOptions;
  readonly #world: World;
  readonly #began = performance.now();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #notices = new Map<string, number>();
  #daemon: Daemon | undefined;
  #broken = false;
  #probes = 0;
  #failures = 0;
  #sinceMend = 0;
  #open = false;

  constructor(options: DemoOptions, world: World) {
    this.#options = options;
    this.#world = world;
  }

  begin(daemon: Daemon): void {
    this.#daemon = daemon;
    const { breakAfterS, mendAfterS } = this.#options;
    this.#at(breakAfterS, () => !this.#broken && this.toggle());
    this.#at(mendAfterS, () => this.#broken && this.toggle());
  }

  toggle(): void {
    this.#broken = !this.#broken;
    this.#world.fail(patient, this.#broken ? this.#options.share : 0);
    this.#probes = 0;
    this.#failures = 0;
    this.#sinceMend = 0;
    if (this.#broken) {
      this.#tell(
        `From now on ${Math.round(this.#options.share * 100)} % of what ${patient} is asked fails. It is not down: most probes go well.`,
      );
      this.#tell('A check that wants three failures in a row would stay silent. Watch the evidence add up:');
    } else this.#tell(`${patient} is mended. The incident stays open until it is proven steady:`);
  }

  accept(event: Event): void {
    if (event.type === 'result' && event.result.endpoint === patient)
      this.#probe(event.result.outcome === 'fail' ? event.result.reason : '');
    else if (event.type === 'incident') this.#incident(event.kind, event.incident.endpoint.id);
    else if (event.type === 'alert') this.#notices.set(event.alert.event, (this.#notices.get(event.alert.event) ?? 0) + 1);
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  sum(): void {
    const notices = [...this.#notices].map(([event, amount]) => `${amount} ${event}`);
    this.#options.print(`\nThe demo is over. Notices sent in all: ${notices.length > 0 ? notices.join(', ') : 'none'}.`);
  }

  #probe(reason: string): void {
    if (this.#broken) {
      this.#probes += 1;
      if (reason === '') return;
      this.#failures += 1;
      if (!this.#open)
        this.#tell(
          `probe ${this.#probes} failed (${reason}): ${this.#failures} of ${this.#probes} so far; evidence at ${this.#evidence()} of what a page needs`,
        );
    } else if (this.#open) {
      this.#sinceMend += 1;
      if (this.#sinceMend % 10 === 0) this.#tell(`${this.#sinceMend} probes in a row went well`);
    }
  }

  #incident(kind: string, endpoint: string): void {
    if (kind === 'opened' || kind === 'reopened') {
      this.#open = true;
      this.#tell(`${endpoint} has failed too often for chance: one page goes out, after ${this.#probes} probes.`);
    } else if (kind === 'resolved') {
      this.#open = false;
      this.#tell(
        `${endpoint} is steady again: the incident is resolved, after ${this.#sinceMend} probes without a failure. Ctrl-C ends the demo, b breaks it again.`,
      );
    }
  }

  #evidence(): string {
    const ratio = this.#daemon?.verdict(patient)?.evidenceRatio ?? 0;
    return ratio < 0.001 ? 'under 0.1 %' : `${(ratio * 100).toFixed(ratio < 0.1 ? 1 : 0)} %`;
  }

  #tell(text: string): void {
    const seconds = Math.round((performance.now() - this.#began) / 1000);
    this.#options.print(`${String(seconds).padStart(4)} s  ${text}`);
  }

  #at(seconds: number, act: () => void): void {
    if (Number.isFinite(seconds)) this.#timers.push(setTimeout(act, seconds * 1000));
  }
}
