// Rules in common use beside Holter, on the same outcomes: as their projects ship them, and tuned to one false page a year on other endpoints.
import type { Rule, Watcher } from '#backtest/rules/rule.ts';
import { compile, fresh, observe } from '#core/detect/detector.ts';
import type { Family } from './families.ts';
import { alarm, observerThreshold } from './optimality.ts';
import { intervalS, quantile } from './play.ts';
import { around, type Random, random } from './random.ts';
import { addHealth, dayS, type Fault, faults } from './traces.ts';

const interval = intervalS * 1000;
const dayMs = dayS * 1000;
const yearProbes = Math.round((365.25 * dayS) / intervalS);
const healthDays = 5;
/** Two hours after the mending still belong to the incident. */
const afterProbes = 240;
/** Healthy endpoints are those of the delays: rates log-uniform over two decades, half of them restarting weekly. */
const quietest = 1e-4;
const noisiest = 1e-2;
/** Bounds of the bins in which false pages are shown: averages hide that one threshold for all puts them on noisy endpoints. */
export const binBounds: readonly number[] = [1e-4, 4.64e-4, 2.15e-3, 1e-2];

/** The daemon's detector as one rule among others. */
export function holter(falsePagesPerYear: number): Rule {
  const detector = compile({ interval, falsePagesPerYear, grace: 60_000 });
  return {
    name: `Holter, ${falsePagesPerYear} a year`,
    source: 'src/core/detect/',
    start() {
      const state = fresh();
      let at = 0;
      return {
        observe(failed) {
          if (failed !== undefined) observe(detector, state, failed, at, at % dayMs);
          at += interval;
          return state.course !== 'up';
        },
      };
    },
  };
}

function addHealthOfTheSort(source: Random, outcomes: Uint8Array): number {
  const rate = around(source, quietest, noisiest);
  addHealth(source, outcomes, intervalS, { rate, restarts: source.next() < 0.5 ? 'weekly' : 'none', season: false });
  return rate;
}

/** A year of a healthy endpoint. */
export interface HealthyYear {
  readonly rate: number;
  readonly outcomes: Uint8Array;
}

/** Healthy endpoints of a year each: about 1 MB each. */
export function healthyYears(seed: number, years: number): HealthyYear[] {
  const source = random(seed);
  return Array.from({ length: years }, () => {
    const outcomes = new Uint8Array(yearProbes);
    return { rate: addHealthOfTheSort(source, outcomes), outcomes };
  });
}

/** False pages of one rule, a year and endpoint: in all, and by bin of the healthy rate. */
export interface FalsePages {
  readonly all: number;
  readonly byBin: readonly number[];
}

export function falsePages(rule: Rule, healthy: readonly HealthyYear[]): FalsePages {
  const bins = binBounds.slice(1).map(() => ({ pages: 0, years: 0 }));
  let all = 0;
  for (const { rate, outcomes } of healthy) {
    const pages = countPages(rule.start(interval), outcomes);
    const bin = bins[binBounds.slice(1).findIndex((bound) => rate <= bound)];
    all += pages;
    if (bin === undefined) continue;
    bin.pages += pages;
    bin.years += 1;
  }
  return { all: all / healthy.length, byBin: bins.map(({ pages, years }) => pages / years) };
}

function countPages(watcher: Watcher, outcomes: Uint8Array): number {
  let pages = 0;
  let firing = false;
  for (const outcome of outcomes) {
    const now = watcher.observe(outcome === 1);
    if (now && !firing) pages += 1;
    firing = now;
  }
  return pages;
}

/** The most sensitive rule of a family that stays within so many false pages a year and endpoint; undefined where none does. By bisection. */
export function tune({ rules }: Family, healthy: readonly HealthyYear[], most: number): Rule | undefined {
  let low = -1;
  let high = rules.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const rule = rules[middle];
    if (rule !== undefined && falsePages(rule, healthy).all <= most) low = middle;
    else high = middle;
  }
  return rules[low];
}

