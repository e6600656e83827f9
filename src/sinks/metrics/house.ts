// The metrics of Holter itself: the way out, the schedule, the configuration, the store. Few series, kept by prom-client.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AlertEvent } from '#model/alert.ts';
import type { Incident } from '#model/incident.ts';
import type { Plan } from '#model/plan.ts';
import { type DurationMs, type EpochMs, secondMs } from '#model/time.ts';
import { type State, states } from '#model/verdict.ts';
import { bound, type Family, labelPairs, numeral } from './text.ts';

/** What became of one sending. */
export type SendingOutcome = 'delivered' | 'retry' | 'refused';

export type OpenIncident = Pick<Incident, 'endpoint' | 'scope' | 'since' | 'trouble' | 'verdict'>;

/** Alerts that wait for one receiver. */
export interface Waiting {
  readonly receiver: string;
  readonly length: number;
  readonly oldestSeconds: number;
}

/** How the store is: members of the store's own figures. The counts of what went wrong are since the process started. */
export interface StoreFigures {
  /** Whether the last write went well. */
  readonly writable: boolean;
  /** Results that wait to be written. */
  readonly waiting: number;
  /** Results given up because too many waited. */
  readonly lost: number;
  /** On disk. */
  readonly bytes: number;
  readonly failedCommits: number;
}

const alertEvents: readonly AlertEvent[] = ['opened', 'worsened', 'widened', 'reminder', 'resolved', 'reopened'];
const sendingOutcomes: readonly SendingOutcome[] = ['delivered', 'retry', 'refused'];

export class HouseMetrics {
  readonly #registry = new Registry();
  readonly #registers = [this.#registry];
  #receivers: readonly string[] = [];
  #storeSeen = { lost: 0, failedCommits: 0 };

