// What probing again soon after a failure buys, and what it costs: delays by the clock, load, false pages.
import { compile, type DetectorState, fresh, isSuspected, observe } from '#core/detect/detector.ts';
import { poissonInterval } from './calibration.ts';
import { percent } from './faults.ts';
import { mean, quantile } from './play.ts';
import { around, type Random, random } from './random.ts';
import { dayS } from './traces.ts';

const intervalS = 30;
const spacingS = 10;
const jitter = 0.2;
const healthyDays = 3;
const patienceS = 3 * dayS;
const weekS = 7 * dayS;
const yearS = Math.floor((365.25 * dayS) / intervalS) * intervalS;
const restartS = 60;
/** Mean length of a blip, and the longest that a healthy endpoint may have. */
const blipS = 43;
const longestBlipS = 60;

/** Whether a probe at a time, in seconds, fails. Asked in order of time. */
type Truth = (at: number) => boolean;

/** One endpoint and its schedule. */
class Course {
  readonly state: DetectorState = fresh();
  regular = 0;
  extra = 0;
  readonly #detector;
  /** Dice for the jitter; undefined: no extra probes. */
  readonly #again: Random | undefined;

  constructor(falsePagesPerYear: number, again: Random | undefined) {
    this.#detector = compile({ interval: intervalS * 1000, falsePagesPerYear, grace: 60_000 });
    this.#again = again;
  }

