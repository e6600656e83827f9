// The rules do what their sources say: worked examples of the documentation, and of the code by hand.
import { describe, expect, test } from 'vitest';
import { hourMs, minuteMs, secondMs } from '#model/time.ts';
import { burnRate } from './burnrate.ts';
import { consecutive, gatus, uptimeKuma } from './consecutive.ts';
import { defaults } from './defaults.ts';
import { Flapping, icinga, icingaFlapping } from './icinga.ts';
import { nagios, nagiosFlapping, StateHistory } from './nagios.ts';
import { alertFor, averageBelow, xOfY } from './prometheus.ts';
import type { Rule } from './rule.ts';
import { cusum, ewma } from './textbook.ts';

const usual = 30 * secondMs;

/** Firing after each outcome: `!` where it fires. */
function firing(rule: Rule, outcomes: string, interval = usual): string {
  const watcher = rule.start(interval);
  return outcomes
    .split('')
    .map((code) => (watcher.observe(code === '?' ? undefined : code === '1') ? '!' : '.'))
    .join('');
}

function firstFiring(rule: Rule, outcomes: string, interval = usual): number {
  return firing(rule, outcomes, interval).indexOf('!');
}

function pages(rule: Rule, outcomes: string, interval = usual): number {
  return (firing(rule, outcomes, interval).match(/(?<!!)!/gu) ?? []).length;
}

function percentChange(states: string): number {
  const kept = new StateHistory();
  for (const state of states) kept.record(state === '1');
  return kept.percentChange();
}

/** Outcomes whose changes are at these places of the ring of twenty, oldest first. */
function changesAt(places: readonly number[]): string {
  let state = 0;
  return Array.from({ length: 20 }, (_, i) => {
    if (places.includes(i)) state = 1 - state;
    return String(state);
  }).join('');
}

describe('in a row', () => {
  test('three failures in a row fire until the first success; a missing outcome neither counts nor breaks the row', () => {
    expect(firing(consecutive(3), '0110111101')).toBe('......!!..');
    expect(firing(consecutive(3), '011?1?01')).toBe('....!!..');
  });

  test('Gatus triggers at the third failure and resolves at the second success in a row', () => {
    expect(firing(gatus(), '1110101001')).toBe('..!!!!!!..');
  });

  test('Uptime Kuma is down at once without retries, and after as many pending beats as it has retries', () => {
    expect(firing(uptimeKuma(), '0101')).toBe('.!.!');
    expect(firing(uptimeKuma(2), '0110111')).toBe('......!');
  });
});

describe('Prometheus', () => {
  test('for: 5m fires five minutes after the first failure: at the eleventh of 30 s, and a success drops what is pending', () => {
    expect(firstFiring(alertFor(5 * minuteMs), '1'.repeat(20))).toBe(10);
    expect(firstFiring(alertFor(5 * minuteMs), '1'.repeat(20), minuteMs)).toBe(5);
    expect(firing(alertFor(5 * minuteMs), `${'1'.repeat(10)}0${'1'.repeat(10)}`)).not.toContain('!');
  });

  test('keep_firing_for keeps it firing for as long after the last failure, and a failure in between starts that anew', () => {
    const rule = alertFor(minuteMs, 2 * minuteMs);
    expect(firing(rule, '111000000')).toBe('..!!!!!..');
    expect(firing(rule, '111000100000')).toBe('..!!!!!!!!!.');
    expect(pages(rule, '1110001000000')).toBe(1);
  });

  test('a missing outcome is the sample before it for five minutes, then none', () => {
    expect(firstFiring(alertFor(2 * minuteMs), '1????1')).toBe(4);
    const rule = alertFor(minuteMs);
    expect(firing(rule, `111${'?'.repeat(12)}`)).toBe('..!!!!!!!!!!...');
  });

  test('avg_over_time over 5 min of 30 s is over ten outcomes: one failure is 0.9 and not below it, two are', () => {
    const rule = averageBelow(5 * minuteMs, 0.9);
    expect(firing(rule, '1000000000')).not.toContain('!');
    expect(firing(rule, '10000000010')).toBe('.........!.');
    // Nine known ones: one failure is 0.889.
    expect(firing(rule, '?000000001')).toBe('.........!');
  });

  test('an average over nothing but missing outcomes fires nothing', () => {
    expect(firing(averageBelow(minuteMs, 0.9), '11??')).toBe('!!!.');
  });

  test('three of five', () => {
    expect(firing(xOfY(3, 5), '1010100010')).toBe('....!.....');
  });
});