  readonly #incidents = new Gauge({
    name: 'holter_incidents',
    help: 'Open incidents by the present state of what they are about; slow where it is up, and slow.',
    labelNames: ['state'],
    registers: this.#registers,
  });
  readonly #incidentStart = new Gauge({
    name: 'holter_incident_start_timestamp_seconds',
    help: 'Estimated onset of the open incident; gone when it is resolved.',
    labelNames: ['service', 'region', 'endpoint', 'vantage', 'trouble', 'scope'],
    registers: this.#registers,
  });
  readonly #alerts = new Counter({
    name: 'holter_alerts_total',
    help: 'Sendings of alerts by what became of them.',
    labelNames: ['receiver', 'event', 'outcome'],
    registers: this.#registers,
  });
  readonly #queueLength = new Gauge({
    name: 'holter_alert_queue_length',
    help: 'Alerts that are owed to the receiver.',
    labelNames: ['receiver'],
    registers: this.#registers,
  });
  readonly #queueOldest = new Gauge({
    name: 'holter_alert_oldest_seconds',
    help: 'How long the oldest alert that is owed to the receiver has waited; 0 when none waits.',
    labelNames: ['receiver'],
    registers: this.#registers,
  });
  readonly #lag = new Histogram({
    name: 'holter_schedule_lag_seconds',
    help: 'How late probes started.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: this.#registers,
  });
  readonly #skipped = new Counter({
    name: 'holter_schedule_skipped_total',
    help: 'Probes that were due and not started, because the one before was still under way or the machine had slept.',
    registers: this.#registers,
  });
  readonly #reprobes = new Counter({
    name: 'holter_reprobes_total',
    help: 'Extra probes after a failure: sent, or dropped because the limits or what was late left no room.',
    labelNames: ['outcome'],
    registers: this.#registers,
  });
  readonly #reloadOk = new Gauge({
    name: 'holter_config_last_reload_successful',
    help: 'Whether the last attempt to load the configuration went well.',
    registers: this.#registers,
  });
  readonly #reloadAt = new Gauge({
    name: 'holter_config_last_reload_success_timestamp_seconds',
    help: 'When the configuration was last loaded well.',
    registers: this.#registers,
  });
  readonly #build = new Gauge({
    name: 'holter_build_info',
    help: 'Always 1; the labels say what is running.',
    labelNames: ['version', 'nodeversion'],
    registers: this.#registers,
  });
  readonly #storeWritable = new Gauge({
    name: 'holter_store_writable',
    help: 'Whether the last write to the store went well.',
    registers: this.#registers,
  });
  readonly #storeWaiting = new Gauge({
    name: 'holter_store_pending_results',
    help: 'Results that wait to be written to the store.',
    registers: this.#registers,
  });
  readonly #storeBytes = new Gauge({
    name: 'holter_store_size_bytes',
    help: 'Size of the store on disk.',
    registers: this.#registers,
  });
  readonly #storeLost = new Counter({
    name: 'holter_store_lost_results_total',
    help: 'Results that could not be kept, because too many waited to be written.',
    registers: this.#registers,
  });
  readonly #storeFailed = new Counter({
    name: 'holter_store_failed_commits_total',
    help: 'Writes to the store that failed.',
    registers: this.#registers,
  });

  constructor(build: { readonly version: string; readonly nodeVersion: string }) {
    this.#build.set({ version: build.version, nodeversion: build.nodeVersion }, 1);
    for (const outcome of ['sent', 'dropped']) this.#reprobes.inc({ outcome }, 0);
  }

  /** Counters of new receivers stand at 0 at once; those of receivers that left are gone. */
  replan(plan: Pick<Plan, 'receivers'>): void {
    const names = plan.receivers.map((receiver) => receiver.name);
    for (const receiver of this.#receivers.filter((name) => !names.includes(name))) this.#forget(receiver);
    for (const receiver of names.filter((name) => !this.#receivers.includes(name))) {
      for (const { event, outcome } of sendings) this.#alerts.inc({ receiver, event, outcome }, 0);
      this.#queueLength.set({ receiver }, 0);
      this.#queueOldest.set({ receiver }, 0);
    }
    this.#receivers = names;
  }

  alertSent(receiver: string, event: AlertEvent, outcome: SendingOutcome): void {
    // A sending that ends after its receiver left the plan must not bring the series back.
    if (this.#receivers.includes(receiver)) this.#alerts.inc({ receiver, event, outcome });
  }

  scheduleLag(lag: DurationMs): void {
    this.#lag.observe(lag / secondMs);
  }

  reprobe(outcome: 'sent' | 'dropped'): void {
    this.#reprobes.inc({ outcome });
  }

  scheduleSkipped(ticks: number): void {
    this.#skipped.inc(ticks);
  }

  configReloaded(successful: boolean, at: EpochMs): void {
    this.#reloadOk.set(successful ? 1 : 0);
    if (successful) this.#reloadAt.set(at / secondMs);
  }

  setIncidents(open: Iterable<OpenIncident>, stateOf: (incident: OpenIncident) => State | 'slow', vantage: string): void {
    const counts = new Map<string, number>([...states, 'slow'].map((state) => [state, 0]));
    this.#incidentStart.reset();
    for (const incident of open) {
      const state = stateOf(incident);
      counts.set(state, (counts.get(state) ?? 0) + 1);
      const { endpoint, trouble, scope } = incident;
      const labels = { service: endpoint.service, region: endpoint.region, endpoint: endpoint.name, vantage, trouble };
      this.#incidentStart.set(
        { ...labels, scope: scope.level === 'endpoint' ? scope.level : `${scope.level}/${scope.name}` },
        incident.since / secondMs,
      );
    }
    for (const [state, count] of counts) this.#incidents.set({ state }, count);
  }

  setWaiting(queues: readonly Waiting[]): void {
    for (const receiver of this.#receivers) {
      const waiting = queues.find((entry) => entry.receiver === receiver);
      this.#queueLength.set({ receiver }, waiting?.length ?? 0);
      this.#queueOldest.set({ receiver }, waiting?.oldestSeconds ?? 0);
    }
  }

  setStore(figures: StoreFigures): void {
    this.#storeWritable.set(figures.writable ? 1 : 0);
    this.#storeWaiting.set(figures.waiting);
    this.#storeBytes.set(figures.bytes);
    this.#storeLost.inc(Math.max(0, figures.lost - this.#storeSeen.lost));
    this.#storeFailed.inc(Math.max(0, figures.failedCommits - this.#storeSeen.failedCommits));
    this.#storeSeen = figures;
  }

  /** The store could not even be asked. */
  storeFailed(): void {
    this.#storeWritable.set(0);
  }

  /** A copy of all values, to be written in either format: prom-client itself cannot change formats without changing names. */
  async families(): Promise<readonly Family[]> {
    return (await this.#registry.getMetricsAsJSON()).map(toFamily);
  }

  #forget(receiver: string): void {
    for (const { event, outcome } of sendings) this.#alerts.remove({ receiver, event, outcome });
    this.#queueLength.remove({ receiver });
    this.#queueOldest.remove({ receiver });
  }
}

const sendings = alertEvents.flatMap((event) => sendingOutcomes.map((outcome) => ({ event, outcome })));

type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number];

function toFamily(metric: Snapshot): Family {
  const { name, help } = metric;
  // The typings say a number; what is there is the word (prom-client lib/metric.js).
  const type = String(metric.type) as Family['type'];
  const lines = metric.values.map((sample) => {
    const sampleName = 'metricName' in sample && typeof sample.metricName === 'string' ? sample.metricName : name;
    return `${sampleName}${braces(sample.labels)} ${numeral(sample.value)}\n`;
  });
  return { name, help, type, lines: () => lines };
}

function braces(labels: Partial<Record<string, string | number>>): string {
  const written = Object.entries(labels).map(([name, value]): [string, string] => [name, name === 'le' ? le(value) : String(value)]);
  return written.length === 0 ? '' : `{${labelPairs(Object.fromEntries(written))}}`;
}

function le(value: string | number | undefined): string {
  return value === '+Inf' ? value : bound(Number(value));
}
