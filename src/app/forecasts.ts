// Forecasts in time instead of probes, each made once: endpoints of nearly equal settings share one.
import { compile, type DetectorSettings } from '#core/detect/detector.ts';
import { mostRate } from '#core/detect/estimate.ts';
import { type Chance, type Delay, forecastFault, forecastShared, type Sampling, type SharedFault } from '#core/detect/forecast.ts';
import { compileGroup, type GroupSettings } from '#core/detect/group.ts';
import type { DurationMs } from '#model/time.ts';

/** From the start of a fault to the page; left out where it takes longer than is looked at (`core/detect/forecast.ts`). */
export interface Wait {
  /** Half of all such faults are found within this. */
  readonly median?: DurationMs;
  /** 19 of 20 are. */
  readonly p95?: DurationMs;
}

/** Steps to a tenfold. Delays move with the logarithms: one step of the dial is some 2 %, one of a healthy rate or of the size of a group under 15 %. */
const dialSteps = 10;
const rateSteps = 5;
const sizeSteps = 20;

/** Draws in all that a whole installation may cost, and of one forecast. */
const allDraws = 2000;
const mostDraws = 120;
const leastDraws = 40;

/** What of an endpoint the delays depend on. */
export interface Circumstances extends DetectorSettings {
  readonly healthyRate: number;
}

export class Forecasts {
  readonly #sampling: Sampling;
  readonly #made = new Map<string, Delay>();

  /** `all`: of whom forecasts are wanted. The more they differ, the fewer draws each gets, so that a large installation takes no longer. */
  constructor(chance: Chance, all: readonly Circumstances[]) {
    const kinds = new Set(all.map((one) => Object.values(rounded(one)).join(' '))).size;
    const draws = Math.round(allDraws / Math.max(1, kinds));
    this.#sampling = { chance, draws: Math.min(mostDraws, Math.max(leastDraws, draws)) };
  }

  /** A fault in which `rate` of the probes fail. */
  fault(circumstances: Circumstances, rate: number): Wait {
    const { healthyRate, ...settings } = rounded(circumstances);
    return this.#once(['fault', healthyRate, ...Object.values(settings), rate], settings.interval, () =>
      forecastFault(compile(settings), healthyRate, rate, this.#sampling),
    );
  }

  /** A fault that all members of a group share. */
  shared({ round, falsePagesPerYear }: GroupSettings, { members, healthyRate, excess }: SharedFault): Wait {
    const settings = { round, falsePagesPerYear: below(falsePagesPerYear, dialSteps) };
    const fault = { members: Math.floor(below(members, sizeSteps)), healthyRate: believed(healthyRate), excess };
    return this.#once(['shared', ...Object.values(settings), ...Object.values(fault)], round, () =>
      forecastShared(compileGroup(settings), fault, this.#sampling),
    );
  }

  #once(key: readonly (string | number)[], unit: DurationMs, make: () => Delay): Wait {
    const name = key.join(' ');
    let delay = this.#made.get(name);
    if (delay === undefined) {
      delay = make();
      this.#made.set(name, delay);
    }
    const { median, p95 } = delay;
    return { ...(median !== undefined && { median: median * unit }), ...(p95 !== undefined && { p95: p95 * unit }) };
  }
}

/** The next lower of so many numbers to a tenfold; a number that is one of them stays. */
function below(value: number, steps: number): number {
  return 10 ** (Math.floor(steps * Math.log10(value) + 1e-9) / steps);
}

function above(value: number, steps: number): number {
  return 10 ** (Math.ceil(steps * Math.log10(value) - 1e-9) / steps);
}

/** To the side on which faults are found later. */
function rounded({ interval, falsePagesPerYear, grace, healthyRate }: Circumstances): Circumstances {
  return { interval, falsePagesPerYear: below(falsePagesPerYear, dialSteps), grace, healthyRate: believed(healthyRate) };
}

/** No endpoint is believed to be worse than `mostRate`. */
function believed(healthyRate: number): number {
  return Math.min(mostRate, above(healthyRate, rateSteps));
}
