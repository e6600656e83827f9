// How much later than an observer who knows both true rates: Shiryaev-Roberts with p0 and p1, at the same measured rate of false pages.
import { scoreCell } from './calibration.ts';
import { intervalS, mean, play, usual } from './play.ts';
import { geometric, type Random, random } from './random.ts';

const probesPerYear = (365.25 * 86_400) / intervalS;
const healthyProbes = 20_000;
const faultProbes = 6_000;
const falseAlarms = 100;

export interface Optimality {
  readonly p0: number;
  readonly p1: number;
  readonly falsePagesPerYear: number;
  readonly ours: number;
  /** Bound by the same policy: three failures in two episodes, or three in a row. */
  readonly observer: number;
  /** Bound by nothing. */
  readonly free: number;
  /** ln(mean time to a false page) / Kullback-Leibler divergence (Lorden 1971): asymptotic. */
  readonly lorden: number;
}

export function scoreOptimality(seed: number, years: number, traces: number): Optimality[] {
  return [1e-3, 3e-3].flatMap((p0, k) => {
    const healthy = { rate: p0, restarts: 'none', season: false } as const;
    const cell = scoreCell(seed * 1000 + 500 + k, { health: healthy, settings: usual.settings }, years);
    const falsePagesPerYear = Math.max(1, cell.intermittent + cell.down) / cell.up;
    return [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9].map((p1, n) => {
      const source = random(seed * 1000 + 520 + 10 * k + n);
      const meanTime = probesPerYear / falsePagesPerYear;
      const divergence = p1 * Math.log(p1 / p0) + (1 - p1) * Math.log((1 - p1) / (1 - p0));
      return {
        p0,
        p1,
        falsePagesPerYear,
        ours: ourDelay(source, p0, p1, traces),
        observer: observerDelay(source, { p0, p1, bound: true }, meanTime, traces),
        free: observerDelay(source, { p0, p1, bound: false }, meanTime, traces),
        lorden: Math.log(meanTime) / divergence,
      };
    });
  });
}

function ourDelay(source: Random, p0: number, p1: number, traces: number): number {
  const delays: number[] = [];
  const outcomes = new Uint8Array(healthyProbes + faultProbes);
  for (let n = 0; n < traces; n += 1) {
    outcomes.fill(0);
    for (let i = geometric(source, p0); i < healthyProbes; i += 1 + geometric(source, p0)) outcomes[i] = 1;
    for (let i = healthyProbes + geometric(source, p1); i < outcomes.length; i += 1 + geometric(source, p1)) outcomes[i] = 1;
    const page = play(usual, outcomes).find((change) => change.from === 'up' && change.i >= healthyProbes);
    if (page !== undefined) delays.push(page.i - healthyProbes + 1);
  }
  return mean(delays);
}

export interface Observer {
  readonly p0: number;
  readonly p1: number;
  readonly bound: boolean;
}

/** Probes to the alarm when probes fail with chance p. Jumps from failure to failure. */
export function alarm(source: Random, observer: Observer, threshold: number, p: number): number {
  const { p0, p1, bound } = observer;
  const strike = p1 / p0;
  const calm = (1 - p1) / (1 - p0);
  let evidence = 0;
  let probes = 0;
  let failures = 0;
  let episodes = 0;
  let run = 0;
  for (;;) {
    const gap = geometric(source, p);
    const fade = calm ** gap;
    evidence = evidence * fade + (calm * (1 - fade)) / (1 - calm);
    if (gap > 0) {
      run = 0;
      if (evidence < 0.0003 * threshold) failures = episodes = 0;
    }
    probes += gap + 1;
    evidence = (1 + evidence) * strike;
    failures += 1;
    run += 1;
    if (run === 1) episodes += 1;
    if (evidence >= threshold && (!bound || run >= 3 || (failures >= 3 && episodes >= 2))) return probes;
  }
}

/** Mean delay at the threshold that gives this mean time to a false alarm. */
function observerDelay(source: Random, observer: Observer, meanTime: number, traces: number): number {
  const threshold = observerThreshold(source, observer, meanTime);
  let total = 0;
  for (let n = 0; n < traces; n += 1) total += alarm(source, observer, threshold, observer.p1);
  return total / traces;
}

/** Evidence at which an observer has this mean time to a false alarm, in probes. */
export function observerThreshold(source: Random, observer: Observer, meanTime: number): number {
  let low = Math.log(meanTime / 8);
  let high = Math.log(meanTime * 8);
  const seed = Math.floor(source.next() * 2 ** 31);
  for (let step = 0; step < 8; step += 1) {
    const middle = (low + high) / 2;
    const healthy = random(seed);
    let total = 0;
    for (let n = 0; n < falseAlarms; n += 1) total += alarm(healthy, observer, Math.exp(middle), observer.p0);
    if (total / falseAlarms < meanTime) low = middle;
    else high = middle;
  }
  return Math.exp(high);
}

export function optimalityTable(scores: readonly Optimality[]): string {
  const head =
    '| p0 | p1 | false pages a year, measured | mean delay, probes | observer, same policy | ratio | observer, free | ratio | ln(ARL)/KL |';
  const rows = scores.map(
    (s) =>
      `| ${[
        s.p0,
        s.p1,
        s.falsePagesPerYear.toFixed(2),
        s.ours.toFixed(1),
        s.observer.toFixed(1),
        (s.ours / s.observer).toFixed(2),
        s.free.toFixed(1),
        (s.ours / s.free).toFixed(2),
        s.lorden.toFixed(1),
      ].join(' | ')} |`,
  );
  const ratios = scores.map((s) => s.ours / s.observer);
  const free = scores.map((s) => s.ours / s.free);
  const worst = `Ratio to the observer of the same policy: mean ${mean(ratios).toFixed(2)}, worst ${Math.max(...ratios).toFixed(2)}`;
  return [
    head,
    head.replace(/[^|]+/gu, ' --- '),
    ...rows,
    '',
    `${worst}; free: mean ${mean(free).toFixed(2)}, worst ${Math.max(...free).toFixed(2)}.`,
  ].join('\n');
}
