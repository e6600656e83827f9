// The daemon: every room at work together, from the schedule to the page. Time is handed in, so that the demo and tests run the same code.
import type { PlanOutcome } from '#config/plan.ts';
import { openIncidents, verdictOf } from '#core/engine.ts';
import { figuresOf } from '#core/figures.ts';
import { savedIds } from '#core/state.ts';
import type { EndpointId } from '#model/endpoint.ts';
import type { Sink } from '#model/event.ts';
import type { Log } from '#model/log.ts';
import type { Plan } from '#model/plan.ts';
import { type Clock, type EpochMs, secondMs, type Timers } from '#model/time.ts';
import type { Verdict } from '#model/verdict.ts';
import { readSelfwatch } from '#prober/selfwatch.ts';
import { scaledClock, scaledTimers, watchClock } from '#schedule/clock.ts';
import { createScheduler, type Scheduler } from '#schedule/scheduler.ts';
import { maintenanceWindows } from '#schedule/windows.ts';
import { formatProblem, type Problem } from '#schema/problem.ts';
import { Metrics } from '#sinks/metrics/metrics.ts';
import { createDelivery } from '#sinks/receivers/delivery.ts';
import { Board } from '#sinks/status/board.ts';
import type { ReloadOutcome } from '#sinks/status/contract.ts';
import { openStatusServer, type StatusServer } from '#sinks/status/server.ts';
import { openStore } from '#sinks/store/store.ts';
import { explainDesk } from './explain/desk.ts';
import { lookFirst } from './firstlook.ts';
import { kinds, openReceivers } from './kinds.ts';
import { createLogSink } from './logsink.ts';
import { Lookout } from './lookout.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import { readinessOf, sizeOf } from './readiness.ts';
import { changedFixed, keepFixed, located } from './reload.ts';
import { version } from './version.ts';

export interface DaemonOptions {
  /** Reads the configuration: at the start and at every reload. */
  readonly load: () => Promise<PlanOutcome>;
  readonly clock: Clock;
  readonly timers: Timers;
  /** How much faster than `clock` the daemon lives: intervals, grace, patterns and closing rules all together. Default 1. */
  readonly pace?: number;
  readonly log: Log;
  /** Where the `log` receiver writes. */
  readonly print: (text: string) => void;
  /** Further sinks, told after the daemon's own. */
  readonly sinks?: readonly Sink[];
}

export interface Daemon {
  /** Where it listens: `http://127.0.0.1:9715`. */
  readonly url: string;
  /** Atomic: a bad configuration keeps the old plan. Never throws. */
  reload(): Promise<ReloadOutcome>;
  /** What is believed of an endpoint now. */
  verdict(id: EndpointId): Verdict | undefined;
  /** Lets what is under way end for `graceMs`, saves everything, closes everything. */
  stop(graceMs: number): Promise<void>;
}

/** How often time is told to the engine, batches are written, windows are looked at. */
const beatMs = secondMs;
/** Every endpoint's state is saved within so many beats. */
const snapshotBeats = 60;

