// Rules of one threshold each, from the deafest to the most sensitive: what somebody could set them to who wants them at their best.
import { burnRate } from '#backtest/rules/burnrate.ts';
import { consecutive, gatus } from '#backtest/rules/consecutive.ts';
import { icinga, icingaFlapping } from '#backtest/rules/icinga.ts';
import { nagios, nagiosFlapping } from '#backtest/rules/nagios.ts';
import { alertFor, averageBelow, xOfY } from '#backtest/rules/prometheus.ts';
import { outcomesIn, type Rule } from '#backtest/rules/rule.ts';
import { cusum, ewma, type Rates } from '#backtest/rules/textbook.ts';
import { hourMs, minuteMs, secondMs } from '#model/time.ts';
import { intervalS } from './play.ts';

export interface Family {
  readonly name: string;
  readonly rules: readonly Rule[];
}

const interval = intervalS * secondMs;
const keep = 10 * minuteMs;
const inARow = [20, 15, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1];
const percents = Array.from({ length: 87 }, (_, n) => 90 - n);
/** From 68 % to 99.99 %, the rest shrinking by a twentieth of a decade. */
const objectives = Array.from({ length: 71 }, (_, n) => Number((1 - 10 ** -(0.5 + n / 20)).toPrecision(6)));
/** 1 less a rest that grows from 1e-12 to a half by quarters of a decade. */
const probabilities = Array.from({ length: 48 }, (_, n) => 1 - 10 ** (n / 4 - 12));

/** Every family of the rules in common use, and the three textbook charts. */
export const families: readonly Family[] = [
  { name: 'k in a row', rules: inARow.map((k) => consecutive(k)) },
  { name: 'Gatus', rules: inARow.map((k) => gatus(k)) },
  { name: 'Prometheus for', rules: inARow.map((k) => alertFor((k - 1) * interval)) },
  { name: 'Prometheus for, keep_firing_for 10m', rules: inARow.map((k) => alertFor((k - 1) * interval, keep)) },
  ...[5 * minuteMs, 30 * minuteMs, 2 * hourMs, 6 * hourMs].map((window) => ({
    name: `average over ${window / minuteMs} min`,
    rules: countsDown(outcomesIn(window, interval)).map(([count, of]) => averageBelow(window, (of - count + 0.5) / of)),
  })),
  ...[5, 10, 20].map((of) => ({ name: `X of ${of}`, rules: countsDown(of).map(([count]) => xOfY(count, of)) })),
  { name: 'burn rate', rules: objectives.map((objective) => burnRate(objective)) },
  { name: 'burn rate with tickets', rules: objectives.map((objective) => burnRate(objective, true)) },
  { name: 'Nagios', rules: inARow.map((attempts) => nagios(attempts)) },
  { name: 'Nagios flap detection', rules: percents.map((percent) => nagiosFlapping(percent)) },
  { name: 'Icinga with flap detection', rules: inARow.map((attempts) => icinga(attempts, true)) },
  { name: 'Icinga flap detection', rules: percents.map((percent) => icingaFlapping(percent)) },
  ...[10, 30, 120, 480].map((span) => ({ name: `EWMA ${span}`, rules: shares(span).map((threshold) => ewma(span, threshold)) })),
  ...[0.02, 0.1, 0.5].map((faulty) => ({
    name: `CUSUM to ${faulty}`,
    rules: Array.from({ length: 173 }, (_, n) => cusum({ healthy: 0.001, faulty }, 45 - n / 4)),
  })),
  ...[0.05, 0.3].map((faulty) => ({
    name: `HMM to ${faulty}`,
    rules: probabilities.map((threshold) => hiddenMarkov({ healthy: 0.001, faulty }, threshold)),
  })),
];

/** Failures of `of` outcomes, from all of them down to one; of many only some. */
function countsDown(of: number): readonly (readonly [count: number, of: number])[] {
  const counts = new Set([1, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12].map((share) => Math.ceil(share * of)));
  for (let count = Math.min(of, 60); count >= 1; count -= 1) counts.add(count);
  return [...counts].toSorted((x, y) => y - x).map((count) => [count, of] as const);
}

/** Averages from nearly all failed down to what two failures make. */
function shares(span: number): readonly number[] {
  const least = 2 / (span + 1);
  return Array.from({ length: 80 }, (_, n) => Number((0.95 * (least / 0.95) ** (n / 79)).toPrecision(3)));
}

/** Chances of a change of state from one outcome to the next: a fault once in about 17 days, and lasting about a day. */
const falls = 2e-5;
const mends = 3e-4;

/**
 * Two hidden states, well and ill, each with its own rate of failures: the chance of being ill, by Bayes' rule (Shiryaev 1963). Fires above
 * `threshold` and until the chance is below a half of that.
 */
function hiddenMarkov({ healthy, faulty }: Rates, threshold: number): Rule {
  return {
    name: `HMM ${healthy} to ${faulty}, above ${threshold > 0.9999 ? `1 - ${(1 - threshold).toExponential(1)}` : threshold.toPrecision(4)}`,
    source: 'Shiryaev 1963: the posterior of a two-state chain',
    start: () => {
      let odds = 0;
      let firing = false;
      return {
        observe: (failed) => {
          const before = (odds * (1 - mends) + falls) / (odds * mends + 1 - falls);
          if (failed !== undefined) odds = before * (failed ? faulty / healthy : (1 - faulty) / (1 - healthy));
          const chance = odds / (1 + odds);
          firing = firing ? chance > threshold / 2 : 1 / (1 + odds) < 1 - threshold;
          return firing;
        },
      };
    },
  };
}