  /** From `from` to `to` (seconds, on the grid), or until `look` says so, which sees every probe. Returns when the last probe was. */
  live(truth: Truth, from: number, to: number, look: () => boolean): number {
    for (let at = from; at < to; at += intervalS) {
      this.regular += 1;
      if (this.#probe(truth, at, look)) return at;
      for (let soon = this.#next(at); soon < at + intervalS - spacingS / 3; soon = this.#next(soon)) {
        this.extra += 1;
        if (this.#probe(truth, soon, look)) return soon;
      }
    }
    return to;
  }

  #probe(truth: Truth, at: number, look: () => boolean): boolean {
    observe(this.#detector, this.state, truth(at), at * 1000, (at % dayS) * 1000);
    return look();
  }

  #next(at: number): number {
    if (this.#again === undefined || !isSuspected(this.state, this.#detector.suspicious)) return Number.POSITIVE_INFINITY;
    return at + spacingS * (1 + jitter * this.#again.next());
  }
}

interface Spells {
  readonly begin: number;
  /** Mean time from the end of one to the begin of the next. */
  readonly gap: number;
  readonly length: () => number;
  /** Of the probes inside one, those that fail. */
  readonly share: number;
}

function spells(source: Random, { begin, gap, length, share }: Spells): Truth {
  let start = begin;
  let end = start + length();
  return (at) => {
    while (at >= end) {
      start = end + exponential(source, gap);
      end = start + length();
    }
    return at >= start && (share === 1 || source.next() < share);
  };
}

function exponential(source: Random, meanS: number): number {
  return -Math.log(1 - source.next()) * meanS;
}

interface Fault {
  readonly name: string;
  readonly truth: (source: Random, start: number) => Truth;
}

function steady(share: number): Fault {
  return { name: percent(share), truth: (source) => () => source.next() < share };
}

function bursts(gap: number): Fault {
  return {
    name: `bursts, 150 s every ${gap} s`,
    truth: (source, begin) => spells(source, { begin, gap, length: () => exponential(source, 150), share: 1 }),
  };
}

const faults: readonly Fault[] = [
  ...[0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7].map(steady),
  { name: 'down', truth: () => () => true },
  bursts(450),
  bursts(1350),
];

interface Health {
  readonly name: string;
  readonly truth: (source: Random, rate: number) => Truth;
}

/** A restart of a minute about once a week, beside whatever else there is. */
function restarting(source: Random, other: Truth): Truth {
  const restarts = spells(source, { begin: exponential(source, weekS), gap: weekS, length: () => restartS, share: 1 });
  return (at) => {
    const fails = other(at);
    return restarts(at) || fails;
  };
}

/** As many failures as lone ones of this rate would be. */
function blips(source: Random, rate: number, share: number): Truth {
  const length = () => Math.min(longestBlipS, exponential(source, blipS));
  const usual = blipS * (1 - Math.exp(-longestBlipS / blipS));
  const gap = (usual * share) / rate - usual;
  return spells(source, { begin: exponential(source, gap), gap, length, share });
}

const healths: readonly Health[] = [
  { name: 'lone failures', truth: (source, rate) => restarting(source, () => source.next() < rate) },
  { name: 'blips', truth: (source, rate) => restarting(source, blips(source, rate, 1)) },
  { name: 'blips in which half fails', truth: (source, rate) => restarting(source, blips(source, rate, 0.5)) },
];
const rates = [1e-4, 1e-3, 1e-2];

interface DelayScore {
  /** Seconds from the start of the fault to the page. */
  readonly delays: readonly number[];
  /** Extra probes over those of the timing, in that time. */
  readonly load: number;
}

function scoreDelay(seed: number, fault: Fault, traces: number, again: boolean): DelayScore {
  const source = random(seed);
  const delays: number[] = [];
  let [regular, extra] = [0, 0];
  for (let n = 0; n < traces; n += 1) {
    const course = new Course(1, again ? random(seed * 31 + n) : undefined);
    const { state } = course;
    const begin = healthyDays * dayS + intervalS * Math.floor((source.next() * dayS) / intervalS);
    const rate = around(source, 1e-4, 1e-2);
    course.live(
      restarting(source, () => source.next() < rate),
      0,
      begin,
      () => false,
    );
    if (state.course !== 'up') continue;
    const before = { regular: course.regular, extra: course.extra };
    const since = begin - intervalS * source.next();
    const paged = course.live(fault.truth(source, since), begin, begin + patienceS, () => state.course !== 'up');
    delays.push(paged - since);
    regular += course.regular - before.regular;
    extra += course.extra - before.extra;
  }
  return { delays, load: extra / regular };
}

export function delayTable(seed: number, traces: number): string {
  const head = '| fault | median | p95 | mean | median with | p95 | mean | times as fast, mean | probes, until the page |';
  const rows = faults.map((fault, k) => {
    const [without, again] = [false, true].map((more) => scoreDelay(seed * 100 + k, fault, traces, more)) as [DelayScore, DelayScore];
    const figures = [without, again].flatMap(({ delays }) =>
      [quantile(delays, 0.5), quantile(delays, 0.95), mean(delays)].map((seconds) => (seconds / 60).toFixed(1)),
    );
    return `| ${[fault.name, ...figures, (mean(without.delays) / mean(again.delays)).toFixed(2), `+${percent(again.load)}`].join(' | ')} |`;
  });
  return [head, head.replace(/[^|]+/gu, ' --- '), ...rows].join('\n');
}

interface HealthScore {
  readonly pages: number;
  readonly load: number;
  /** F over n. */
  readonly learned: number;
}

function scoreHealth(seed: number, truth: (source: Random) => Truth, years: number, again: boolean): HealthScore {
  const source = random(seed);
  let [pages, load, learned] = [0, 0, 0];
  for (let year = 0; year < years; year += 1) {
    const course = new Course(1, again ? random(seed * 31 + year) : undefined);
    const { state } = course;
    let before = 'up';
    course.live(truth(source), 0, yearS, () => {
      if (before === 'up' && state.course !== 'up') pages += 1;
      before = state.course;
      return false;
    });
    load += course.extra / course.regular / years;
    learned += total(state.binFailures) / total(state.binProbes) / years;
  }
  return { pages, load, learned };
}

function total(bins: readonly number[]): number {
  return bins.reduce((sum, value) => sum + value, 0);
}

/** `years`: of every cell. */
export function healthTable(seed: number, years: number): string {
  const head = '| health | rate | false pages a year (90 %) | rate learned | with: false pages | rate learned | more probes |';
  const rows = healths.flatMap(({ name, truth }, k) =>
    rates.map((rate, r) => {
      const [without, again] = [false, true].map((more) =>
        scoreHealth(seed * 100 + 10 * k + r, (source) => truth(source, rate), years, more),
      ) as [HealthScore, HealthScore];
      const figures = [without, again].flatMap(({ pages, learned }) => {
        const [low, high] = poissonInterval(pages).map((count) => (count / years).toFixed(2)) as [string, string];
        return [`${(pages / years).toFixed(2)} (${low} to ${high})`, learned.toPrecision(2)];
      });
      return `| ${[name, rate, ...figures, `+${(100 * again.load).toFixed(1)} %`].join(' | ')} |`;
    }),
  );
  return [head, head.replace(/[^|]+/gu, ' --- '), ...rows].join('\n');
}