/** One rule on one class of faults. */
export interface Delays {
  readonly rule: Rule;
  /** Probes until the page, one a trace; infinite where none came while the fault lasted. */
  readonly delays: readonly number[];
  /** Pages from the start of the fault to two hours after its end, a trace. */
  readonly pages: number;
}

/** Every rule over the same traces of a fault that begins after five to six days of health. */
export function delays(seed: number, rules: readonly Rule[], fault: Pick<Fault, 'apply' | 'lasts'>, traces: number): Delays[] {
  const source = random(seed);
  const found = rules.map((): number[] => []);
  const pages = rules.map(() => 0);
  for (let n = 0; n < traces; n += 1) {
    const start = Math.floor(((healthDays + source.next()) * dayS) / intervalS);
    const outcomes = new Uint8Array(start + fault.lasts + afterProbes);
    addHealthOfTheSort(source, outcomes);
    fault.apply(source, outcomes, start, start + fault.lasts);
    for (const [k, rule] of rules.entries()) {
      const one = incident(rule.start(interval), outcomes, start, start + fault.lasts);
      found[k]?.push(one.delay);
      pages[k] = (pages[k] ?? 0) + one.pages;
    }
  }
  return rules.map((rule, k) => ({ rule, delays: found[k] ?? [], pages: (pages[k] ?? 0) / traces }));
}

/** What still fires when the fault begins has found it at its first probe: peers are given their best. */
// oxlint-disable-next-line max-params -- a bench, four facts of one trace
function incident(watcher: Watcher, outcomes: Uint8Array, start: number, end: number): { readonly delay: number; readonly pages: number } {
  let delay = Number.POSITIVE_INFINITY;
  let pages = 0;
  let firing = false;
  for (let i = 0; i < outcomes.length; i += 1) {
    const now = watcher.observe(outcomes[i] === 1);
    if (i >= start && now && (!firing || i === start)) {
      pages += 1;
      if (i < end) delay = Math.min(delay, i - start + 1);
    }
    firing = now;
  }
  return { delay, pages };
}

/** Failure rates of the curves, and how long the fault lasts: a day. */
export const curveRates: readonly number[] = [0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1];
const curveLasts = 2880;

export interface Curve {
  readonly name: string;
  /** Median delay in probes at each rate; infinite where half of the traces or more stay unseen for a day. */
  readonly medians: readonly number[];
  /** Pages of a fault of a day at each rate. */
  readonly pages: readonly number[];
}

export function curves(seed: number, rules: readonly Rule[], traces: number): Curve[] {
  const scores = curveRates.map((rate, n) => delays(seed + n, rules, { apply: failing(rate), lasts: curveLasts }, traces));
  return rules.map(({ name }, k) => ({
    name,
    medians: scores.map((at) => quantile(at[k]?.delays ?? [], 0.5)),
    pages: scores.map((at) => at[k]?.pages ?? 0),
  }));
}

function failing(rate: number): Fault['apply'] {
  return (source, outcomes, start, end) => {
    for (let i = start; i < end; i += 1) if (source.next() < rate) outcomes[i] = 1;
  };
}

const observed = [1.5e-4, 4e-4, 1e-3, 2.5e-3, 6.5e-3];

/** Median delay of an observer who knows both true rates, at one false page a year and endpoint, over the same sort of endpoints. */
export function observerCurve(seed: number, traces: number): readonly number[] {
  const source = random(seed);
  return curveRates.map((rate) => {
    const p1 = Math.min(rate, 0.999);
    const all = observed.flatMap((p0) => {
      const observer = { p0, p1, bound: false };
      const threshold = observerThreshold(source, observer, yearProbes);
      return Array.from({ length: traces / observed.length }, () => alarm(source, observer, threshold, p1));
    });
    return quantile(all, 0.5);
  });
}

/** Every class of faults, each on seeds of its own. */
export function byClass(
  seed: number,
  rules: readonly Rule[],
  traces: number,
): { readonly fault: Fault; readonly scores: readonly Delays[] }[] {
  return faults.map((fault, k) => ({ fault, scores: delays(seed * 1000 + k, rules, fault, traces) }));
}
