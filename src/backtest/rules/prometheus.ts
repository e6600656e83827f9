// Alerting rules of Prometheus over `probe_success`: `for`, `keep_firing_for`, and an average over a window.
import { type DurationMs, minuteMs } from '#model/time.ts';
import { outcomesIn, type Rule, Span, type Watcher } from './rule.ts';

/** `--query.lookback-delta`: for so long a sample stands for those that are missing after it. */
const lookback: DurationMs = 5 * minuteMs;
const source = 'Prometheus 3.14 (d15adb9ad7), rules/alerting.go';

/**
 * `probe_success == 0` with `for: hold` and, where it is above 0, `keep_firing_for: keep`.
 * Evaluated with every outcome, which is the best that an evaluation interval (15 to 60 s are common) can do: a later one fires later by up to
 * that interval. The alert is pending from the first failure and fires at the first evaluation `hold` or more after it; a success drops what is
 * pending. AlertingRule.Eval in rules/alerting.go. A missing outcome leaves the previous sample in force for the look-back of 5 min.
 */
export function alertFor(hold: DurationMs, keep: DurationMs = 0): Rule {
  const kept = keep > 0 ? `, keep_firing_for: ${minutes(keep)}` : '';
  return {
    name: `probe_success == 0, for: ${minutes(hold)}${kept}`,
    source,
    start: (interval) => new HoldingAlert(interval, hold, keep),
  };
}

/**
 * `avg_over_time(probe_success[window]) < floor` with no `for`: X of Y, as people write it for blackbox_exporter. Missing outcomes are not in the
 * average; an empty window fires nothing. Range selectors are left-open since Prometheus 3.0: 5 min of 30 s are 10 outcomes.
 */
export function averageBelow(window: DurationMs, floor: number): Rule {
  return {
    name: `avg_over_time(probe_success[${minutes(window)}]) < ${Number(floor.toPrecision(4))}`,
    source: 'PromQL, Prometheus 3.14 (d15adb9ad7); usual for blackbox_exporter',
    start: (interval) => {
      const span = new Span(outcomesIn(window, interval));
      // In whole numbers: 9 of 10 are not below 0.9, whatever 1 - 0.1 is in binary.
      return {
        observe: (failed) => {
          span.add(failed);
          return span.known > 0 && span.known - span.failures < floor * span.known - 1e-9;
        },
      };
    },
  };
}

/** At least `x` of the last `y` outcomes failed; missing ones take a place and do not count. "M out of N datapoints" of Amazon CloudWatch alarms. */
export function xOfY(x: number, y: number): Rule {
  return {
    name: `${x} of ${y} failed`,
    source: '"M out of N datapoints" of Amazon CloudWatch alarms',
    start: () => {
      const span = new Span(y);
      return {
        observe: (failed) => {
          span.add(failed);
          return span.failures >= x;
        },
      };
    },
  };
}

class HoldingAlert implements Watcher {
  readonly #interval: DurationMs;
  readonly #hold: DurationMs;
  readonly #keep: DurationMs;
  /** Since the expression holds, or undefined. */
  #activeFor: DurationMs | undefined;
  #quietFor: DurationMs | undefined;
  #firing = false;
  #sample: boolean | undefined;
  #age: DurationMs = 0;

  constructor(interval: DurationMs, hold: DurationMs, keep: DurationMs) {
    this.#interval = interval;
    this.#hold = hold;
    this.#keep = keep;
  }

  observe(failed: boolean | undefined): boolean {
    if (this.#seen(failed) === true) this.#hear();
    else this.#rest();
    return this.#firing;
  }

  /** The sample that an instant query sees; undefined where there is none. */
  #seen(failed: boolean | undefined): boolean | undefined {
    this.#age = failed === undefined ? this.#age + this.#interval : 0;
    if (failed !== undefined) this.#sample = failed;
    return this.#age < lookback ? this.#sample : undefined;
  }

  #hear(): void {
    this.#activeFor = this.#activeFor === undefined ? 0 : this.#activeFor + this.#interval;
    this.#quietFor = undefined;
    // Intervals may be fractions: a sum of them may miss by the last bit.
    if (this.#activeFor >= this.#hold - 1e-6) this.#firing = true;
  }

  #rest(): void {
    this.#quietFor = this.#quietFor === undefined ? 0 : this.#quietFor + this.#interval;
    if (this.#firing && this.#quietFor < this.#keep) {
      if (this.#activeFor !== undefined) this.#activeFor += this.#interval;
      return;
    }
    this.#firing = false;
    this.#activeFor = undefined;
  }
}

function minutes(length: DurationMs): string {
  return length % minuteMs === 0 ? `${length / minuteMs}m` : `${length / 1000}s`;
}
