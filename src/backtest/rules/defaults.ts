// The rules that a history is judged by beside Holter: what each project does out of the box, and what people commonly set.
import { minuteMs } from '#model/time.ts';
import { burnRate } from './burnrate.ts';
import { consecutive, gatus, uptimeKuma } from './consecutive.ts';
import { icinga, icingaFlapping } from './icinga.ts';
import { nagios, nagiosFlapping } from './nagios.ts';
import { alertFor, averageBelow, xOfY } from './prometheus.ts';
import type { Rule } from './rule.ts';
import { cusum, ewma } from './textbook.ts';

/** In the order in which a report lists them; names are unique. The two textbook charts have no default of their own: these are usual values. */
export const defaults: readonly Rule[] = [
  consecutive(1),
  consecutive(2),
  consecutive(3),
  consecutive(5),
  alertFor(5 * minuteMs),
  alertFor(5 * minuteMs, 10 * minuteMs),
  averageBelow(5 * minuteMs, 0.9),
  xOfY(3, 5),
  burnRate(),
  burnRate(0.999, true),
  nagios(),
  nagiosFlapping(),
  icinga(),
  icinga(3, true),
  icingaFlapping(),
  gatus(),
  uptimeKuma(),
  uptimeKuma(2),
  ewma(20, 0.2),
  cusum({ healthy: 0.001, faulty: 0.1 }, 7),
];