/** Starts everything, or lists what is wrong with the configuration. Throws HolterError when the address or the store is taken. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon | { readonly problems: readonly Problem[] }> {
  const outcome = await options.load();
  if ('problems' in outcome) return outcome;
  const daemon = new Running(options, outcome.plan);
  try {
    await daemon.start();
  } catch (error) {
    await daemon.abandon();
    throw error;
  }
  return daemon;
}

class Running implements Daemon {
  url = '';
  readonly #options: DaemonOptions;
  readonly #store;
  readonly #delivery;
  readonly #metrics: Metrics;
  readonly #board: Board;
  readonly #pipeline: Pipeline;
  readonly #scheduler: Scheduler;
  readonly #lookout: Lookout;
  readonly #clockWatch;
  /** The clock that everything but the watch over the clock itself lives by. */
  readonly #clock: Clock;
  #plan: Plan;
  #windows;
  #server: StatusServer | undefined;
  #cancelBeat = (): void => {};
  #reloading: Promise<ReloadOutcome> | undefined;

  constructor(options: DaemonOptions, plan: Plan) {
    const { log, print, pace = 1 } = options;
    const clock = scaledClock(options.clock, pace);
    const house = { clock, timers: scaledTimers(options.timers, pace), log };
    this.#clock = clock;
    this.#options = options;
    this.#plan = plan;
    this.#store = openStore(plan.data, { clock, log, vantage: plan.vantage, retention: plan.retention });
    this.#delivery = createDelivery({
      ...house,
      outbox: this.#store.outbox,
      random: Math.random,
      print,
      onOutcome: (receiver, event, sent) => this.#metrics.alertSent(receiver, event, sent),
    });
    const open = () => openIncidents(this.#pipeline.engine, this.#pipeline.state);
    this.#metrics = new Metrics({
      plan,
      kinds: [...kinds.probes.values()],
      clock,
      build: { version, nodeVersion: process.versions.node },
      sources: {
        figures: (id) => figuresOf(this.#pipeline.engine, this.#pipeline.state, id),
        openIncidents: open,
        queues: () => this.#delivery.queues(),
        store: () => this.#store.figures(),
        prober: readSelfwatch,
        vantage: () => this.#lookout.figures,
      },
    });
    this.#board = new Board({ plan, verdict: (id) => this.verdict(id), openIncidents: open, vantage: () => this.#lookout.view });
    this.#pipeline = createPipeline({
      plan,
      journal: this.#store,
      sinks: [this.#metrics, this.#board, createLogSink(log), ...(options.sinks ?? [])],
      onAlerts: () => this.#delivery.wake(),
      onPause: (endpoint, until) => this.#scheduler.pause(endpoint, until),
      onProbeWanted: (endpoint, notBefore) => this.#scheduler.reprobe(endpoint, notBefore),
    });
    this.#lookout = new Lookout({
      ...house,
      plan,
      farClock: options.clock,
      farTimers: options.timers,
      feed: (results) => this.#pipeline.feedResults(results),
      onState: (input) => this.#pipeline.feed(input),
    });
    this.#scheduler = createScheduler({
      ...house,
      start: (endpoint, scheduledAt, signal) => this.#lookout.attempt(endpoint, scheduledAt, signal),
      onLag: (lag) => this.#metrics.scheduleLag(lag),
      onSkip: (_endpoint, ticks) => this.#metrics.scheduleSkipped(ticks),
      onExtra: (outcome) => this.#metrics.reprobe(outcome),
      seed: plan.vantage,
    });
    this.#windows = maintenanceWindows(plan);
    this.#clockWatch = watchClock(options.clock, beatMs);
  }

  async start(): Promise<void> {
    this.#server = await openStatusServer(this.#serverOptions());
    this.url = this.#server.url;
    this.#plan = located(this.#plan, this.url);
    this.#pipeline.replan(this.#plan, this.#clock.monotonic());
    const loaded = this.#store.load(savedIds(this.#pipeline.state));
    // First what was open, then what became of it meanwhile.
    this.#board.restore(loaded.openIncidents);
    this.#pipeline.resume(loaded, this.#clock.monotonic());
    this.#delivery.configure(openReceivers(this.#plan));
    this.#metrics.configReloaded(true, this.#clock.wall());
    this.#keepWindows(this.#clock.monotonic());
    this.#lookout.configure(this.#plan);
    this.#scheduler.update(this.#plan.endpoints, this.#plan.limits);
    lookFirst(this.#plan, this.#pipeline.state, this.#scheduler, this.#clock.monotonic());
    this.#scheduleBeat();
    this.#delivery.wake();
    this.#options.log.info({ version, url: this.url, ...sizeOf(this.#plan) }, 'started');
  }

  /** After a start that failed: a server without a daemon behind it would look alive. Saves nothing: what was loaded may be half of it. */
  async abandon(): Promise<void> {
    this.#cancelBeat();
    await this.#scheduler.close(0);
    this.#lookout.close();
    await this.#delivery.stop(0);
    await this.#server?.close(0);
    this.#store.close();
  }

  reload(): Promise<ReloadOutcome> {
    // One at a time; who asks meanwhile gets a reload of their own afterwards, since the file may have changed again.
    const before = this.#reloading ?? Promise.resolve();
    const mine = before.then(() => this.#reloadOnce());
    this.#reloading = mine;
    return mine;
  }

  verdict(id: EndpointId): Verdict | undefined {
    return verdictOf(this.#pipeline.engine, this.#pipeline.state, id);
  }

  async stop(graceMs: number): Promise<void> {
    this.#cancelBeat();
    // Whoever cuts a slow end short shall not take the last results with it.
    this.#store.flush();
    await this.#scheduler.close(graceMs);
    this.#lookout.close();
    this.#store.flush();
    await this.#delivery.stop(graceMs);
    await this.#server?.close(Math.min(graceMs, 2 * secondMs));
    this.#pipeline.snapshot(1);
    this.#store.flush();
    this.#store.close();
    await this.#metrics.close();
  }

  async #reloadOnce(): Promise<ReloadOutcome> {
    const { log } = this.#options;
    const clock = this.#clock;
    const outcome = await this.#load();
    if ('problems' in outcome) {
      for (const problem of outcome.problems) log.error({ problem }, 'configuration problem');
      log.error({ problems: outcome.problems.length }, 'reload refused: the old configuration goes on');
      this.#metrics.configReloaded(false, clock.wall());
      return { ok: false, problems: outcome.problems };
    }
    this.#apply(outcome.plan);
    this.#metrics.configReloaded(true, clock.wall());
    log.info({ endpoints: outcome.plan.endpoints.length }, 'configuration reloaded');
    return { ok: true };
  }

  async #load(): Promise<{ readonly plan: Plan } | { readonly problems: readonly string[] }> {
    try {
      const outcome = await this.#options.load();
      return 'plan' in outcome ? outcome : { problems: outcome.problems.map(formatProblem) };
    } catch (error) {
      // A bug while reading must not cost the plan that runs.
      return { problems: [`the configuration could not be read: ${error instanceof Error ? error.message : String(error)}`] };
    }
  }

  /** All at once, with no wait in between: no result ever meets half of a plan. */
  #apply(next: Plan): void {
    const at = this.#clock.monotonic();
    for (const key of changedFixed(this.#plan, next))
      this.#options.log.warn({ key }, 'this key changed, and takes effect only at the next start');
    this.#plan = located(keepFixed(this.#plan, next), this.url);
    this.#metrics.replan(this.#plan);
    this.#pipeline.replan(this.#plan, at);
    this.#board.replan(this.#plan);
    this.#delivery.configure(openReceivers(this.#plan));
    this.#windows = maintenanceWindows(this.#plan);
    this.#keepWindows(at);
    this.#lookout.configure(this.#plan);
    this.#scheduler.update(this.#plan.endpoints, this.#plan.limits);
    lookFirst(this.#plan, this.#pipeline.state, this.#scheduler, this.#clock.monotonic());
  }

  #scheduleBeat(): void {
    this.#cancelBeat = this.#options.timers.after(beatMs, () => {
      this.#beat();
      this.#scheduleBeat();
    });
  }

  #beat(): void {
    const { steppedBy, stoodStill } = this.#clockWatch.look();
    const at = this.#clock.monotonic();
    if (stoodStill > 0) this.#options.log.warn({ seconds: stoodStill / secondMs }, 'the process stood still');
    if (steppedBy !== 0) {
      this.#options.log.warn({ seconds: steppedBy / secondMs }, 'the wall clock stepped');
      this.#pipeline.feed({ type: 'clock_stepped', at, by: steppedBy });
    }
    this.#keepWindows(at);
    this.#lookout.look();
    this.#pipeline.feed({ type: 'tick', at });
    this.#pipeline.snapshot(1 / snapshotBeats);
    this.#store.flush();
  }

  #keepWindows(at: EpochMs): void {
    this.#pipeline.feedAll(this.#windows.changes(this.#clock.wall()).map((change) => ({ type: 'maintenance', at, ...change })));
  }

  #serverOptions() {
    return {
      listen: this.#plan.listen,
      source: this.#board,
      metrics: (accept: string | undefined) => this.#metrics.expose(accept),
      ready: () => readinessOf({ store: this.#store.health(), isScheduled: this.#scheduler.running }),
      reload: () => this.reload(),
      explain: explainDesk(this.#store, this.#pipeline, this.#clock),
      tokens: () => this.#plan.tokens,
      clock: this.#clock,
      log: this.#options.log,
      version,
    };
  }
}
