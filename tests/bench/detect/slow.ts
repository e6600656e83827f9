// Slowness: how soon it is told, and how often it is told of endpoints that are as ever. Latencies are made up: lognormal with a memory, a heavy
// tail, a daily season, short spells.
import { compileSlow, notePhases, observeSlow, slowShare } from '#core/detect/slow.ts';
import { freshSlow } from '#core/detect/slowstate.ts';
import { dayMs, secondMs, yearMs } from '#model/time.ts';
import { poissonInterval } from './calibration.ts';
import { doubles } from './cost.ts';
import { quantile } from './play.ts';
import { type Random, random } from './random.ts';

/** How an endpoint answers when it is well. */
interface Pace {
  readonly name: string;
  /** Standard deviation of the logarithm. */
  readonly spread: number;
  /** Correlation of the logarithms of two answers that follow each other. */
  readonly memory: number;
  /** By day it takes so many times as long as by night. */
  readonly season: number;
  /** Share of answers that take a further exponential factor: e to the power of a draw with this mean. */
  readonly tail: { readonly share: number; readonly mean: number };
}

const plain: Pace = { name: 'plain', spread: 0.4, memory: 0, season: 1, tail: { share: 0, mean: 0 } };
const paces: readonly Pace[] = [
  plain,
  { ...plain, name: 'memory .3', memory: 0.3 },
  { ...plain, name: 'memory .6', memory: 0.6 },
  { ...plain, name: 'heavy tail', memory: 0.3, tail: { share: 0.05, mean: 1 } },
  { ...plain, name: 'day 1.5 times night', memory: 0.3, season: 1.5 },
  { ...plain, name: 'day 3 times night', memory: 0.3, season: 3 },
  { ...plain, name: 'steady', memory: 0.3, spread: 0.05 },
  { ...plain, name: 'wild', memory: 0.3, spread: 1.2 },
];

/** A standard normal number (Box and Muller 1958). */
function normal(source: Random): number {
  return Math.sqrt(-2 * Math.log(1 - source.next())) * Math.cos(2 * Math.PI * source.next());
}

const usualMs = 120;

/** Answers of one endpoint, one after the other, `interval` apart. */
class Answers {
  readonly #source: Random;
  readonly #pace: Pace;
  readonly #phase: number;
  #last: number;

  constructor(source: Random, pace: Pace) {
    this.#source = source;
    this.#pace = pace;
    this.#last = normal(source);
    this.#phase = source.next();
  }

