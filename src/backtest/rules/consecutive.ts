// Failures in a row: the rule of most checks, and of the monitors whose only setting it is.
import type { Rule, Watcher } from './rule.ts';

interface InARow {
  readonly name: string;
  readonly source: string;
  readonly failures: number;
  /** Successes in a row that end it. */
  readonly successes: number;
}

/** Fires at the k-th failure in a row, until the first success. Missing outcomes neither count nor break the row. k: at least 1. */
export function consecutive(k: number): Rule {
  const name = k === 1 ? 'any failure' : `${k} failures in a row`;
  return inARow({ name, source: 'the plainest rule there is', failures: k, successes: 1 });
}

/**
 * Gatus: `failure-threshold` failures in a row trigger an alert, `success-threshold` successes in a row resolve it; 3 and 2 where not set.
 * Gatus 5 (commit 08c46354, August 2026), alerting/alert/alert.go ValidateAndSetDefaults, watchdog/alerting.go.
 */
export function gatus(failures = 3): Rule {
  return inARow({
    name: `Gatus, failure-threshold ${failures}`,
    source: 'Gatus 5 (08c46354), watchdog/alerting.go; success-threshold 2',
    failures,
    successes: 2,
  });
}

/**
 * Uptime Kuma: down at the first failure after `retries` pending ones, up at the first success. A new monitor has no retries. What `resend`
 * sends while it stays down is a reminder, not a page; retries come at the interval of the outcomes.
 * Uptime Kuma 2.5.3 (commit 6398a9581), server/model/monitor.js beat() and isImportantForNotification(), src/pages/EditMonitor.vue defaults.
 */
export function uptimeKuma(retries = 0): Rule {
  return inARow({
    name: `Uptime Kuma, ${retries} retries`,
    source: 'Uptime Kuma 2.5.3 (6398a9581), server/model/monitor.js',
    failures: retries + 1,
    successes: 1,
  });
}

function inARow({ name, source, failures, successes }: InARow): Rule {
  return { name, source, start: () => new Row(failures, successes) };
}

class Row implements Watcher {
  readonly #failures: number;
  readonly #successes: number;
  #failed = 0;
  #well = 0;
  #firing = false;

  constructor(failures: number, successes: number) {
    this.#failures = failures;
    this.#successes = successes;
  }

  observe(failed: boolean | undefined): boolean {
    if (failed === undefined) return this.#firing;
    this.#failed = failed ? this.#failed + 1 : 0;
    this.#well = failed ? 0 : this.#well + 1;
    if (this.#failed >= this.#failures) this.#firing = true;
    else if (this.#well >= this.#successes) this.#firing = false;
    return this.#firing;
  }
}
