// From this place Holter looks: attempts are made here, and our own trouble is told from that of the services before anybody is told of either.
import { isLoopback } from '#config/timing.ts';
import type { EndpointId } from '#model/endpoint.ts';
import type { Input } from '#model/event.ts';
import type { Log } from '#model/log.ts';
import type { EndpointPlan, Plan, SelfCheckTarget } from '#model/plan.ts';
import type { ProbeResult } from '#model/result.ts';
import { type Clock, type EpochMs, minuteMs, secondMs, type Timers } from '#model/time.ts';
import { createProber, type Prober } from '#prober/attempt.ts';
import type { VantageFigures } from '#sinks/metrics/vantage.ts';
import { isoTime, type VantageView } from '#sinks/status/views.ts';
import { Gate } from './gate.ts';
import { kinds } from './kinds.ts';
import { SelfCheck, type SelfCheckOutcome } from './selfcheck.ts';
import { Vantage, type VantageState } from './vantage.ts';
import { agent } from './version.ts';

export interface LookoutOptions {
  readonly plan: Plan;
  /** What results are stamped by. */
  readonly clock: Clock;
  /** Real time, in which far ends and the self-check live. */
  readonly farClock: Clock;
  readonly farTimers: Timers;
  readonly log: Log;
  /** Takes results of one moment further. */
  feed(results: readonly ProbeResult[]): void;
  /** The prober's state changed, or is known for the first time: an input of the engine. */
  onState(input: Input): void;
}

/** Log lines about one and the same trouble come no more often. */
const logSpacing = minuteMs;

export class Lookout {
  readonly #options: LookoutOptions;
  readonly #prober: Prober;
  readonly #selfCheck: SelfCheck;
  readonly #gate: Gate;
  readonly #vantage: Vantage;
  #elsewhere: ReadonlySet<EndpointId> = new Set();
  #state: VantageState | undefined;
  #loggedAt: EpochMs = Number.NEGATIVE_INFINITY;
  #loggedMissing = 0;
  #wasRefuted = false;
  #lastCheck: SelfCheckOutcome | undefined;

  constructor(options: LookoutOptions) {
    const { plan, clock, farClock, farTimers } = options;
    this.#options = options;
    this.#prober = createProber({ clock, farClock, vantage: plan.vantage, agent });
    this.#selfCheck = new SelfCheck({
      clock: farClock,
      timers: farTimers,
      ask: (target) => this.#ask(target),
      onOutcome: (outcome) => this.#settle(outcome),
    });
    this.#vantage = new Vantage(clock);
    this.#gate = new Gate({
      clock: farClock,
      timers: farTimers,
      vantage: plan.vantage,
      selfCheck: this.#selfCheck,
      isElsewhere: (id) => this.#elsewhere.has(id),
      feed: (results) => {
        for (const result of results) this.#vantage.note(result);
        options.feed(results);
      },
    });
  }

  /** At the start and at each reload. */
  configure(plan: Plan): void {
    this.#elsewhere = new Set(plan.endpoints.filter(({ host }) => isElsewhere(host)).map(({ id }) => id));
    this.#selfCheck.configure(plan.selfCheck);
    if (!this.#selfCheck.active) this.#gate.open();
  }

  /** One attempt, and its result as far as it is one: what was cut short by the end of the daemon or by a reload is none. */
  async attempt(endpoint: EndpointPlan, scheduledAt: EpochMs, signal: AbortSignal): Promise<void> {
    const kind = kinds.probes.get(endpoint.kind);
    if (kind === undefined) return;
    const result = await this.#prober.attempt(endpoint, kind, scheduledAt, signal);
    if (!signal.aborted) this.#gate.take(result, signal);
  }

  /** About once a second. */
  look(): void {
    const now = this.#options.clock.monotonic();
    const { ill } = this.#gate;
    const state = this.#vantage.look(ill === undefined ? undefined : { ...ill, since: this.#toDaemonTime(ill.since) });
    const before = this.#state;
    this.#state = state;
    const isNews = before === undefined || before.ok !== state.ok;
    if (isNews && (before !== undefined || !state.ok)) this.#log(state, now);
    this.#logMissing(now);
    if (!isNews) return;
    this.#options.onState({ type: 'vantage', at: now, ok: state.ok, since: state.ok ? now : state.since, why: state.ok ? '' : state.why });
  }

  /** For the metrics. */
  get figures(): VantageFigures {
    const { missing, targets, ok } = { missing: this.#vantage.totals, targets: this.#selfCheck.targets, ok: this.#state?.ok ?? true };
    const check = this.#lastCheck;
    const checkSeconds = check === undefined ? undefined : (check.endedAt - check.startedAt) / secondMs;
    return { ok, targets, checkSeconds, waiting: this.#gate.waiting, missing };
  }

  /** For the page and the API. */
  get view(): Omit<VantageView, 'vantage'> {
    const state = this.#state ?? { ok: true };
    const { targets, missing } = this.figures;
    return {
      ...(state.ok
        ? { state: targets.length > 0 ? 'ok' : 'unknown', since: null, why: '' }
        : { state: 'trouble', since: isoTime(state.since), why: state.why }),
      targets,
      missing: Object.fromEntries(missing),
    };
  }

  close(): void {
    this.#selfCheck.close();
    this.#gate.close();
  }

  async #ask(target: SelfCheckTarget): Promise<string> {
    const kind = kinds.probes.get(target.kind);
    if (kind === undefined) return 'this build does not have its kind';
    const result = await this.#prober.attempt(target, kind, this.#options.farClock.monotonic());
    return result.outcome === 'ok' ? '' : result.message;
  }

  #settle(outcome: SelfCheckOutcome): void {
    this.#lastCheck = outcome;
    this.#gate.settle(outcome);
    const { isRefuted } = this.#gate;
    if (isRefuted && !this.#wasRefuted) {
      const { why } = outcome;
      this.#options.log.warn({ why }, 'no target of the self-check answers, and endpoints do: it says nothing; look at self_check.targets');
    }
    this.#wasRefuted = isRefuted;
    this.look();
  }

  #toDaemonTime(at: EpochMs): EpochMs {
    const { clock, farClock } = this.#options;
    return clock.monotonic() - (farClock.monotonic() - at);
  }

  #log(state: VantageState, now: EpochMs): void {
    const { log, plan } = this.#options;
    if (state.ok) log.info({ vantage: plan.vantage }, 'trouble of our own is over');
    else if (now - this.#loggedAt >= logSpacing)
      log.warn({ vantage: plan.vantage, why: state.why }, 'trouble of our own: failures are missing, not failed');
    if (!state.ok) this.#loggedAt = now;
  }

  /** A line a minute at most, while there is something to say. */
  #logMissing(now: EpochMs): void {
    const total = this.#vantage.totals.values().reduce((sum, count) => sum + count, 0);
    if (total === this.#loggedMissing || now - this.#loggedAt < logSpacing) return;
    const results = total - this.#loggedMissing;
    this.#options.log.warn({ results, ...Object.fromEntries(this.#vantage.totals) }, 'results are missing by our own trouble');
    this.#loggedMissing = total;
    this.#loggedAt = now;
  }
}

/** On another machine, by what the plan says of it: a program runs on this one. */
function isElsewhere(host: string): boolean {
  return host !== '' && !host.startsWith('exec:') && !isLoopback(host);
}
