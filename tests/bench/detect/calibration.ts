// False pages on healthy endpoints, against those that were asked for.
import { compile, type DetectorSettings, type DetectorState, fresh, observe } from '#core/detect/detector.ts';
import { random } from './random.ts';
import { addHealth, dayS, type Health } from './traces.ts';

const yearDays = 365.25;

export interface Cell {
  readonly health: Health;
  readonly settings: DetectorSettings;
}

export interface CellScore extends Cell {
  readonly years: number;
  readonly intermittent: number;
  readonly down: number;
  /** Years in which no incident was open. */
  readonly up: number;
}

/** Plays fresh endpoints of one year each. */
export function scoreCell(seed: number, cell: Cell, years: number): CellScore {
  const source = random(seed);
  const detector = compile(cell.settings);
  const { interval } = cell.settings;
  const outcomes = new Uint8Array(Math.round((yearDays * dayS * 1000) / interval));
  const tally = { intermittent: 0, down: 0, open: 0 };
  for (let year = 0; year < years; year += 1) {
    outcomes.fill(0);
    addHealth(source, outcomes, interval / 1000, cell.health);
    let before: DetectorState['state'] = 'up';
    const state = fresh();
    let timeOfDay = 0;
    for (let i = 0; i < outcomes.length; i += 1) {
      observe(detector, state, outcomes[i] === 1, i * interval, timeOfDay);
      if (before === 'up' && state.state !== 'up') tally[state.state === 'down' ? 'down' : 'intermittent'] += 1;
      before = state.state;
      if (before !== 'up') tally.open += 1;
      timeOfDay += interval;
      if (timeOfDay >= dayS * 1000) timeOfDay = 0;
    }
  }
  return { ...cell, years, intermittent: tally.intermittent, down: tally.down, up: years - tally.open / outcomes.length };
}

/** 90 % interval of a Poisson mean from a count (Wilson and Hilferty's approximation of the chi-square quantiles). */
export function poissonInterval(count: number): readonly [number, number] {
  const z = 1.6449;
  const bound = (k: number, sign: number): number => (k <= 0 ? 0 : k * (1 - 1 / (9 * k) + (sign * z) / (3 * Math.sqrt(k))) ** 3);
  return [bound(count, -1), bound(count + 1, 1)];
}

const rates = [1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 2e-2];

/** Every cell, or for a quick look one interval and one dial without the quietest rates. */
export function cells(quick: boolean): Cell[] {
  const healths = (quick ? rates.slice(3) : rates).flatMap((rate): Health[] => [
    ...(['none', 'weekly', 'daily'] as const).map((restarts) => ({ rate, restarts, season: false })),
    { rate, restarts: 'none', season: true },
  ]);
  return (quick ? [60] : [10, 30, 60]).flatMap((seconds) =>
    (quick ? [1] : [0.1, 1, 4]).flatMap((falsePagesPerYear) =>
      healths.map((health) => ({ health, settings: { interval: seconds * 1000, falsePagesPerYear, grace: 60_000 } })),
    ),
  );
}

export function calibrationTable(scores: readonly CellScore[]): string {
  const head =
    '| interval | restarts | season | healthy rate | years up | asked | measured a year (90 %) | page test | down rule | asked / measured | verdict |';
  const rows = scores.map((score) => {
    const { settings, health, intermittent, down, up } = score;
    const asked = settings.falsePagesPerYear;
    const [low, high] = poissonInterval(intermittent + down).map((count) => count / up) as [number, number];
    const measured = (intermittent + down) / up;
    return `| ${[
      `${settings.interval / 1000} s`,
      health.restarts,
      health.season ? '9:1' : '',
      health.rate,
      up.toFixed(1),
      asked,
      `${measured.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`,
      (intermittent / up).toFixed(2),
      (down / up).toFixed(2),
      measured > 0 ? (asked / measured).toFixed(1) : '',
      low <= (health.season ? 1.5 : 1) * asked ? 'held' : 'MISSED',
    ].join(' | ')} |`;
  });
  return [head, head.replace(/[^|]+/gu, ' --- '), ...rows].join('\n');
}

/** zeta at which the page test of the steady cells would spend just its share of the budget, where that is at its dearest. */
export function zetaMeasured(scores: readonly CellScore[], zeta: number): number {
  const spent = new Map<number, { pages: number; asked: number }>();
  for (const { health, settings, intermittent, up } of scores) {
    if (health.season || health.rate >= 2e-2) continue;
    const sum = spent.get(health.rate) ?? { pages: 0, asked: 0 };
    spent.set(health.rate, { pages: sum.pages + intermittent, asked: sum.asked + 0.7 * settings.falsePagesPerYear * up });
  }
  return Math.min(...[...spent.values()].map(({ pages, asked }) => (zeta * asked) / Math.max(1, pages)));
}
