// Forecasts, each made once: endpoints of nearly equal settings share one.
import { compile, type DetectorSettings } from '#core/detect/detector.ts';
import { mostRate } from '#core/detect/estimate.ts';
import { type Chance, type Delay, forecastFault, forecastShared, type Sampling, type SharedFault } from '#core/detect/forecast.ts';
import { compileGroup, type GroupSettings } from '#core/detect/group.ts';
import type { Reprobe } from '#model/plan.ts';

/** Steps to a tenfold. Delays move with the logarithms: one step of the dial is some 2 %, one of a healthy rate or of the size of a group under 15 %. */
const dialSteps = 10;
const rateSteps = 5;
const sizeSteps = 20;

/** Draws in all that a whole installation may cost, and of one forecast. */
const allDraws = 2000;
const mostDraws = 120;
const leastDraws = 32;

/** What of an endpoint the delays depend on. */
export interface Circumstances extends DetectorSettings {
  readonly healthyRate: number;
  readonly reprobe?: Reprobe;
}

export class Forecasts {
  readonly #sampling: Sampling;
  readonly #made = new Map<string, Delay>();

  /** `all`: of whom forecasts are wanted. The more they differ, the fewer draws each gets, so that a large installation takes no longer. */
  constructor(chance: Chance, all: readonly Circumstances[]) {
    const kinds = new Set(all.map((one) => JSON.stringify(rounded(one)))).size;
    const draws = Math.round(allDraws / Math.max(1, kinds));
    this.#sampling = { chance, draws: Math.min(mostDraws, Math.max(leastDraws, draws)) };
  }

  /** A fault in which `rate` of the probes fail. */
  fault(circumstances: Circumstances, rate: number): Delay {
    const { healthyRate, reprobe, ...settings } = rounded(circumstances);
    const fault = { healthyRate, rate, ...(reprobe !== undefined && { reprobe }) };
    return this.#once({ ...settings, ...fault }, () => forecastFault(compile(settings), fault, this.#sampling));
  }

  /** A fault that all members of a group share. */
  shared({ round, falsePagesPerYear }: GroupSettings, { members, healthyRate, excess }: SharedFault): Delay {
    const settings = { round, falsePagesPerYear: below(falsePagesPerYear, dialSteps) };
    const fault = { members: Math.floor(below(members, sizeSteps)), healthyRate: believed(healthyRate), excess };
    return this.#once({ ...settings, ...fault }, () => forecastShared(compileGroup(settings), fault, this.#sampling));
  }

  #once(what: object, make: () => Delay): Delay {
    const key = JSON.stringify(what);
    const known = this.#made.get(key) ?? make();
    this.#made.set(key, known);
    return known;
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
function rounded(one: Circumstances): Circumstances {
  return { ...one, falsePagesPerYear: below(one.falsePagesPerYear, dialSteps), healthyRate: believed(one.healthyRate) };
}

/** No endpoint is believed to be worse than `mostRate`. */
function believed(healthyRate: number): number {
  return Math.min(mostRate, above(healthyRate, rateSteps));
}
