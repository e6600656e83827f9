// Delay, label and quality of incidents for every class of faults.
import { describe, intervalS, mean, play, quantile, usual } from './play.ts';
import { around, between, type Random, random } from './random.ts';
import { addHealth, addSpell, dayS, type Fault, faults } from './traces.ts';

const healthDays = 5;
const afterProbes = 240;
const labelAfter = 40;
const nightlyS = 3 * 3600;
const nightlyLength = 90;

export interface FaultScore {
  readonly fault: Fault;
  readonly delays: readonly number[];
  readonly traces: number;
  readonly pages: number;
  readonly premature: number;
  readonly states: number;
  readonly patterns: number;
  readonly covered: readonly [atPage: number, later: number];
  readonly onsetErrors: readonly number[];
  readonly closing: readonly number[];
}

interface Scene {
  readonly outcomes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Of a fault that changes: the chance of a failure at each probe. */
  readonly rate?: ((i: number) => number) | undefined;
}

/** Health of unknown rate for five days and a bit, the fault, and two hours after it. */
function scene(source: Random, fault: Fault): Scene {
  const start = Math.floor(((healthDays + source.next()) * dayS) / intervalS);
  const end = start + fault.lasts;
  const outcomes = new Uint8Array(end + afterProbes);
  const rate = around(source, 1e-4, 1e-2);
  addHealth(source, outcomes, intervalS, { rate, restarts: source.next() < 0.5 ? 'weekly' : 'none', season: false });
  return { outcomes, start, end, rate: fault.apply(source, outcomes, start, end) };
}

export function scoreFaults(seed: number, traces: number): FaultScore[] {
  return faults.map((fault, k) => scoreFault(random(seed * 1000 + k), fault, traces));
}

function scoreFault(source: Random, fault: Fault, traces: number): FaultScore {
  const delays: number[] = [];
  const closing: number[] = [];
  const onsetErrors: number[] = [];
  const tally = { pages: 0, premature: 0, states: 0, patterns: 0, atPage: 0, later: 0 };
  for (let n = 0; n < traces; n += 1) {
    const traced = scene(source, fault);
    const { outcomes, start, end } = traced;
    const changes = play(usual, outcomes);
    const pages = changes.filter((change) => change.from === 'up' && change.i >= start);
    const first = pages.find((change) => change.i < end);
    if (first === undefined) continue;
    delays.push(first.i - start + 1);
    tally.pages += pages.length;
    const closes = changes.filter((change) => change.to === 'up' && change.i > first.i);
    tally.premature += closes.filter((change) => change.i < end).length;
    const last = closes.find((change) => change.i >= end);
    if (last !== undefined) closing.push(last.i - end + 1);
    judge(traced, first.i, fault, tally, onsetErrors);
  }
  const covered = [tally.atPage / delays.length, tally.later / delays.length] as const;
  return { fault, delays, traces, ...tally, covered, onsetErrors, closing };
}

type Tally = { states: number; patterns: number; atPage: number; later: number };

/** What a person is told at the page and some 40 probes later. */
// oxlint-disable-next-line max-params -- a bench, five facts of one trace
function judge(traced: Scene, paged: number, fault: Fault, tally: Tally, onsetErrors: number[]): void {
  const { outcomes, start, end } = traced;
  const later = Math.min(paged + labelAfter, end - 1);
  const look = (at: 'atPage' | 'later') => (i: number, state: Parameters<typeof describe>[1], detector: typeof usual) => {
    const verdict = describe(detector, state);
    const truth = trueShare(traced, verdict.since / detector.settings.interval, i);
    const { low, high } = verdict.failureRate;
    if (truth >= low && truth <= high) tally[at] += 1;
    if (at === 'atPage') onsetErrors.push(Math.abs(verdict.since / detector.settings.interval - start));
    if (at === 'atPage' && later !== paged) return;
    if (fault.states.includes(verdict.state)) tally.states += 1;
    if (fault.patterns.includes(verdict.pattern?.kind ?? '')) tally.patterns += 1;
  };
  play(
    usual,
    outcomes.subarray(0, later + 1),
    new Map([
      [paged, look('atPage')],
      [later, look('later')],
    ]),
  );
}

