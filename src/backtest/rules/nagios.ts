// Nagios Core: hard states after max_check_attempts, and flap detection.
import type { Rule, Watcher } from './rule.ts';

/** MAX_STATE_HISTORY_ENTRIES, include/objects.h. */
const entries = 21;
/** low_curve_value and high_curve_value, base/flapping.c: the oldest change weighs the least. */
const oldestWeight = 0.75;
const latestWeight = 1.25;
/** low_service_flap_threshold over high_service_flap_threshold in sample-config/nagios.cfg: 5 % and 20 %. */
const lowShare = 5 / 20;

/**
 * Flap detection alone, with every outcome in the history, as with max_check_attempts 1. Flapping starts at `high` percent or more and stops at a
 * quarter of it or less, the proportion of the sample configuration (20 and 5; compiled in are 30 and 20).
 * Nagios Core 4.5.12 (commit 8d1d276b), base/flapping.c check_for_service_flapping().
 */
export function nagiosFlapping(high = 20): Rule {
  return {
    name: `Nagios flap detection, ${high} %`,
    source: 'Nagios Core 4.5.12 (8d1d276b), base/flapping.c; thresholds of sample-config/nagios.cfg',
    start: () => new Service({ attempts: 1, high, hardPages: false }),
  };
}

/**
 * A service of the sample templates: a problem is hard, and pages, at the `attempts`-th failure in a row (generic-service: 3); flap detection is on
 * with 20 and 5 %, and pages when it starts (notification option f), while it suppresses everything else. Only hard states and recoveries enter the
 * history, so failures that stay soft are invisible to it. Retries come at the interval of the outcomes. Firing: a hard problem, or flapping; flapping
 * that starts during a problem adds no page, which is kinder than Nagios.
 * Nagios Core 4.5.12 (commit 8d1d276b), base/checks.c handle_async_service_check_result(), base/flapping.c, base/notifications.c.
 */
export function nagios(attempts = 3): Rule {
  return {
    name: `Nagios, ${attempts} attempts and flap detection`,
    source: 'Nagios Core 4.5.12 (8d1d276b), base/checks.c, base/flapping.c; sample-config/template-object/templates.cfg',
    start: () => new Service({ attempts, high: 20, hardPages: true }),
  };
}

interface Settings {
  readonly attempts: number;
  readonly high: number;
  readonly hardPages: boolean;
}

class Service implements Watcher {
  readonly #settings: Settings;
  readonly #history = new StateHistory();
  #failed = 0;
  #hard = false;
  #flapping = false;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  observe(failed: boolean | undefined): boolean {
    if (failed !== undefined) this.#take(failed);
    return this.#flapping || (this.#hard && this.#settings.hardPages);
  }

  #take(failed: boolean): void {
    this.#failed = failed ? this.#failed + 1 : 0;
    this.#hard = this.#failed >= this.#settings.attempts;
    // "only hard states and soft recoveries get recorded for flap detection"
    if (failed && !this.#hard) return;
    this.#history.record(failed);
    const change = this.#history.percentChange();
    if (change >= this.#settings.high) this.#flapping = true;
    else if (change <= this.#settings.high * lowShare) this.#flapping = false;
  }
}

/** The last 21 recorded states, all OK at first, and how much they changed. */
export class StateHistory {
  readonly #states = new Uint8Array(entries);
  #next = 0;

  record(failed: boolean): void {
    this.#states[this.#next] = Number(failed);
    this.#next = (this.#next + 1) % entries;
  }

  /** Weighted changes between neighbours, in percent of the 20 that are possible: 0 to 100. */
  percentChange(): number {
    let changes = 0;
    let before = this.#states[this.#next];
    for (let x = 1; x < entries; x += 1) {
      const state = this.#states[(this.#next + x) % entries];
      if (state !== before) changes += ((x - 1) * (latestWeight - oldestWeight)) / (entries - 2) + oldestWeight;
      before = state;
    }
    return (changes * 100) / (entries - 1);
  }
}