  next(at: number): number {
    const { spread, memory, season, tail } = this.#pace;
    this.#last = memory * this.#last + Math.sqrt(1 - memory * memory) * normal(this.#source);
    let log = spread * this.#last;
    if (season !== 1) log += 0.5 * Math.log(season) * Math.sin(2 * Math.PI * (at / dayMs + this.#phase));
    if (tail.share > 0 && this.#source.next() < tail.share) log -= tail.mean * Math.log(1 - this.#source.next());
    return usualMs * Math.exp(log);
  }
}

interface SlowCell {
  readonly pace: Pace;
  readonly interval: number;
  readonly falsePagesPerYear: number;
}

/** Pages of healthy endpoints of one year each, start-up included; `early` are those of the first week. */
function falsePages(seed: number, cell: SlowCell, years: number): { readonly pages: number; readonly early: number } {
  const detector = compileSlow({ interval: cell.interval, falsePagesPerYear: cell.falsePagesPerYear });
  const count = Math.round(yearMs / cell.interval);
  let pages = 0;
  let early = 0;
  for (let year = 0; year < years; year += 1) {
    const answers = new Answers(random(seed + year), cell.pace);
    const state = freshSlow();
    for (let i = 0; i < count; i += 1) {
      const at = i * cell.interval;
      if (observeSlow(detector, state, answers.next(at), at, at % dayMs) !== 'opened') continue;
      pages += 1;
      if (at < 7 * dayMs) early += 1;
    }
  }
  return { pages, early };
}

/** What becomes of an answer while the endpoint is slow. */
interface Slowness {
  readonly name: string;
  readonly lasts: number;
  apply(source: Random, duration: number): number;
}

const slownesses: readonly Slowness[] = [
  { name: 'all twice as slow', lasts: 2880, apply: (_, duration) => 2 * duration },
  { name: 'all 1.5 times as slow', lasts: 2880, apply: (_, duration) => 1.5 * duration },
  { name: 'all ten times as slow', lasts: 2880, apply: (_, duration) => 10 * duration },
  { name: '10 % ten times as slow', lasts: 2880, apply: (source, duration) => (source.next() < 0.1 ? 10 * duration : duration) },
  { name: '30 % ten times as slow', lasts: 2880, apply: (source, duration) => (source.next() < 0.3 ? 10 * duration : duration) },
  { name: '5 % ten times as slow', lasts: 2880, apply: (source, duration) => (source.next() < 0.05 ? 10 * duration : duration) },
  { name: '20 % three times as slow', lasts: 2880, apply: (source, duration) => (source.next() < 0.2 ? 3 * duration : duration) },
  { name: '30 % wait 5 s more', lasts: 2880, apply: (source, duration) => (source.next() < 0.3 ? 5000 + duration : duration) },
];

interface SlowScore {
  readonly delays: readonly number[];
  readonly closes: readonly number[];
  /** Pages from the start of the slowness until a day after its end. */
  readonly pages: number;
}

const healthyProbes = 8 * 2880;
const after = 2880;

function scoreSlowness(seed: number, slowness: Slowness, traces: number, pace: Pace): SlowScore {
  const delays: number[] = [];
  const closes: number[] = [];
  let pages = 0;
  for (let trace = 0; trace < traces; trace += 1) {
    const { opened, closed } = playSlowness(random(seed * 1000 + trace), slowness, pace);
    pages += opened.length;
    delays.push(...opened.slice(0, 1).filter((delay) => delay <= slowness.lasts));
    closes.push(
      ...closed
        .filter((probe) => probe > slowness.lasts)
        .map((probe) => probe - slowness.lasts)
        .slice(0, 1),
    );
  }
  return { delays, closes, pages };
}

/** Pages and ends of one trace, in probes since the slowness began. */
function playSlowness(source: Random, slowness: Slowness, pace: Pace): { readonly opened: number[]; readonly closed: number[] } {
  const { interval } = usualSlow.settings;
  const start = healthyProbes + Math.floor(source.next() * 2880);
  const end = start + slowness.lasts;
  const answers = new Answers(source, pace);
  const state = freshSlow();
  const told = { opened: [] as number[], closed: [] as number[] };
  for (let i = 0; i < end + after; i += 1) {
    const at = i * interval;
    const usual = answers.next(at);
    const duration = i >= start && i < end ? slowness.apply(source, usual) : usual;
    const step = observeSlow(usualSlow, state, duration, at, at % dayMs);
    if (i >= start && (step === 'opened' || step === 'closed')) told[step].push(i - start + 1);
  }
  return told;
}

const usualSlow = compileSlow({ interval: 30 * secondMs, falsePagesPerYear: 1 });

/** How soon each slowness is told of an endpoint whose answers remember each other. */
export function slownessTable(seed: number, traces: number): string {
  const head = '| slowness | found | median | 95th percentile | probes to close, median | pages per incident |';
  const rows = slownesses.map((slowness) => {
    const { name } = slowness;
    const { delays, closes, pages } = scoreSlowness(seed, slowness, traces, paces[1] ?? plain);
    const found = `${delays.length} of ${traces}`;
    return `| ${[name, found, quantile(delays, 0.5), quantile(delays, 0.95), quantile(closes, 0.5), (pages / traces).toFixed(2)].join(' | ')} |`;
  });
  return [head, head.replace(/[^|]+/gu, ' --- '), ...rows].join('\n');
}

/** Pages of healthy endpoints against those that were asked for; the dial is turned up tenfold, so that there is something to count. */
export function slowCalibrationTable(seed: number, years: number): string {
  const head = '| answers | interval | years | asked | measured (90 %) | in the first week | verdict |';
  const cells: readonly SlowCell[] = [
    ...paces.map((pace) => ({ pace, interval: 30 * secondMs, falsePagesPerYear: 10 })),
    ...[10, 300].map((seconds) => ({ pace: paces[1] ?? plain, interval: seconds * secondMs, falsePagesPerYear: 10 })),
  ];
  const rows = cells.map((cell, i) => {
    const { pages, early } = falsePages(seed + 7919 * (i + 1), cell, years);
    const asked = slowShare * cell.falsePagesPerYear * years;
    const [low, high] = poissonInterval(pages);
    const verdict = low <= asked ? 'held' : 'MISSED';
    return `| ${[cell.pace.name, `${cell.interval / secondMs} s`, years, asked, `${pages} (${low.toFixed(1)} to ${high.toFixed(1)})`, early, verdict].join(' | ')} |`;
  });
  return [head, head.replace(/[^|]+/gu, ' --- '), ...rows].join('\n');
}

/** What one answer and one endpoint cost. */
export function slowCostLine(seed: number, updates: number): string {
  const answers = new Answers(random(seed), paces[1] ?? plain);
  const lengths = Float64Array.from({ length: 100_000 }, (_, i) => answers.next(i * 30 * secondMs));
  const parts = { resolve: 5, connect: 10, tls: 20, processing: 60, transfer: 5 };
  const state = freshSlow();
  const before = performance.now();
  for (let i = 0; i < updates; i += 1) {
    const at = i * 30 * secondMs;
    observeSlow(usualSlow, state, lengths[i % lengths.length] as number, at, at % dayMs);
    notePhases(state, parts);
  }
  const nanoseconds = ((performance.now() - before) * 1e6) / updates;
  return `- ${nanoseconds.toFixed(0)} ns an answer with five phases; ${8 * doubles(state)} bytes of numbers an endpoint, ${JSON.stringify(state).length} bytes of JSON; ${updates.toExponential(0)} answers.`;
}
