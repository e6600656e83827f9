// The sink that counts: folds the stream of events into the metrics of design.md and writes them for Prometheus.
import type { AlertEvent } from '#model/alert.ts';
import { HolterError } from '#model/error.ts';
import type { Event, Sink } from '#model/event.ts';
import type { Incident } from '#model/incident.ts';
import type { Plan } from '#model/plan.ts';
import type { Clock, DurationMs, EpochMs } from '#model/time.ts';
import type { KindFacts } from './families.ts';
import { HouseMetrics, type SendingOutcome, type StoreFigures, type Waiting } from './house.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { type ProberFigures, ProcessMetrics, proberFamilies } from './process.ts';
import { Pace, render } from './render.ts';
import type { Figures } from './series.ts';
import { contentTypes, type Format, negotiate } from './text.ts';
import { type VantageFigures, vantageFamilies } from './vantage.ts';

export type { Figures } from './series.ts';

/** What is not in the stream of events: asked for at each rendering, never in between. */
export interface MetricsSources {
  /** The detector's figures of one endpoint now; undefined counts as `unknown`. Asked of every endpoint: 10 us each cost a scrape of 5,000 endpoints 50 ms. */
  figures(endpoint: string): Figures | undefined;
  openIncidents(): Iterable<Pick<Incident, 'endpoint' | 'scope' | 'since' | 'trouble' | 'verdict'>>;
  /** Alerts that wait, per receiver. */
  queues(): readonly Waiting[];
  store(): StoreFigures;
  prober(): ProberFigures;
  vantage(): VantageFigures;
}

export interface MetricsOptions {
  readonly plan: Plan;
  /** Every kind that a plan may name. */
  readonly kinds: readonly KindFacts[];
  readonly sources: MetricsSources;
  readonly clock: Clock;
  readonly build: { readonly version: string; readonly nodeVersion: string };
}

/** One answer to a scrape. */
export interface Exposition {
  /** Content-Type. */
  readonly type: string;
  /** The body in pieces. Shared with other scrapes: never changed. */
  readonly body: readonly Buffer[];
}

/** Scrapes within this time of one another get the same rendering. */
const sharedForMs = 1000;

interface Rendering {
  readonly at: EpochMs;
  readonly body: Promise<readonly Buffer[]>;
}

/** Keeps the metrics. Counters live as long as their endpoint is in the plan. */
export class Metrics implements Sink {
  readonly #options: MetricsOptions;
  readonly #house: HouseMetrics;
  readonly #process = new ProcessMetrics();
  readonly #renderings = new Map<Format, Rendering>();
  #inventory: Inventory;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#house = new HouseMetrics(options.build);
    this.#house.replan(options.plan);
    this.#inventory = takeInventory(options.plan, options.kinds);
  }

  /** Counts one event. Never throws, never waits; events of endpoints that are not in the plan are left aside. */
  accept(event: Event): void {
    if (event.type !== 'result') return;
    this.#inventory.endpoints.get(event.result.endpoint)?.count(event.result, event.counted, event.maintenance);
  }

  /** Goes on with a new plan: unchanged labels keep their counters, new ones start at 0, those of endpoints that left are gone at once. */
  replan(plan: Plan): void {
    this.#house.replan(plan);
    this.#inventory = takeInventory(plan, this.#options.kinds, this.#inventory);
    this.#renderings.clear();
  }

  /** How late a probe started. */
  scheduleLag(lag: DurationMs): void {
    this.#house.scheduleLag(lag);
  }

  /** So many probes were due and not started. */
  scheduleSkipped(ticks: number): void {
    this.#house.scheduleSkipped(ticks);
  }

  /** What became of a wish for one more probe after a failure. */
  reprobe(outcome: 'sent' | 'dropped'): void {
    this.#house.reprobe(outcome);
  }

  /** The configuration was loaded, or could not be. `at` is wall time. */
  configReloaded(successful: boolean, at: EpochMs): void {
    this.#house.configReloaded(successful, at);
  }

  /** One sending to a receiver ended. */
  alertSent(receiver: string, event: AlertEvent, outcome: SendingOutcome): void {
    this.#house.alertSent(receiver, event, outcome);
  }

  /** All metrics in the format that the Accept header asks for; a second scrape within a second gets the same bytes. */
  async expose(accept: string | undefined): Promise<Exposition> {
    const format = negotiate(accept);
    const now = this.#options.clock.monotonic();
    const known = this.#renderings.get(format);
    const rendering = known !== undefined && now - known.at < sharedForMs ? known : { at: now, body: this.#render(format) };
    if (rendering !== known) this.#share(format, rendering);
    return { type: contentTypes[format], body: await rendering.body };
  }

  async close(): Promise<void> {
    this.#renderings.clear();
    this.#process.close();
  }

  /** Lets go of it when its time is over: the body of many endpoints is many megabytes, which nobody wants until the next scrape. */
  #share(format: Format, rendering: Rendering): void {
    this.#renderings.set(format, rendering);
    setTimeout(() => {
      if (this.#renderings.get(format) === rendering) this.#renderings.delete(format);
    }, sharedForMs).unref();
  }

  async #render(format: Format): Promise<readonly Buffer[]> {
    const inventory = this.#inventory;
    const pace = new Pace();
    for (const series of inventory.endpoints.values()) {
      series.figures = this.#options.sources.figures(series.of.id);
      await pace.rest();
    }
    this.#collect(inventory);
    const house = [
      ...(await this.#house.families()),
      ...(await this.#process.families()),
      ...proberFamilies(this.#options.sources.prober()),
      ...vantageFamilies(this.#options.sources.vantage(), inventory.vantage),
    ];
    return render([...inventory.families, ...house], format, pace);
  }

  #collect({ endpoints, vantage }: Inventory): void {
    const { sources } = this.#options;
    this.#house.setIncidents(
      sources.openIncidents(),
      ({ endpoint, scope, trouble, verdict }) => {
        const state = scope.level === 'endpoint' ? (endpoints.get(endpoint.id)?.figures?.state ?? 'unknown') : verdict.state;
        return trouble === 'slow' && state === 'up' ? 'slow' : state;
      },
      vantage,
    );
    try {
      this.#house.setWaiting(sources.queues());
      this.#house.setStore(sources.store());
    } catch (error) {
      // A store that cannot be asked must not cost the whole scrape.
      if (!(error instanceof HolterError)) throw error;
      this.#house.storeFailed();
    }
  }
}
