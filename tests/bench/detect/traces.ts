// Synthetic outcomes: healthy endpoints of every sort, and faults of every class that detection.md 13 names.
import { between, geometric, type Random } from './random.ts';

/** How a healthy endpoint fails. */
export interface Health {
  /** Lone failures per probe. */
  readonly rate: number;
  /** Restarts of 60 s: never, about weekly, or every night at the same hour. */
  readonly restarts: 'none' | 'weekly' | 'daily';
  /** Failures nine times as frequent by day as by night, the mean kept. */
  readonly season: boolean;
}

export const dayS = 86_400;
const restartS = 60;
const nightlyS = 3 * 3600;
const busyFrom = 8 * 3600;
const busyTo = 20 * 3600;
/** Nine to one over half a day each, with a mean of one. */
const busy = 1.8;
const idle = 0.2;

/** Fills outcomes[from..] with health, adding to what is there. */
export function addHealth(source: Random, outcomes: Uint8Array, intervalS: number, health: Health): void {
  if (health.rate > 0) {
    const most = Math.min(1, health.season ? health.rate * busy : health.rate);
    for (let i = geometric(source, most); i < outcomes.length; i += 1 + geometric(source, most)) {
      if (!health.season || source.next() * busy < seasonAt((i * intervalS) % dayS)) outcomes[i] = 1;
    }
  }
  addRestarts(source, outcomes, intervalS, health.restarts);
}

function seasonAt(second: number): number {
  return second >= busyFrom && second < busyTo ? busy : idle;
}

function addRestarts(source: Random, outcomes: Uint8Array, intervalS: number, restarts: Health['restarts']): void {
  const end = outcomes.length * intervalS;
  if (restarts === 'weekly') {
    let at = -Math.log(1 - source.next()) * 7 * dayS;
    for (; at < end; at -= Math.log(1 - source.next()) * 7 * dayS) addSpell(outcomes, intervalS, at, restartS);
  }
  if (restarts === 'daily') {
    for (let at = nightlyS + between(source, 0, 600); at < end; at += dayS)
      addSpell(outcomes, intervalS, at + between(source, 0, 60), restartS);
  }
}

/** Every probe due in [at, at + length) fails. */
export function addSpell(outcomes: Uint8Array, intervalS: number, at: number, length: number): void {
  const first = Math.ceil(at / intervalS);
  for (let i = first; i < outcomes.length && i * intervalS < at + length; i += 1) outcomes[i] = 1;
}

/** What a class of faults does to the probes [start, end), and what people should be told of it. */
export interface Fault {
  readonly name: string;
  /** Probes that the fault lasts, at 30 s. */
  readonly lasts: number;
  /** State and pattern that are right some 40 probes after the page. */
  readonly states: readonly string[];
  readonly patterns: readonly string[];
  /** Targets in probes (detection.md 13), 0 where there is none. */
  readonly median: number;
  readonly p95: number;
  /** Gives the chance of a failure at each probe where it changes; undefined where the fault stays as it is. */
  apply(source: Random, outcomes: Uint8Array, start: number, end: number): ((i: number) => number) | undefined;
}

const probeS = 30;
const hour = 120;

function steady(share: number, lasts: number, median: number, p95: number): Fault {
  return {
    name: `${Math.round(share * 100)} %`,
    lasts,
    states: share >= 0.9 ? ['down', 'intermittent', 'recovering'] : ['intermittent', 'recovering'],
    patterns: share >= 0.9 ? ['steady', 'down'] : ['steady'],
    median,
    p95,
    apply(source, outcomes, start, end) {
      for (let i = start; i < end; i += 1) if (source.next() < share) outcomes[i] = 1;
      return undefined;
    },
  };
}

/** Spells of failures, exponential with these means in seconds, the first at the start. */
function bursts(gapS: number): Fault {
  const spellS = 150;
  return {
    name: `bursts, ${spellS} s every ${gapS} s`,
    lasts: 6 * hour,
    states: ['intermittent', 'recovering', 'down'],
    patterns: ['bursts'],
    median: 0,
    p95: 0,
    apply(source, outcomes, start, end) {
      const mean = (seconds: number): number => -Math.log(1 - source.next()) * seconds;
      const stop = end * probeS;
      for (let at = start * probeS; at < stop; ) {
        const length = Math.min(mean(spellS), stop - at);
        addSpell(outcomes, probeS, at, length);
        at += length + mean(gapS);
      }
      return undefined;
    },
  };
}

/** Periodic: so many seconds down in every period. */
function flaps(downS: number, periodS: number): Fault {
  return {
    name: `flaps, ${downS} s of ${periodS} s`,
    lasts: 6 * hour,
    states: ['intermittent', 'recovering', 'down'],
    patterns: ['bursts', 'steady'],
    median: 0,
    p95: 0,
    apply(_source, outcomes, start, end) {
      for (let at = start * probeS; at < end * probeS; at += periodS) addSpell(outcomes.subarray(0, end), probeS, at, downS);
      return undefined;
    },
  };
}

export const faults: readonly Fault[] = [
  {
    name: 'down',
    lasts: hour,
    states: ['down'],
    patterns: ['down'],
    median: 3,
    p95: 4,
    apply(_source, outcomes, start, end) {
      outcomes.fill(1, start, end);
      return undefined;
    },
  },
  steady(0.9, 6 * hour, 0, 0),
  steady(0.7, 6 * hour, 5, 11),
  steady(0.5, 6 * hour, 8, 15),
  steady(0.3, 6 * hour, 14, 30),
  steady(0.2, 6 * hour, 17, 50),
  steady(0.1, 12 * hour, 38, 90),
  steady(0.05, 24 * hour, 75, 300),
  steady(0.02, 72 * hour, 300, 2300),
  bursts(450),
  bursts(1350),
  flaps(60, 300),
  flaps(120, 600),
  {
    name: 'ramp to 30 % over 4 to 8 h',
    lasts: 12 * hour,
    states: ['intermittent', 'recovering'],
    patterns: ['steady'],
    median: 150,
    p95: 240,
    apply(source, outcomes, start, end) {
      const length = between(source, 4, 8) * hour;
      const rate = (i: number) => 0.3 * Math.min(1, (i - start) / length);
      for (let i = start; i < end; i += 1) if (source.next() < rate(i)) outcomes[i] = 1;
      return rate;
    },
  },
];
