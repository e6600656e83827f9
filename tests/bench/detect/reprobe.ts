// What probing again soon after a failure buys, and what it costs: delays by the clock, load, false pages.
import { compile, type Detector, type DetectorState, fresh, isSuspected, observe } from '#core/detect/detector.ts';
import { poissonInterval } from './calibration.ts';
import { mean, quantile } from './play.ts';
import { around, type Random, random } from './random.ts';
import { dayS } from './traces.ts';

const intervalS = 30;
const spacingS = 10;
const jitter = 0.2;
const healthyDays = 3;
const patienceS = 3 * dayS;
const yearS = 365.25 * dayS;
const blipS = 43;

/** Whether a probe at a time, in seconds, fails. Asked in order of time. */
type Truth = (at: number) => boolean;

/** What one endpoint lived through. */
interface Course {
  readonly state: DetectorState;
  regular: number;
  extra: number;
}

/** Plays an endpoint from `from` to `to` (seconds, on the grid); stops after a probe where `until` says so. Returns the time of the last probe. */
// oxlint-disable-next-line max-params -- a bench, six facts of one course
function live(
  detector: Detector,
  course: Course,
  truth: Truth,
  from: number,
  to: number,
  more: Random | undefined,
  until: () => boolean,
): number {
  const { state } = course;
  for (let at = from; at < to; at += intervalS) {
    observe(detector, state, truth(at), at * 1000, (at % dayS) * 1000);
    course.regular += 1;
    if (until()) return at;
    let soon = at;
    while (more !== undefined && isSuspected(state, detector.suspicious)) {
      soon += spacingS * (1 + jitter * more.next());
      if (soon >= at + intervalS - spacingS / 3) break;
      observe(detector, state, truth(soon), soon * 1000, (soon % dayS) * 1000);
      course.extra += 1;
      if (until()) return soon;
    }
  }
  return to;
}

function exponential(source: Random, meanS: number): number {
  return -Math.log(1 - source.next()) * meanS;
}

/** Spells in which a share of the probes fails, exponential in length and distance, or of one length. */
// oxlint-disable-next-line max-params -- a bench, five facts of one kind of spell
function spells(source: Random, begin: number, gapS: number, length: () => number, share: number): Truth {
  let start = begin;
  let end = start + length();
  return (at) => {
    while (at >= end) {
      start = end + exponential(source, gapS);
      end = start + length();
    }
    return at >= start && (share === 1 || source.next() < share);
  };
}

interface Class {
  readonly name: string;
  truth(source: Random, start: number): Truth;
}

function steady(share: number): Class {
  return { name: `${share * 100} %`, truth: (source) => () => source.next() < share };
}

function bursts(gapS: number): Class {
  return {
    name: `bursts, 150 s every ${gapS} s`,
    truth: (source, start) => spells(source, start, gapS, () => exponential(source, 150), 1),
  };
}

const classes: readonly Class[] = [
  ...[0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7].map(steady),
  { name: 'down', truth: () => () => true },
  bursts(450),
  bursts(1350),
];

/** Lone failures at this rate, and a restart of 60 s about once a week. */
function health(source: Random, rate: number): Truth {
  const restarts = spells(source, exponential(source, 7 * dayS), 7 * dayS, () => 60, 1);
  return (at) => {
    const lone = source.next() < rate;
    return restarts(at) || lone;
  };
}

/** As many failures, in blips that end within 43 s on average and in which so many probes fail. */
function blips(source: Random, rate: number, share: number): Truth {
  const gapS = (blipS * share) / rate - blipS;
  const lone = spells(source, exponential(source, gapS), gapS, () => Math.min(60, exponential(source, blipS)), share);
  const restarts = spells(source, exponential(source, 7 * dayS), 7 * dayS, () => 60, 1);
  return (at) => {
    const isLone = lone(at);
    return restarts(at) || isLone;
  };
}

interface DelayScore {
  readonly delays: readonly number[];
  readonly traces: number;
  /** Extra probes over those of the timing, from the start of the fault to the page. */
  readonly load: number;
  readonly down: number;
}