/** What a person should be told: the share over the whole fault, or of one that changes what was to be expected between the two probes. */
function trueShare({ outcomes, start, end, rate }: Scene, since: number, now: number): number {
  let failed = 0;
  const from = rate === undefined ? start : Math.max(start, since);
  const to = rate === undefined ? end : now + 1;
  for (let i = from; i < to; i += 1) failed += rate === undefined ? (outcomes[i] as number) : rate(i);
  return failed / (to - from);
}

export interface BlipScore {
  readonly name: string;
  readonly traces: number;
  readonly pages: number;
}

/** Short outages on quiet endpoints: one or two failing probes, and outages of so many seconds at a random phase. */
export function scoreBlips(seed: number, traces: number): BlipScore[] {
  const source = random(seed * 1000 + 900);
  const kinds = [
    { name: 'one failing probe', seconds: 0, probes: 1 },
    { name: 'two failing probes', seconds: 0, probes: 2 },
    { name: 'outage of 30 s', seconds: 30, probes: 0 },
    { name: 'outage of 60 s', seconds: 60, probes: 0 },
    { name: 'outage of 90 s', seconds: 90, probes: 0 },
    { name: 'outage of 120 s', seconds: 120, probes: 0 },
  ];
  return kinds.map(({ name, seconds, probes }) => {
    let pages = 0;
    for (let n = 0; n < traces; n += 1) {
      const start = Math.floor((healthDays * dayS) / intervalS);
      const outcomes = new Uint8Array(start + 240);
      addHealth(source, outcomes, intervalS, { rate: around(source, 1e-4, 1e-2), restarts: 'none', season: false });
      outcomes.fill(0, start - 20);
      const first = Math.ceil(start + between(source, 0, 1));
      const phase = source.next();
      const count = probes > 0 ? probes : Math.ceil(seconds / intervalS - phase);
      outcomes.fill(1, first, first + count);
      pages += play(usual, outcomes).filter((change) => change.from === 'up' && change.i >= start).length;
    }
    return { name, traces, pages };
  });
}

/** Pages of endpoints that restart for 90 s every night, at the same time to a minute: on the first two days, and on all later ones. */
export function scoreNightly(seed: number, endpoints: number, days: number): { readonly first: number; readonly later: number } {
  const source = random(seed * 1000 + 950);
  const tally = { first: 0, later: 0 };
  for (let n = 0; n < endpoints; n += 1) {
    const outcomes = new Uint8Array((days * dayS) / intervalS);
    addHealth(source, outcomes, intervalS, { rate: around(source, 1e-4, 1e-2), restarts: 'none', season: false });
    for (let day = 0; day < days; day += 1) addSpell(outcomes, intervalS, day * dayS + nightlyS + between(source, 0, 60), nightlyLength);
    for (const { i, from } of play(usual, outcomes)) if (from === 'up') tally[i < (2 * dayS) / intervalS ? 'first' : 'later'] += 1;
  }
  return tally;
}

export function faultTable(scores: readonly FaultScore[]): string {
  const head =
    '| fault | median | p95 | target | in 5 min | 15 min | 60 min | ever | pages per incident | premature closes | state right | pattern right | truth in the interval: at the page, 40 probes on | onset error, median | probes to close, median |';
  const rows = scores.map((score) => {
    const found = (limit: number) => percent(score.delays.filter((delay) => delay <= limit).length / score.traces);
    const n = score.delays.length;
    const { median, p95 } = score.fault;
    return `| ${[
      score.fault.name,
      quantile(score.delays, 0.5),
      quantile(score.delays, 0.95),
      median > 0 ? `${median} / ${p95}` : '',
      found(10),
      found(30),
      found(120),
      found(Number.POSITIVE_INFINITY),
      (score.pages / n).toFixed(3),
      score.premature,
      percent(score.states / n),
      percent(score.patterns / n),
      score.covered.map(percent).join(', '),
      quantile(score.onsetErrors, 0.5),
      quantile(score.closing, 0.5),
    ].join(' | ')} |`;
  });
  const all = mean(scores.map((score) => score.pages / score.delays.length));
  return [head, head.replace(/[^|]+/gu, ' --- '), ...rows, '', `Pages per incident, mean over the classes: ${all.toFixed(3)}.`].join('\n');
}

export function percent(value: number): string {
  return `${(100 * value).toFixed(value > 0.995 && value < 1 ? 1 : 0)} %`;
}