describe('burn rate', () => {
  const healthy = '0'.repeat(720);

  test('a hard outage burns 14.4 times the budget in both windows at the second failure of 120: 1.67 % of an hour', () => {
    expect(firstFiring(burnRate(), healthy + '1'.repeat(5)) - healthy.length).toBe(1);
  });

  test('one failure is 0.83 % of an hour: not more than 1.44 %', () => {
    expect(pages(burnRate(), `${healthy}1${healthy}`)).toBe(0);
  });

  test('the short window ends it five minutes after the last failure', () => {
    const fires = firing(burnRate(), `${healthy}11${'0'.repeat(60)}`).slice(healthy.length);
    expect(fires.lastIndexOf('!') - 1).toBe(9);
  });

  test('six times the budget over six hours: the fifth failure of 720 is 0.69 %, the fourth 0.56 %', () => {
    const spread = `${'0'.repeat(140)}1`.repeat(5);
    const at = firstFiring(burnRate(), healthy + spread) - healthy.length;
    expect(at).toBe(141 * 5 - 1);
  });

  test('three days over budget are a ticket: the ninth failure of 8,640, within six hours of the last', () => {
    // One an eight hours: 0.104 % of three days.
    const slow = `${'0'.repeat(959)}1`.repeat(9);
    expect(pages(burnRate(), slow)).toBe(0);
    expect(firstFiring(burnRate(0.999, true), slow)).toBe(960 * 9 - 1);
  });

  test('missing outcomes are no requests', () => {
    // Half of the hour is known: one failure of 60 is 1.67 %.
    expect(firstFiring(burnRate(), `${healthy}${'?'.repeat(60)}${'0'.repeat(59)}1`)).toBe(720 + 119);
    expect(firing(burnRate(), '?'.repeat(1000))).not.toContain('!');
  });

  test('an hour between outcomes is an hour of one outcome', () => {
    expect(firstFiring(burnRate(), '001', hourMs)).toBe(2);
  });
});

describe('Nagios', () => {
  test('no change is 0 %, a change at every check 100 %', () => {
    expect(percentChange('0'.repeat(21))).toBe(0);
    expect(percentChange('010101010101010101010')).toBeCloseTo(100, 10);
  });

  test('the example of the manual: changes at t3, t4, t5, t9, t12, t16 and t19 are 35 % unweighted, 34.3 % by the weights of flapping.c', () => {
    // (7 * 0.75 + (2 + 3 + 4 + 8 + 11 + 15 + 18) * 0.5 / 19) / 20; the manual writes 31 % without a sum.
    expect(percentChange('000101111000111100011')).toBeCloseTo(34.276, 3);
  });

  test('a change weighs 1.25 when it is the latest and 0.75 when it is the oldest: 6.25 and 3.75 %', () => {
    expect(percentChange('1')).toBe(6.25);
    expect(percentChange(`1${'1'.repeat(19)}`)).toBe(3.75);
    expect(percentChange('1'.repeat(21))).toBe(0);
  });

  test('flapping starts at 20 %: the fourth change of every check, and ends when one is left', () => {
    // 1.25 + 1.224 + 1.197 = 3.67 of 20 is 18.4 %; with the fourth 24.2 %.
    expect(firing(nagiosFlapping(), '01010')).toBe('....!');
    const fires = firing(nagiosFlapping(), `01010${'0'.repeat(30)}`);
    // Eighteen checks later the third and the fourth are the oldest, 7.6 %; one more, and the fourth is alone: 3.75 %.
    expect(fires.lastIndexOf('!')).toBe(4 + 18);
  });

  test('failures that stay soft page nobody and are not in the history', () => {
    expect(firing(nagios(), '0110'.repeat(30))).not.toContain('!');
  });

  test('a hard problem pages at the third failure, and outages that come and go become one flapping', () => {
    expect(firing(nagios(), '011100')).toBe('...!..');
    expect(pages(nagios(), `${'1110'.repeat(10)}${'0'.repeat(40)}`)).toBeLessThan(5);
    expect(pages(consecutive(3), '1110'.repeat(10))).toBe(10);
  });

  test('a missing check is none', () => {
    expect(firing(nagios(), '11?1?0')).toBe('...!!.');
    expect(firing(nagiosFlapping(), '0?1?0?1?0?')).toBe('........!!');
  });
});

