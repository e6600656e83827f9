// Icinga 2: hard states after max_check_attempts, and flap detection.
import type { Rule, Watcher } from './rule.ts';

/** Size of the ring of changes, and their weights from the oldest to the latest: lib/icinga/checkable-flapping.cpp. */
const entries = 20;
const oldestWeight = 0.8;
const weightStep = 0.02;
/** flapping_threshold_low over flapping_threshold_high, lib/icinga/checkable.ti: 25 % and 30 %. */
const lowShare = 25 / 30;

/**
 * Flap detection alone: flapping starts above `high` percent and stops when no longer above 25/30 of it, the proportion of the defaults 30 and 25.
 * All state changes count, soft or hard. Icinga 2.16.0 (commit 81f7bce39), lib/icinga/checkable-flapping.cpp UpdateFlappingStatus().
 */
export function icingaFlapping(high = 30): Rule {
  return {
    name: `Icinga flap detection, ${high} %`,
    source: 'Icinga 2.16.0 (81f7bce39), lib/icinga/checkable-flapping.cpp',
    start: () => {
      const flapping = new Flapping(high);
      return { observe: (failed) => (failed === undefined ? flapping.is : flapping.take(failed)) };
    },
  };
}

/**
 * A problem is hard, and pages, at the `attempts`-th failure in a row: 5 in the template generic-service, 3 where nothing is set. With `enable_flapping`
 * (off where nothing is set) it pages when flapping starts, and other messages are suppressed until it ends. Retries come at the interval of the outcomes
 * (the template: check_interval 1m, retry_interval 30s). Firing: a hard problem, or flapping.
 * Icinga 2.16.0 (commit 81f7bce39), lib/icinga/checkable-check.cpp ProcessCheckResult(), etc/icinga2/conf.d/templates.conf.
 */
export function icinga(attempts = 5, enableFlapping = false): Rule {
  return {
    name: `Icinga, ${attempts} attempts${enableFlapping ? ' and flap detection' : ''}`,
    source: 'Icinga 2.16.0 (81f7bce39), lib/icinga/checkable-check.cpp; etc/icinga2/conf.d/templates.conf',
    start: () => new Service(attempts, enableFlapping ? new Flapping(30) : undefined),
  };
}

class Service implements Watcher {
  readonly #attempts: number;
  readonly #flapping: Flapping | undefined;
  #failed = 0;

  constructor(attempts: number, flapping: Flapping | undefined) {
    this.#attempts = attempts;
    this.#flapping = flapping;
  }

  observe(failed: boolean | undefined): boolean {
    if (failed !== undefined) {
      this.#failed = failed ? this.#failed + 1 : 0;
      this.#flapping?.take(failed);
    }
    return this.#failed >= this.#attempts || this.#flapping?.is === true;
  }
}

/** The last 20 outcomes, each as "changed or not". The endpoint was well before. */
export class Flapping {
  readonly #high: number;
  readonly #changes = new Uint8Array(entries);
  #next = 0;
  #failed = false;
  is = false;
  /** Percent. */
  value = 0;

  constructor(high: number) {
    this.#high = high;
  }

  take(failed: boolean): boolean {
    this.#changes[this.#next] = Number(failed !== this.#failed);
    this.#failed = failed;
    this.#next = (this.#next + 1) % entries;
    let sum = 0;
    for (let i = 0; i < entries; i += 1) if (this.#changes[(this.#next + i) % entries] === 1) sum += oldestWeight + weightStep * i;
    this.value = (100 * sum) / entries;
    this.is = this.value > (this.is ? this.#high * lowShare : this.#high);
    return this.is;
  }
}