function scoreDelay(seed: number, { truth }: Class, traces: number, again: boolean): DelayScore {
  const source = random(seed);
  const detector = compile({ interval: intervalS * 1000, falsePagesPerYear: FP, grace: 60_000 });
  const delays: number[] = [];
  const sum = { regular: 0, extra: 0, down: 0 };
  for (let n = 0; n < traces; n += 1) {
    const course: Course = { state: fresh(), regular: 0, extra: 0 };
    const { state } = course;
    const more = again ? random(seed * 31 + n) : undefined;
    const begin = healthyDays * dayS + intervalS * Math.floor(source.next() * 2880);
    live(detector, course, health(source, around(source, 1e-4, 1e-2)), 0, begin, more, () => false);
    if (state.course !== 'up') continue;
    Object.assign(course, { regular: 0, extra: 0 });
    const since = begin - intervalS * source.next();
    const end = live(detector, course, truth(source, since), begin, begin + patienceS, more, () => state.course !== 'up');
    if (state.course === 'up') continue;
    delays.push(end - since);
    if (state.course === 'down') sum.down += 1;
    sum.regular += course.regular;
    sum.extra += course.extra;
  }
  return { delays, traces, load: sum.extra / sum.regular, down: sum.down / delays.length };
}

interface HealthScore {
  readonly pages: number;
  readonly down: number;
  readonly load: number;
  readonly learned: number;
  readonly years: number;
}

function scoreHealth(seed: number, make: (source: Random) => Truth, years: number, again: boolean): HealthScore {
  const source = random(seed);
  const detector = compile({ interval: intervalS * 1000, falsePagesPerYear: FP, grace: 60_000 });
  const sum = { pages: 0, down: 0, regular: 0, extra: 0, learned: 0 };
  for (let year = 0; year < years; year += 1) {
    const course: Course = { state: fresh(), regular: 0, extra: 0 };
    const { state } = course;
    let before = 'up';
    const note = () => {
      if (before === 'up' && state.course !== 'up') sum[state.course === 'down' ? 'down' : 'pages'] += 1;
      before = state.course;
      return false;
    };
    live(detector, course, make(source), 0, Math.floor(yearS / intervalS) * intervalS, again ? random(seed * 31 + year) : undefined, note);
    sum.regular += course.regular;
    sum.extra += course.extra;
    const n = state.binProbes.reduce((a, b) => a + b, 0);
    sum.learned += state.binFailures.reduce((a, b) => a + b, 0) / n;
  }
  return { pages: sum.pages, down: sum.down, load: sum.extra / sum.regular, learned: sum.learned / years, years };
}
const FP = Number(process.env['FP'] ?? 1);
if (process.argv[2] === 'delay') {
  for (const [k, one] of classes.entries()) {
    const [without, with_] = [false, true].map((again) => scoreDelay(1000 + k, one, Number(process.argv[3]), again)) as [
      DelayScore,
      DelayScore,
    ];
    const q = (s: DelayScore) =>
      [0.25, 0.5, 0.95].map((x) => Math.round(quantile(s.delays, x))).join('/') +
      ` mean ${Math.round(mean(s.delays))} n=${s.delays.length} down ${(100 * s.down).toFixed(0)}%`;
    console.log(
      one.name.padEnd(26),
      q(without).padEnd(50),
      q(with_).padEnd(50),
      `x${(mean(without.delays) / mean(with_.delays)).toFixed(2)} med x${(quantile(without.delays, 0.5) / quantile(with_.delays, 0.5)).toFixed(2)} load ${(100 * with_.load).toFixed(0)} %`,
    );
  }
}
if (process.argv[2] === 'health') {
  for (const rate of (process.env['RATES'] ?? '1e-4,1e-3,1e-2').split(',').map(Number))
    for (const [name, make] of [
      ['lone', (s: Random) => health(s, rate)],
      ['blips', (s: Random) => blips(s, rate, 1)],
      ['half blips', (s: Random) => blips(s, rate, 0.5)],
    ] as const) {
      const scores = [false, true].map((again) => scoreHealth(77 + rate * 1e5, make, Number(process.argv[3]), again)) as [
        HealthScore,
        HealthScore,
      ];
      console.log(
        rate,
        name.padEnd(12),
        ...scores.map(
          (s) =>
            `page ${s.pages} down ${s.down} of ${s.years}y [${poissonInterval(s.pages + s.down).map((c) => (c / s.years).toFixed(2))}] load ${(100 * s.load).toFixed(2)}% learned ${s.learned.toExponential(2)} |`,
        ),
      );
    }
}
if (process.argv[2] === 'b')
  for (const again of [false, true]) {
    const s = scoreDelay(1010, bursts(450), 2000, again);
    console.log(
      again,
      [150, 200, 300, 600, 1200].map((x) => s.delays.filter((d) => d <= x).length / 2000),
      mean(s.delays),
    );
  }