describe('Icinga', () => {
  test('the example of the manual: 0.84 + 0.86 + 0.88 + 0.9 + 0.98 + 1.06 + 1.12 + 1.18 = 7.82 of 20 is 39.1 %', () => {
    const flapping = new Flapping(30);
    for (const code of changesAt([2, 3, 4, 5, 9, 13, 16, 19])) flapping.take(code === '1');
    expect(flapping.value).toBeCloseTo(39.1, 10);
    expect(flapping.is).toBe(true);
  });

  test('the same example, seven checks without a change later: below 25 %, no longer flapping', () => {
    const fires = firing(icingaFlapping(), changesAt([2, 3, 4, 5, 9, 13, 16, 19]) + '0'.repeat(8));
    expect(fires.slice(19)).toMatch(/^!{2,7}\.+$/u);
  });

  test('starts above 30 %: six changes in a row are 33.9 %, five 28.5 %', () => {
    // 1.18 + 1.16 + 1.14 + 1.12 + 1.1 = 5.7; + 1.08 = 6.78
    expect(firing(icingaFlapping(), '0101010')).toBe('......!');
  });

  test('a problem is hard at the fifth failure of the template', () => {
    expect(firing(icinga(), '01111101')).toBe('.....!..');
    expect(firing(icinga(3), '0111?0')).toBe('...!!.');
  });

  test('with flap detection a storm of changes is one page', () => {
    expect(pages(icinga(3, true), '01'.repeat(40))).toBe(1);
    expect(pages(icinga(3), '01'.repeat(40))).toBe(0);
  });
});

describe('textbook', () => {
  test('EWMA over 9 weighs the latest 0.2: two failures in a row are 0.36, and it fires until at half of the threshold', () => {
    // 0.2, 0.36, 0.288, 0.23, 0.184, 0.147
    expect(firing(ewma(9, 0.3), '110000')).toBe('.!!!!.');
    expect(firing(ewma(9, 0.3), '1?1')).toBe('..!');
  });

  test('CUSUM adds ln(p1/p0) for a failure and takes ln((1-p0)/(1-p1)) for a success', () => {
    const rates = { healthy: 0.01, faulty: 0.1 };
    // 2.303 a failure, -0.0953 a success: 2.303, 2.207, 4.51
    expect(firing(cusum(rates, 4.5), '101')).toBe('..!');
    expect(firing(cusum(rates, 4.52), '101')).toBe('...');
    // Held at 4.5 it takes 48 successes to 0.
    expect(firing(cusum(rates, 4.5), `11${'1'.repeat(20)}${'0'.repeat(60)}`).lastIndexOf('!')).toBe(22 + 47 - 1);
  });
});

describe('defaults', () => {
  test('have names of their own, a source, and are silent while all is well or nothing is known', () => {
    expect(new Set(defaults.map(({ name }) => name)).size).toBe(defaults.length);
    for (const rule of defaults) {
      expect(rule.source).not.toBe('');
      for (const code of '0?') expect(firing(rule, code.repeat(9000), minuteMs), rule.name).not.toContain('!');
    }
  });

  test('all but flap detection see a hard outage of an hour and take it back afterwards; each start is fresh', () => {
    for (const rule of defaults) {
      const first = firing(rule, `0${'1'.repeat(120)}${'0'.repeat(9000)}`);
      if (!rule.name.includes('flap detection,')) expect(first, rule.name).toContain('!');
      expect(first.at(-1), rule.name).toBe('.');
      expect(firing(rule, `0${'1'.repeat(120)}${'0'.repeat(9000)}`)).toBe(first);
    }
  });
});
